import { Inject, Injectable } from '@nestjs/common';
import { assert } from '@tillbridge/kernel';
import { CLOCK, LOG, Unavailable, type Log } from '@tillbridge/platform';
import type { Clock } from '@tillbridge/kernel';
import type { Pool, PoolClient } from 'pg';
import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { isConflict, isConnectionFailure, OutcomeUnknown } from './failures.js';
import { statement } from './statement.js';
import { SharedTransaction, type ToldFact } from './tx.js';

const MAX_CONFLICT_RETRIES = 3;

const insertFacts = statement(
  'insert_facts',
  `with told as (
     insert into events (fact_id, type, subject, aggregate_id, aggregate_version, occurred_at, payload, correlation_id, causation_id, traceparent)
     select fact_id, type, subject, aggregate_id, aggregate_version, $5, payload::jsonb, correlation_id, causation_id, traceparent
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $6::int[], $7::text[], $8::text[], $9::text[], $10::text[])
       with ordinality as f (fact_id, type, subject, aggregate_id, aggregate_version, payload, correlation_id, causation_id, traceparent, place)
     order by place
     returning event_id)
   insert into outbox (event_id) select event_id from told`,
);

/** `relaxed`: the commit does not wait for the disk. Only for work that may be forgotten in a crash, because it will be done again. */
export type Durability = 'durable' | 'relaxed';

const begin: Readonly<Record<Durability, string>> = { durable: 'begin', relaxed: 'begin; set local synchronous_commit to off' };

/** Opens and ends database transactions: the only place that says begin, commit and rollback. */
@Injectable()
export class Transactions {
  /** Called after each commit that told facts; the relay listens. */
  onFactsCommitted: () => void = () => undefined;
  private readonly pool: Pool;

  constructor(
    @Inject(DataSource) dataSource: DataSource,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.pool = (dataSource.driver as PostgresDriver).master as Pool;
  }

  /**
   * Runs `work` in one transaction, with its facts. Throws what `work` throws after a rollback, `Unavailable` when PostgreSQL is out of reach
   * and nothing was done, `OutcomeUnknown` when it went away during the commit.
   */
  async once<T>(work: (shared: SharedTransaction) => Promise<T>, durability: Durability = 'durable'): Promise<T> {
    const client = await this.checkOut();
    // Only a connection that has ended its transaction goes back to the pool.
    let ended = false;
    try {
      const shared = new SharedTransaction(client, begin[durability]);
      const result = await this.workAndTell(shared, work).catch(async (error: unknown) => {
        ended = await rollback(client);
        throw asOutage(error);
      });
      await commit(client);
      ended = true;
      this.afterCommit(shared);
      return result;
    } finally {
      client.off('error', ignore);
      client.release(!ended);
    }
  }

  /** `once`, tried again when another writer was in the way. */
  async withRetries<T>(work: (shared: SharedTransaction) => Promise<T>): Promise<T> {
    for (let retry = 0; ; retry += 1) {
      try {
        return await this.once(work);
      } catch (error) {
        if (!isConflict(error) || retry >= MAX_CONFLICT_RETRIES) throw error;
      }
    }
  }

  private async checkOut(): Promise<PoolClient> {
    try {
      const client = await this.pool.connect();
      // A connection that dies between two statements says so here; the next statement fails and tells us in its turn.
      return client.on('error', ignore);
    } catch (error) {
      throw new Unavailable('the database is out of reach', undefined, { cause: error });
    }
  }

  private async workAndTell<T>(shared: SharedTransaction, work: (shared: SharedTransaction) => Promise<T>): Promise<T> {
    const result = await work(shared);
    await shared.begun;
    if (shared.facts.length > 0) await shared.query(insertFacts, columnsOf(shared.facts, this.clock.now()));
    return result;
  }

  private afterCommit(shared: SharedTransaction): void {
    if (shared.facts.length > 0) this.onFactsCommitted();
    for (const action of shared.afterCommit) {
      try {
        action();
      } catch (error) {
        this.log.error({ err: error }, 'an action after a commit failed');
      }
    }
  }
}

const ignore = (): void => undefined;

/** PostgreSQL answers the commit of a transaction that has failed with ROLLBACK, not with an error. */
async function commit(client: PoolClient): Promise<void> {
  const { command } = await client.query('commit').catch((error: unknown) => {
    throw isConflict(error) ? error : new OutcomeUnknown('the database went away during a commit', { cause: error });
  });
  assert(command === 'COMMIT', `a commit ended as ${command}`);
}

/** Whether the transaction is over for certain. */
const rollback = (client: PoolClient): Promise<boolean> =>
  client.query('rollback').then(
    () => true,
    () => false,
  );

const asOutage = (error: unknown): unknown =>
  isConnectionFailure(error) ? new Unavailable('the database went away', undefined, { cause: error }) : error;

function columnsOf(facts: readonly ToldFact[], now: Date): unknown[] {
  assert(facts.length > 0, 'there is a fact to tell');
  return [
    facts.map((fact) => fact.id),
    facts.map((fact) => fact.type),
    facts.map((fact) => fact.subject),
    facts.map((fact) => fact.aggregateId),
    now,
    facts.map((fact) => fact.aggregateVersion),
    facts.map((fact) => JSON.stringify(fact.payload)),
    facts.map((fact) => fact.cause.correlationId),
    facts.map((fact) => fact.cause.causationId ?? null),
    facts.map((fact) => fact.cause.traceparent),
  ];
}
