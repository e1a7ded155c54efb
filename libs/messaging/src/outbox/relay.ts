import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { MsgHdrs } from '@nats-io/nats-core';
import { LOG, Loop, type Log, type StepOutcome } from '@tillbridge/platform';
import { Bus } from '../bus/bus.js';
import { setDuplicateKey, writeHead } from '../bus/message.js';
import { ensureFactStream } from '../bus/streams.js';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../options.js';
import { statement } from '../write-path/statement.js';
import { Transactions } from '../write-path/transactions.js';
import type { SharedTransaction } from '../write-path/tx.js';

const MAX_BATCH = 500;
/** Below this a batch's commit costs more than it saves. */
const MIN_ATOMIC_BATCH = 4;
const PUBLISH_TIMEOUT_MS = 5_000;
/** Between two shipments. A fact in quiet times leaves at once; under load they leave together, with one disk flush for many. */
const PACE_MS = 5;
/** Makes up for a wake-up lost with a process: rows of a replica that died are found by the others. */
const SWEEP_MS = 1_000;

// Taking and deleting are one statement: a row is gone only if this transaction commits, which it does only after the stream has
// acknowledged; `skip locked` lets every replica ship at the same time. It reads what is there, never "since a cursor": a slow commit may
// bring up a lower id than one that was already shipped.
const takeUnshipped = statement(
  'take_unshipped',
  `with taken as (
     delete from outbox where event_id in (select event_id from outbox order by event_id limit $1 for update skip locked) returning event_id)
   select e.fact_id, e.type, e.subject, e.aggregate_id, e.occurred_at, e.payload::text as payload, e.correlation_id, e.causation_id, e.traceparent
   from taken join events e using (event_id) order by event_id`,
);

type UnshippedRow = {
  fact_id: string;
  type: string;
  subject: string;
  aggregate_id: string;
  occurred_at: Date;
  payload: string;
  correlation_id: string;
  causation_id: string | null;
  traceparent: string;
};

/** Headers are made anew for each attempt: a batch writes its own into those it is given. */
type Shipment = { readonly subject: string; readonly payload: string; readonly headers: () => MsgHdrs };

/** Ships committed facts to the service's stream, at least once, oldest first. */
@Injectable()
export class OutboxRelay implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(
    @Inject(Transactions) private readonly transactions: Transactions,
    @Inject(Bus) private readonly bus: Bus,
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.loop = new Loop('outbox relay', () => this.ship(), { tickMs: SWEEP_MS, log });
  }

  onApplicationBootstrap(): void {
    this.transactions.onFactsCommitted = () => this.loop.wake();
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  private async ship(): Promise<StepOutcome> {
    if (!this.bus.connected) return 'idle';
    const take = async (shared: SharedTransaction): Promise<number> => {
      const rows = await shared.query<UnshippedRow>(takeUnshipped, [MAX_BATCH]);
      await this.publish(rows.map(toShipment));
      return rows.length;
    };
    // A deletion that a crash forgets is done again: the stream throws away what it has.
    const shipped = await this.transactions.once(take, 'relaxed').catch(async (error: unknown) => {
      // Perhaps the stream is gone; whoever lost it, its facts are still in `events`.
      await ensureFactStream(this.bus.manager, this.options.context, this.options.streamReplicas);
      throw error;
    });
    if (shipped > 0) await sleep(PACE_MS);
    return shipped === MAX_BATCH ? 'more' : 'idle';
  }

  private async publish(shipments: readonly Shipment[]): Promise<void> {
    if (shipments.length >= MIN_ATOMIC_BATCH && (await this.publishAtomically(shipments))) return;
    await Promise.all(
      shipments.map(({ subject, payload, headers }) =>
        this.bus.stream.publish(subject, payload, { headers: headers(), timeout: PUBLISH_TIMEOUT_MS }),
      ),
    );
  }

  /**
   * One disk flush for all. False when it came to nothing, whatever the reason: one by one the facts will find it out for themselves. The most
   * important reason is that the stream has one of them already (this process died, or the database went away, between the acknowledgement
   * and the commit): the server then refuses the whole batch, now and every time, while single facts are thrown away as duplicates.
   */
  private async publishAtomically(shipments: readonly Shipment[]): Promise<boolean> {
    const [first, ...rest] = shipments;
    const last = rest.pop();
    if (first === undefined || last === undefined) return false;
    try {
      const batch = await this.bus.stream.startBatch(first.subject, first.payload, {
        headers: first.headers(),
        timeout: PUBLISH_TIMEOUT_MS,
      });
      for (const { subject, payload, headers } of rest) batch.add(subject, payload, { headers: headers() });
      await batch.commit(last.subject, last.payload, { headers: last.headers(), timeout: PUBLISH_TIMEOUT_MS });
      return true;
    } catch (error) {
      this.log.warn({ err: error, facts: shipments.length }, 'a batch of facts was not taken; shipping them one by one');
      return false;
    }
  }
}

function toShipment(row: UnshippedRow): Shipment {
  const cause = {
    correlationId: row.correlation_id,
    traceparent: row.traceparent,
    ...(row.causation_id === null ? {} : { causationId: row.causation_id }),
  };
  const source = row.subject.split('.', 2).join('.');
  const head = { id: row.fact_id, type: row.type, source, subject: row.aggregate_id, time: row.occurred_at.toISOString() };
  const headers = (): MsgHdrs => {
    const written = writeHead(head, cause);
    // By hand: atomic batches of the client drop the option of the same meaning.
    setDuplicateKey(written, row.fact_id);
    return written;
  };
  return { subject: row.subject, payload: row.payload, headers };
}
