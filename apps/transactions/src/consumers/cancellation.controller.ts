import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  cancelRequested,
  cancelTransaction,
  done,
  refused,
  type Answer,
  type CancelTransactionV1,
  type TransactionFoundV1,
} from '@tillbridge/contracts';
import type { Clock } from '@tillbridge/kernel';
import { OnRequest, type MessageContext } from '@tillbridge/messaging';
import { CLOCK } from '@tillbridge/platform';
import { isOpen, noticeOf, snapshotOf, wantCancelled } from '../domain/transaction.js';
import { OriginalStore } from '../store/original-store.js';
import { TillStore } from '../store/till-store.js';
import { TransactionStore } from '../store/transaction-store.js';

/** Takes the tills' wish to stop what they have under way. Whether that still can be is for the terminal to say. */
@Controller()
export class CancellationController {
  constructor(
    @Inject(TillStore) private readonly tills: TillStore,
    @Inject(TransactionStore) private readonly transactions: TransactionStore,
    @Inject(OriginalStore) private readonly originals: OriginalStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @OnRequest(cancelTransaction)
  async cancel(@Payload() request: CancelTransactionV1, @Ctx() { tx }: MessageContext): Promise<Answer<TransactionFoundV1>> {
    const transaction = await this.transactions.lockLatestOf(tx, request);
    const serial = transaction !== undefined && isOpen(transaction) ? transaction.terminalSn : await this.tills.terminalOf(tx, request);
    if (serial === undefined) return refused('till-not-bound', `posId ${request.posId}`);
    if (request.terminalSn !== undefined && request.terminalSn !== serial) return refused('terminal-unknown');
    if (transaction === undefined) return refused('transaction-not-found', `nothing was ever started on posId ${request.posId}`);
    if (!isOpen(transaction)) {
      const aftermath = await this.originals.aftermathOf(transaction);
      const found: TransactionFoundV1 = { transaction: snapshotOf(transaction), ...(aftermath === undefined ? {} : { aftermath }) };
      return refused('not-cancellable', `tradeNo ${transaction.tradeNo} is ${transaction.life.state}`, { ...found });
    }
    const now = this.clock.now();
    const next = wantCancelled(transaction, now);
    if (next === undefined) return done({ transaction: snapshotOf(transaction) });
    await this.transactions.update(tx, next);
    tx.say(cancelRequested, { id: next.transactionId, version: next.version }, noticeOf(next, now));
    return done({ transaction: snapshotOf(next) });
  }
}
