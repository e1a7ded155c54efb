import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { assert, type Clock } from '@tillbridge/kernel';
import { Transactions, type Tx } from '@tillbridge/messaging';
import { CLOCK, LOG, type Log } from '@tillbridge/platform';
import { ask } from '../domain/resolver.js';
import { DueStore } from '../store/due-store.js';
import { TransactionStore } from '../store/transaction-store.js';
import { save } from '../tell.js';
import { DueLoop } from './due-loop.js';

/** Keeps asking the terminals of unknown transactions, and then a person. */
@Injectable()
export class Resolver implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: DueLoop;

  constructor(
    @Inject(Transactions) transactions: Transactions,
    @Inject(DueStore) due: DueStore,
    @Inject(TransactionStore) private readonly store: TransactionStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) log: Log,
  ) {
    this.loop = new DueLoop('resolver', {
      ...{ transactions, log },
      find: (limit) => due.toAsk(clock.now(), limit),
      perform: (tx, transactionId) => this.ask(tx, transactionId),
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  private async ask(tx: Tx, transactionId: string): Promise<void> {
    const transaction = await this.store.lock(tx, transactionId);
    assert(transaction !== undefined, `an unknown transaction is gone: ${transactionId}`);
    const asked = ask(transaction, this.clock.now());
    if (asked.kind === 'changed') await save(this.store, tx, asked);
  }
}
