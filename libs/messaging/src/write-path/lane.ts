import { Unavailable } from '@tillbridge/platform';
import type { Cause } from '../bus/cause.js';
import { isConflict, isTransient } from './failures.js';
import type { Transactions } from './transactions.js';
import { Tx, type SharedTransaction } from './tx.js';

/** A unit of work that may share a transaction with others. It may run several times (fallback, conflicts), but commits at most once. */
export type Work<T> = {
  /** Works with a key in common never run at the same time, and run in the order of their arrival. */
  readonly keys: readonly string[];
  readonly cause: Cause;
  readonly perform: (tx: Tx) => Promise<T>;
};

export type LaneLimits = { readonly maxGroup: number; readonly maxInFlight: number; readonly maxQueued: number };

export const defaultLaneLimits: LaneLimits = { maxGroup: 128, maxInFlight: 4, maxQueued: 2_000 };

type Queued = { readonly work: Work<unknown>; readonly resolve: (result: unknown) => void; readonly reject: (error: unknown) => void };

/**
 * Group commit. What arrives in the same turn of the event loop, or while all transactions in flight are busy, is done in one transaction:
 * one commit, one flush, and statements for many rows. When a group fails, each of its works is done again alone, so that a bad one cannot
 * fail its neighbours. The queue is bounded: beyond it work is refused as `Unavailable`.
 */
export class WriteLane {
  private queue: Queued[] = [];
  private readonly keysInFlight = new Set<string>();
  private inFlight = 0;
  private pumpScheduled = false;

  constructor(
    private readonly transactions: Transactions,
    private readonly limits: LaneLimits = defaultLaneLimits,
  ) {}

  run<T>(work: Work<T>): Promise<T> {
    if (this.queue.length >= this.limits.maxQueued) return Promise.reject(new Unavailable('the write queue is full'));
    return new Promise<T>((resolve, reject) => {
      this.queue.push({ work, resolve: resolve as (result: unknown) => void, reject });
      this.schedule();
    });
  }

  /** Is nothing queued and nothing under way? */
  get isIdle(): boolean {
    return this.inFlight === 0 && this.queue.length === 0;
  }

  private schedule(): void {
    if (this.pumpScheduled) return;
    this.pumpScheduled = true;
    setImmediate(() => {
      this.pumpScheduled = false;
      this.pump();
    });
  }

  private pump(): void {
    while (this.inFlight < this.limits.maxInFlight) {
      const group = this.takeGroup();
      if (group.length === 0) return;
      const keys = group.flatMap((each) => each.work.keys);
      for (const key of keys) this.keysInFlight.add(key);
      this.inFlight += 1;
      void this.execute(group).finally(() => {
        for (const key of keys) this.keysInFlight.delete(key);
        this.inFlight -= 1;
        this.schedule();
      });
    }
  }

  /** The longest run of works without a key in common with each other, with what is in flight, or with an earlier work that had to wait. */
  private takeGroup(): Queued[] {
    const taken: Queued[] = [];
    const left: Queued[] = [];
    const blocked = new Set(this.keysInFlight);
    for (const each of this.queue) {
      const fits = taken.length < this.limits.maxGroup && !each.work.keys.some((key) => blocked.has(key));
      (fits ? taken : left).push(each);
      for (const key of each.work.keys) blocked.add(key);
    }
    this.queue = left;
    return taken;
  }

  private async execute(group: readonly Queued[]): Promise<void> {
    const [only, ...more] = group;
    if (only !== undefined && more.length === 0) return this.executeAlone(only);
    try {
      const results = await this.transactions.once((shared) => performAll(shared, group));
      group.forEach((each, index) => each.resolve(results[index]));
    } catch (error) {
      // Out of reach for the group is out of reach for each; otherwise find out whose fault it was.
      if (isTransient(error) && !isConflict(error)) group.forEach((each) => each.reject(error));
      else for (const each of group) await this.executeAlone(each);
    }
  }

  private async executeAlone({ work, resolve, reject }: Queued): Promise<void> {
    try {
      resolve(await this.transactions.withRetries((shared) => work.perform(new Tx(shared, work.cause))));
    } catch (error) {
      reject(error);
    }
  }
}

/** Waits for all, also when one has failed: the connection is not free before its last statement has come back. */
async function performAll(shared: SharedTransaction, group: readonly Queued[]): Promise<unknown[]> {
  const outcomes = await Promise.allSettled(group.map(({ work }) => work.perform(new Tx(shared, work.cause))));
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}
