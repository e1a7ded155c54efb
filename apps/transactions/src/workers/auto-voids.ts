import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { newId, newTransIndexCode, type Clock } from '@tillbridge/kernel';
import { Transactions, type Tx } from '@tillbridge/messaging';
import { CLOCK, LOG, type Log } from '@tillbridge/platform';
import { autoVoid, voidTradeNoOf } from '../domain/auto-void.js';
import { DueStore } from '../store/due-store.js';
import { OriginalStore } from '../store/original-store.js';
import { TransactionStore } from '../store/transaction-store.js';
import { save, tell } from '../tell.js';
import { DueLoop } from './due-loop.js';

/** Starts the reversals of late approvals, where the merchant wants them, as soon as the terminal is online and free. */
@Injectable()
export class AutoVoids implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: DueLoop;

  constructor(
    @Inject(Transactions) transactions: Transactions,
    @Inject(DueStore) private readonly due: DueStore,
    @Inject(TransactionStore) private readonly store: TransactionStore,
    @Inject(OriginalStore) private readonly originals: OriginalStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) log: Log,
  ) {
    this.loop = new DueLoop('auto-voids', {
      ...{ transactions, log },
      find: (limit) => due.toVoid(clock.now(), limit),
      perform: (tx, transactionId) => this.start(tx, transactionId),
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** The reversal is born in the database transaction that takes the wish away: there is never both, and never neither. */
  private async start(tx: Tx, transactionId: string): Promise<void> {
    const original = await this.originals.lock(tx, transactionId);
    const { transaction } = original;
    const situation = await this.due.voidSituation(tx, transaction, voidTradeNoOf(transaction.transIndexCode));
    const now = this.clock.now();
    const decision = autoVoid(original, situation, {
      transactionId: newId(),
      transIndexCode: newTransIndexCode(now),
      requestId: newId(),
      now,
    });
    switch (decision.kind) {
      case 'done':
      case 'wait':
        return;
      case 'start':
        if ((await this.store.insert(tx, decision.change.next)) === 'terminal-busy') return;
        tell(tx, decision.change);
        return this.due.clearVoidWanted(tx, transactionId);
      case 'give-up':
        if (decision.change.kind === 'changed') return save(this.store, tx, decision.change);
        return this.due.clearVoidWanted(tx, transactionId);
    }
  }
}
