import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { plusMs, type Clock } from '@tillbridge/kernel';
import { Transactions } from '@tillbridge/messaging';
import { CLOCK, LOG, type Log } from '@tillbridge/platform';
import { DueStore } from '../store/due-store.js';
import { WeighEvidence } from '../weigh-evidence.js';
import { DueLoop } from './due-loop.js';

/** The terminal edge may prove at the same moment that the command was never sent; that proof is worth waiting for. */
const GRACE_MS = 3_000;

/** Finds open transactions whose deadline has passed. */
@Injectable()
export class Deadlines implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: DueLoop;

  constructor(
    @Inject(Transactions) transactions: Transactions,
    @Inject(DueStore) due: DueStore,
    @Inject(WeighEvidence) evidence: WeighEvidence,
    @Inject(CLOCK) clock: Clock,
    @Inject(LOG) log: Log,
  ) {
    this.loop = new DueLoop('deadlines', {
      ...{ transactions, log },
      find: (limit) => due.pastDeadline(plusMs(clock.now(), -GRACE_MS), limit),
      perform: (tx, transactionId) => evidence.apply(tx, transactionId, { kind: 'deadline' }),
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }
}
