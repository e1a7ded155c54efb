import { WriteLane, type Transactions, type Tx } from '@tillbridge/messaging';
import { Loop, type Log, type StepOutcome } from '@tillbridge/platform';
import type { Due } from '../store/due-store.js';

const TICK_MS = 1_000;
const MAX_ROWS_A_STEP = 100;

type Duty = {
  readonly transactions: Transactions;
  readonly log: Log;
  readonly find: (limit: number) => Promise<readonly Due[]>;
  /** Has to look again once it holds the row: another replica may have been faster. */
  readonly perform: (tx: Tx, transactionId: string) => Promise<void>;
};

/**
 * Does what rows of the database say is due, for as long as the service lives. Nothing of it is kept in memory: whatever a replica leaves undone,
 * the next one finds. One that fails is logged and does not hold up the others.
 */
export class DueLoop {
  private readonly lane: WriteLane;
  private readonly loop: Loop;

  constructor(
    private readonly name: string,
    private readonly duty: Duty,
  ) {
    this.lane = new WriteLane(duty.transactions);
    this.loop = new Loop(name, () => this.step(), { tickMs: TICK_MS, log: duty.log });
  }

  start(): void {
    this.loop.start();
  }

  async stop(): Promise<void> {
    await this.loop.stop();
  }

  private async step(): Promise<StepOutcome> {
    const due = await this.duty.find(MAX_ROWS_A_STEP);
    const outcomes = await Promise.allSettled(
      due.map(({ transactionId, cause }) =>
        this.lane.run({ keys: [transactionId], cause, perform: (tx) => this.duty.perform(tx, transactionId) }),
      ),
    );
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        this.duty.log.error({ err: outcome.reason as unknown, loop: this.name }, 'what was due could not be done');
    }
    const isAllDone = outcomes.every((outcome) => outcome.status === 'fulfilled');
    return due.length === MAX_ROWS_A_STEP && isAllDone ? 'more' : 'idle';
  }
}
