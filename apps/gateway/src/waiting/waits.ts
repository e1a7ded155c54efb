import type { FindTransactionV1, TransactionFoundV1, TransactionV1 } from '@tillbridge/contracts';
import type { Cause } from '@tillbridge/messaging';

/** Why a wait is over: the transaction has its final state, the time is up, or nobody is served any more. */
export type Ending = { readonly why: 'final'; readonly found: TransactionFoundV1 } | { readonly why: 'time' | 'left' | 'closing' };

type Key = Pick<TransactionV1, 'clientId' | 'tradeNo'>;

/** One call that waits for the final state of a transaction. It ends once, and forgets whatever comes later. */
export class Wait {
  /** Whether the news it waits for may have been missed. */
  isDoubtful = false;
  private readonly ending = Promise.withResolvers<Ending>();

  constructor(
    readonly query: FindTransactionV1,
    readonly cause: Cause,
  ) {}

  get ended(): Promise<Ending> {
    return this.ending.promise;
  }

  end(ending: Ending): void {
    this.ending.resolve(ending);
  }
}

/** The calls that wait on this replica, by what they wait for: a fact costs one look, however many others wait. */
export class Waits {
  private readonly byKey = new Map<string, Set<Wait>>();
  private count = 0;
  private isClosed = false;

  constructor(private readonly most: number) {}

  get size(): number {
    return this.count;
  }

  /** Undefined when there are as many as there may be, or when the service is about to end: then nobody waits. */
  open(query: FindTransactionV1, cause: Cause): Wait | undefined {
    if (this.isClosed || this.count >= this.most) return undefined;
    const wait = new Wait(query, cause);
    const key = keyOf(query);
    const others = this.byKey.get(key);
    if (others === undefined) this.byKey.set(key, new Set([wait]));
    else others.add(wait);
    this.count += 1;
    return wait;
  }

  /** Forgets a wait, however it ended. */
  drop(wait: Wait): void {
    const key = keyOf(wait.query);
    const waits = this.byKey.get(key);
    if (waits?.delete(wait) !== true) return;
    this.count -= 1;
    if (waits.size === 0) this.byKey.delete(key);
  }

  /** Ends the waits for this transaction, which has just got its final state: nothing can have followed it up yet. */
  wake(transaction: TransactionV1): void {
    for (const wait of this.byKey.get(keyOf(transaction)) ?? []) wait.end({ why: 'final', found: { transaction } });
  }

  /** From now on none of those who wait may rely on having heard everything. */
  doubtAll(): void {
    for (const waits of this.byKey.values()) for (const wait of waits) wait.isDoubtful = true;
  }

  /** Up to so many of those who may have missed something, the longest waiting first. */
  doubtful(most: number): Wait[] {
    const found: Wait[] = [];
    for (const waits of this.byKey.values()) {
      for (const wait of waits) {
        if (wait.isDoubtful) found.push(wait);
        if (found.length >= most) return found;
      }
    }
    return found;
  }

  /** Ends all waits, and lets nobody wait any more. */
  close(): void {
    this.isClosed = true;
    for (const waits of this.byKey.values()) for (const wait of waits) wait.end({ why: 'closing' });
  }
}

const keyOf = ({ clientId, tradeNo }: Key): string => JSON.stringify([clientId, tradeNo]);
