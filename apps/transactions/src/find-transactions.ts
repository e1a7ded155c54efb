import { Inject, Injectable } from '@nestjs/common';
import type { TransactionFoundV1 } from '@tillbridge/contracts';
import { aftermathOf } from './domain/follow-up.js';
import { snapshotOf, type Transaction } from './domain/transaction.js';
import { rulesOf } from './domain/types.js';
import { OriginalStore } from './store/original-store.js';

/** Shows transactions together with what has become of them. */
@Injectable()
export class FindTransactions {
  constructor(@Inject(OriginalStore) private readonly originals: OriginalStore) {}

  async present(transaction: Transaction): Promise<TransactionFoundV1> {
    const mayBeFollowed = transaction.life.state === 'approved' && rulesOf(transaction.instruction.transType)?.becomes !== undefined;
    const followUps = mayBeFollowed ? await this.originals.followUpsOf(transaction.transactionId) : [];
    const aftermath = aftermathOf({ transaction, followUps });
    return { transaction: snapshotOf(transaction), ...(aftermath === undefined ? {} : { aftermath }) };
  }
}
