import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { cancelTransaction, done, refused, type Answer, type CancelTransactionV1, type TransactionFoundV1 } from '@tillbridge/contracts';
import type { Clock } from '@tillbridge/kernel';
import { OnRequest, type MessageContext, type Tx } from '@tillbridge/messaging';
import { CLOCK } from '@tillbridge/platform';
import { requestCancel } from '../domain/cancel.js';
import { FindTransactions } from '../find-transactions.js';
import { TillStore } from '../store/till-store.js';
import { TransactionStore } from '../store/transaction-store.js';
import { save } from '../tell.js';

/** Takes a till's wish to stop what it has open. */
@Controller()
export class CancellationController {
  constructor(
    @Inject(TransactionStore) private readonly transactions: TransactionStore,
    @Inject(TillStore) private readonly tills: TillStore,
    @Inject(FindTransactions) private readonly found: FindTransactions,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @OnRequest(cancelTransaction)
  async cancel(@Payload() request: CancelTransactionV1, @Ctx() { tx }: MessageContext): Promise<Answer<TransactionFoundV1>> {
    const transaction = await this.transactions.lockOpenOf(tx, request);
    // A payment keeps the terminal that it was sent to, whatever the till is bound to by now.
    const terminalSn = transaction?.terminalSn ?? (await this.tills.terminalSnOf(tx, request));
    if (terminalSn === undefined) return refused('till-not-bound', `posId ${request.posId}`);
    if (request.terminalSn !== undefined && request.terminalSn !== terminalSn) return refused('terminal-unknown');
    const wanted = transaction === undefined ? undefined : requestCancel(transaction, this.clock.now());
    if (wanted === undefined) return this.refuseOver(tx, request);
    await save(this.transactions, tx, wanted);
    return done(await this.found.present(wanted.next));
  }

  private async refuseOver(tx: Tx, request: CancelTransactionV1): Promise<Answer<TransactionFoundV1>> {
    const latest = await this.transactions.latestOf(tx, request);
    if (latest === undefined) return refused('transaction-not-found');
    return refused('not-cancellable', undefined, { ...(await this.found.present(latest)) });
  }
}
