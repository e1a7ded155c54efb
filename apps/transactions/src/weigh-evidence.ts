import { Inject, Injectable } from '@nestjs/common';
import {
  transactionAcknowledged,
  transactionApproved,
  transactionCancelled,
  transactionDeclined,
  transactionDispatched,
  transactionFailed,
  transactionInProgress,
  transactionUnknown,
  type FactDefinition,
  type TransactionState,
  type TransactionV1,
} from '@tillbridge/contracts';
import { assert, Defect, type Clock } from '@tillbridge/kernel';
import type { Tx } from '@tillbridge/messaging';
import { CLOCK } from '@tillbridge/platform';
import { snapshotOf, weigh, type Evidence } from './domain/transaction.js';
import { TransactionStore } from './store/transaction-store.js';

/** The fact that tells each state; acceptance has its own, with the instruction. */
const factOf: Readonly<Record<Exclude<TransactionState, 'accepted'>, FactDefinition<TransactionV1>>> = {
  dispatched: transactionDispatched,
  acknowledged: transactionAcknowledged,
  'in-progress': transactionInProgress,
  unknown: transactionUnknown,
  approved: transactionApproved,
  declined: transactionDeclined,
  cancelled: transactionCancelled,
  failed: transactionFailed,
};

/** The one way in which a transaction changes after its acceptance: lock, weigh the evidence, save, tell. */
@Injectable()
export class WeighEvidence {
  constructor(
    @Inject(TransactionStore) private readonly transactions: TransactionStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Throws a `Defect` when the transaction does not exist or two proofs disagree: the message ends in the dead letters, where a person looks. */
  async apply(tx: Tx, transactionId: string, evidence: Evidence): Promise<void> {
    const transaction = await this.transactions.lock(tx, transactionId);
    assert(transaction !== undefined, `evidence for a transaction that does not exist: ${transactionId}`);
    const weighed = weigh(transaction, evidence, this.clock.now());
    if (weighed.kind === 'kept') return;
    if (weighed.kind === 'contradiction') {
      throw new Defect(`transaction ${transactionId} is ${weighed.between[0]} and there is evidence that it is ${weighed.between[1]}`);
    }
    const { next } = weighed;
    assert(next.life.state !== 'accepted', 'nothing becomes accepted again');
    await this.transactions.update(tx, next);
    tx.say(factOf[next.life.state], { id: next.transactionId, version: next.version }, snapshotOf(next));
  }
}
