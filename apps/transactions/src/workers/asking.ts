import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { outcomeWanted, reviewWanted } from '@tillbridge/contracts';
import type { Clock } from '@tillbridge/kernel';
import { newCause, Transactions, WriteLane, type Tx } from '@tillbridge/messaging';
import { CLOCK, LOG, Loop, type Log, type StepOutcome } from '@tillbridge/platform';
import { askAgain, noticeOf, snapshotOf } from '../domain/transaction.js';
import { TransactionStore } from '../store/transaction-store.js';

const TICK_MS = 500;
const MAX_ROWS_A_STEP = 100;

/**
 * Has the terminals of unknown outcomes asked, by schedule, until there is a proof or a person has to look. When each is due stands in the database, so no
 * crash forgets one; several replicas may find the same one, and the row lock and its due time decide.
 */
@Injectable()
export class Asking implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly lane: WriteLane;
  private readonly loop: Loop;

  constructor(
    @Inject(Transactions) transactions: Transactions,
    @Inject(TransactionStore) private readonly store: TransactionStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) log: Log,
  ) {
    this.lane = new WriteLane(transactions);
    this.loop = new Loop('asking', () => this.step(), { tickMs: TICK_MS, log });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  private async step(): Promise<StepOutcome> {
    const due = await this.store.toAsk(this.clock.now(), MAX_ROWS_A_STEP);
    await Promise.all(
      due.map((transactionId) => this.lane.run({ keys: [transactionId], cause: newCause(), perform: (tx) => this.ask(tx, transactionId) })),
    );
    return due.length === MAX_ROWS_A_STEP ? 'more' : 'idle';
  }

  private async ask(tx: Tx, transactionId: string): Promise<void> {
    const now = this.clock.now();
    const transaction = await this.store.lock(tx, transactionId);
    // Proven, or asked by another replica, since it was found.
    if (transaction?.asking === undefined || transaction.asking.dueAt > now) return;
    const { kind, next } = askAgain(transaction, now);
    await this.store.update(tx, next);
    const about = { id: next.transactionId, version: next.version };
    if (kind === 'ask') tx.say(outcomeWanted, about, noticeOf(next, now));
    else tx.say(reviewWanted, about, snapshotOf(next));
  }
}
