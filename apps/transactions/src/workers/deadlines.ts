import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { plusMs, type Clock } from '@tillbridge/kernel';
import { newCause, Transactions, WriteLane } from '@tillbridge/messaging';
import { CLOCK, LOG, Loop, type Log, type StepOutcome } from '@tillbridge/platform';
import { TransactionStore } from '../store/transaction-store.js';
import { WeighEvidence } from '../weigh-evidence.js';

const TICK_MS = 1_000;
const MAX_ROWS_A_STEP = 100;
/** The terminal edge may prove at the same moment that the command was never sent; that proof is worth waiting for. */
const GRACE_MS = 3_000;

/** Finds open transactions whose deadline has passed. Several replicas may find the same one: the row lock and the state decide. */
@Injectable()
export class Deadlines implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly lane: WriteLane;
  private readonly loop: Loop;

  constructor(
    @Inject(Transactions) transactions: Transactions,
    @Inject(TransactionStore) private readonly store: TransactionStore,
    @Inject(WeighEvidence) private readonly evidence: WeighEvidence,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) log: Log,
  ) {
    this.lane = new WriteLane(transactions);
    this.loop = new Loop('deadlines', () => this.step(), { tickMs: TICK_MS, log });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  private async step(): Promise<StepOutcome> {
    const due = await this.store.due(plusMs(this.clock.now(), -GRACE_MS), MAX_ROWS_A_STEP);
    await Promise.all(
      due.map((transactionId) =>
        this.lane.run({
          keys: [transactionId],
          cause: newCause(),
          perform: (tx) => this.evidence.apply(tx, transactionId, { kind: 'deadline' }),
        }),
      ),
    );
    return due.length === MAX_ROWS_A_STEP ? 'more' : 'idle';
  }
}
