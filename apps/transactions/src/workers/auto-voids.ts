import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { reviewWanted, transactionRequested } from '@tillbridge/contracts';
import { newId, newTransIndexCode, plusMs, type Clock } from '@tillbridge/kernel';
import { newCause, Transactions, WriteLane, type Tx } from '@tillbridge/messaging';
import { CLOCK, LOG, Loop, type Log, type StepOutcome } from '@tillbridge/platform';
import { checkFollowUp } from '../domain/follow-up.js';
import { reversalOf } from '../domain/initiate.js';
import { requestedOf, snapshotOf, type Transaction } from '../domain/transaction.js';
import { OriginalStore } from '../store/original-store.js';
import { TerminalStore } from '../store/terminal-store.js';
import { TransactionStore } from '../store/transaction-store.js';

const TICK_MS = 1_000;
/** While the terminal is away or busy. */
const TRY_AGAIN_AFTER_MS = 2_000;
const MAX_ROWS_A_STEP = 50;

/**
 * Gives back what a card was charged after its transaction had been closed, where the merchant wants that. The reversal is started in the transaction
 * that takes the original off the list, and its trade number exists once: it is started once, whatever crashes and however many replicas look.
 */
@Injectable()
export class AutoVoids implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly lane: WriteLane;
  private readonly loop: Loop;

  constructor(
    @Inject(Transactions) transactions: Transactions,
    @Inject(TransactionStore) private readonly store: TransactionStore,
    @Inject(OriginalStore) private readonly originals: OriginalStore,
    @Inject(TerminalStore) private readonly terminals: TerminalStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) log: Log,
  ) {
    this.lane = new WriteLane(transactions);
    this.loop = new Loop('auto-voids', () => this.step(), { tickMs: TICK_MS, log });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  private async step(): Promise<StepOutcome> {
    const due = await this.store.toVoid(this.clock.now(), MAX_ROWS_A_STEP);
    // One after the other: two of one terminal would be in each other's way.
    for (const transactionId of due) {
      await this.lane.run({ keys: [transactionId], cause: newCause(), perform: (tx) => this.giveBack(tx, transactionId) });
    }
    return due.length === MAX_ROWS_A_STEP ? 'more' : 'idle';
  }

  private async giveBack(tx: Tx, transactionId: string): Promise<void> {
    const now = this.clock.now();
    const charged = await this.store.lock(tx, transactionId);
    if (charged?.voidDueAt === undefined || charged.voidDueAt > now) return;
    const settled = takenOff(charged);
    const forbidden = checkFollowUp({ transType: 'Reversal' }, await this.originals.withFollowUps(tx, charged));
    if (forbidden !== undefined) return this.leaveToAPerson(tx, settled);
    const terminal = await this.terminals.terminalOf(tx, charged);
    if (!terminal.isOnline || terminal.isBusy) {
      return this.store.update(tx, { ...settled, voidDueAt: plusMs(now, TRY_AGAIN_AFTER_MS) });
    }
    const birth = { transactionId: newId(), transIndexCode: newTransIndexCode(now), requestId: newId(), now };
    const reversal = reversalOf(charged, terminal, birth);
    await this.store.update(tx, settled);
    await this.store.insert(tx, reversal);
    tx.say(transactionRequested, { id: reversal.transactionId, version: reversal.version }, requestedOf(reversal));
  }

  /** Somebody has followed it up meanwhile, or its batch is closed: what is right now, a program cannot know. */
  private async leaveToAPerson(tx: Tx, settled: Transaction): Promise<void> {
    const next: Transaction = { ...settled, review: 'auto-void-failed' };
    await this.store.update(tx, next);
    tx.say(reviewWanted, { id: next.transactionId, version: next.version }, snapshotOf(next));
  }
}

/** The next version, off the list of what is to be given back. */
function takenOff(charged: Transaction): Transaction {
  const next: { -readonly [K in keyof Transaction]: Transaction[K] } = { ...charged, version: charged.version + 1 };
  delete next.voidDueAt;
  return next;
}
