import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import {
  transactionApproved,
  transactionCancelled,
  transactionCorrected,
  transactionDeclined,
  transactionFailed,
  type TransactionV1,
} from '@tillbridge/contracts';
import { FactListener } from '@tillbridge/messaging';

/** Each holds one connection of a till, so this is less than the gateway has of those. */
export const MAX_WAITS = 10_000;
/** After a gap every waiting call has to look again: spread, so that its owner is not asked ten thousand things at once. */
const LOOK_AGAIN_WITHIN_MS = 5_000;

/** Somebody who waits for the end of a transaction. */
export type Wait = {
  /** Resolves when the transaction may have ended, or after so long; never rejects. */
  readonly over: (limitMs: number) => Promise<void>;
  /** Must be called, whatever came of it. */
  readonly close: () => void;
};

type Waiting = { wake: () => void };

/**
 * Wakes those who wait for the final result of a transaction. Facts wake them, so that waiting asks nobody anything. A wait has to be opened before the
 * transaction is looked at: an end that comes between the look and the wait is then not missed.
 */
@Injectable()
export class FinalResults implements OnModuleInit, OnModuleDestroy {
  private readonly waiting = new Map<string, Set<Waiting>>();
  private count = 0;
  private isClosing = false;

  constructor(@Inject(FactListener) private readonly facts: Pick<FactListener, 'listen'>) {}

  onModuleInit(): void {
    const final = [transactionApproved, transactionDeclined, transactionCancelled, transactionFailed, transactionCorrected];
    for (const fact of final)
      this.facts.listen<TransactionV1>(
        fact,
        (ended) => this.wake(keyOf(ended)),
        () => this.wakeAll(LOOK_AGAIN_WITHIN_MS),
      );
  }

  /** A replica that goes away answers its calls with what there is, instead of leaving them without any. */
  onModuleDestroy(): void {
    this.isClosing = true;
    this.wakeAll(0);
  }

  /** Undefined when there are too many already, or the replica is going away: then the call is answered with what there is. */
  open(transaction: { readonly clientId: string; readonly tradeNo: string }): Wait | undefined {
    if (this.count >= MAX_WAITS || this.isClosing) return undefined;
    const key = keyOf(transaction);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const wake = (): void => resolve(undefined);
    const waiting: Waiting = { wake };
    const others = this.waiting.get(key) ?? new Set();
    this.waiting.set(key, others.add(waiting));
    this.count += 1;
    return {
      over: async (limitMs) => {
        const timer = setTimeout(wake, limitMs);
        await promise;
        clearTimeout(timer);
      },
      close: () => {
        if (!others.delete(waiting)) return;
        this.count -= 1;
        if (others.size === 0 && this.waiting.get(key) === others) this.waiting.delete(key);
        wake();
      },
    };
  }

  get size(): number {
    return this.count;
  }

  private wake(key: string): void {
    for (const { wake } of this.waiting.get(key) ?? []) wake();
  }

  private wakeAll(withinMs: number): void {
    const all = [...this.waiting.values()].flatMap((waiting) => [...waiting]);
    all.forEach(({ wake }, index) => {
      if (withinMs === 0) wake();
      else setTimeout(wake, (index / all.length) * withinMs).unref();
    });
  }
}

const keyOf = ({ clientId, tradeNo }: { readonly clientId: string; readonly tradeNo: string }): string => `${clientId}/${tradeNo}`;
