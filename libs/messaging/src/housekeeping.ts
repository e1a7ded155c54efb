import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LOG, Loop, type Log } from '@tillbridge/platform';
import { deleteOldInbox, INBOX_MAX_AGE_DAYS } from './consuming/inbox.js';
import { Transactions } from './write-path/transactions.js';

const TICK_MS = 60 * 60 * 1000;
const MAX_ROWS_A_STEP = 5_000;

/** Forgets handled messages that no stream can deliver any more. */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(@Inject(Transactions) transactions: Transactions, @Inject(LOG) log: Log) {
    this.loop = new Loop(
      'housekeeping',
      async () => {
        const deleted = await transactions.once((shared) => shared.query(deleteOldInbox, [INBOX_MAX_AGE_DAYS, MAX_ROWS_A_STEP]));
        return deleted.length === MAX_ROWS_A_STEP ? 'more' : 'idle';
      },
      { tickMs: TICK_MS, log },
    );
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }
}
