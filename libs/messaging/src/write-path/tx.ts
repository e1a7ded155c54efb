import type { FactDefinition } from '@tillbridge/contracts';
import { assert, newId } from '@tillbridge/kernel';
import type { PoolClient, QueryResultRow } from 'pg';
import type { Cause } from '../bus/cause.js';
import { VersionConflict } from './failures.js';
import type { Batch, Queryable, Statement } from './statement.js';

/** A fact on its way into `events` and `outbox`. */
export type ToldFact = {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly aggregateId: string;
  readonly aggregateVersion: number;
  readonly payload: object;
  readonly cause: Cause;
};

type Waiting<Item, Result> = { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void };

/** What the works of one group have in common: one connection in one open transaction, and what is to happen at its end. */
export class SharedTransaction implements Queryable {
  readonly facts: ToldFact[] = [];
  readonly afterCommit: (() => void)[] = [];
  /** What works of this group decide on besides what they change, and which of them does. */
  readonly claims = new Map<string, symbol>();
  private readonly waiting = new Map<Batch<never, unknown>, Waiting<never, unknown>[]>();
  /** Settles with `begin`, which travels with the first statement. */
  readonly begun: Promise<unknown>;

  constructor(
    private readonly client: PoolClient,
    begin: string,
  ) {
    this.begun = client.query(begin);
    // Whoever asks for the first statement, or for the end, hears of its failure.
    this.begun.catch(() => undefined);
  }

  /** The connection pipelines: statements leave at once, are executed in this order, and one that fails fails all that follow. */
  async query<Row extends QueryResultRow>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    const asked = this.client.query<Row>({ name: statement.name, text: statement.text, values: [...values] });
    const [{ rows }] = await Promise.all([asked, this.begun]);
    return rows;
  }

  /** Collects the items that all works hand in during one turn of the event loop, and runs them as one statement. */
  batch<Item, Result>(batch: Batch<Item, Result>, item: Item): Promise<Result> {
    const key = batch as Batch<never, unknown>;
    return new Promise<Result>((resolve, reject) => {
      let items = this.waiting.get(key) as Waiting<Item, Result>[] | undefined;
      if (items === undefined) {
        items = [];
        this.waiting.set(key, items as Waiting<never, unknown>[]);
        // Not a microtask: works that still resolve promises of the previous statement shall come along.
        setImmediate(() => void this.flush(batch, key));
      }
      items.push({ item, resolve, reject });
    });
  }

  private async flush<Item, Result>(batch: Batch<Item, Result>, key: Batch<never, unknown>): Promise<void> {
    const items = (this.waiting.get(key) ?? []) as Waiting<Item, Result>[];
    this.waiting.delete(key);
    try {
      const results = await batch.run(
        this,
        items.map((each) => each.item),
      );
      assert(results.length === items.length, 'a batch gives one result per item');
      items.forEach((each, index) => each.resolve(results[index] as Result));
    } catch (error) {
      items.forEach((each) => each.reject(error));
    }
  }
}

/**
 * The open transaction as one work sees it. Works of a group share the connection and the commit, each with its own cause.
 * A work must not write before it has decided not to refuse: what it wrote would be committed with its neighbours.
 */
export class Tx implements Queryable {
  constructor(
    private readonly shared: SharedTransaction,
    readonly cause: Cause,
    private readonly work = Symbol('work'),
  ) {}

  /** The same transaction for another reason: what is told through it belongs to the trace of `cause`, not to that of the message at hand. */
  causedBy(cause: Cause): Tx {
    return new Tx(this.shared, cause, this.work);
  }

  query<Row extends QueryResultRow>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    return this.shared.query<Row>(statement, values);
  }

  /** Like `query`, but what the group's works ask in the same turn becomes one statement. */
  batch<Item, Result>(batch: Batch<Item, Result>, item: Item): Promise<Result> {
    return this.shared.batch(batch, item);
  }

  /**
   * Tells a fact: it is written to `events` and `outbox` at the end of this transaction, after every aggregate row (the other order could
   * reverse two facts of one aggregate), and shipped after the commit.
   */
  say<P extends object>(fact: FactDefinition<P>, about: { id: string; version: number }, payload: P): void {
    const checked = fact.validate(payload);
    assert(checked.ok, `${fact.type} does not fit its contract: ${checked.ok ? '' : JSON.stringify(checked.violations)}`);
    this.shared.facts.push({
      id: newId(),
      type: fact.type,
      subject: fact.subjectFor(about.id),
      aggregateId: about.id,
      aggregateVersion: about.version,
      payload,
      cause: this.cause,
    });
  }

  /**
   * For what is locked in order to be decided on, and not changed itself. A row lock parts transactions, but not the works that share one: of these the
   * second is refused with `VersionConflict`, and then the whole group is done again one by one.
   */
  claim(what: string): void {
    const holder = this.shared.claims.get(what) ?? this.work;
    if (holder !== this.work) throw new VersionConflict(`${what} is being decided on by another work of the group`);
    this.shared.claims.set(what, this.work);
  }

  /** Runs once the transaction is committed, and never otherwise. It may be lost in a crash, so it may only hurry things up. */
  afterCommit(action: () => void): void {
    this.shared.afterCommit.push(action);
  }
}
