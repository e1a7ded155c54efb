import { Inject, Injectable } from '@nestjs/common';
import {
  transactionAcknowledged,
  transactionApproved,
  reviewWanted,
  transactionCancelled,
  transactionCorrected,
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
import { isAutoVoid } from './domain/initiate.js';
import { snapshotOf, verdicts, weigh, type Evidence, type Transaction, type Weighed } from './domain/transaction.js';
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
    const isLate = verdicts[transaction.life.state][evidence.kind] === 'late';
    // Only a proof that comes too late asks what the merchant wants; all others need not pay for the look.
    const policy = isLate ? await this.transactions.lateResultsOf(tx, transaction) : undefined;
    const weighed = weigh(transaction, evidence, this.clock.now(), policy);
    if (weighed.kind === 'kept') return;
    if (weighed.kind === 'contradiction') {
      throw new Defect(`transaction ${transactionId} is ${weighed.between[0]} and there is evidence that it is ${weighed.between[1]}`);
    }
    const next = withReview(weighed.next);
    await this.transactions.update(tx, next);
    this.tell(tx, { ...weighed, next });
  }

  private tell(tx: Tx, weighed: Exclude<Weighed, { kind: 'kept' | 'contradiction' }>): void {
    const { next } = weighed;
    const about = { id: next.transactionId, version: next.version };
    if (weighed.kind === 'corrected') {
      tx.say(transactionCorrected, about, { ...snapshotOf(next), previousState: weighed.previousState });
    } else if (weighed.kind === 'changed') {
      assert(next.life.state !== 'accepted', 'nothing becomes accepted again');
      tx.say(factOf[next.life.state], about, snapshotOf(next));
    }
    if (next.review !== undefined) tx.say(reviewWanted, about, { ...snapshotOf(next), ...lateResultOf(next) });
  }
}

/** A reversal of our own that came to nothing leaves a charge that somebody has to give back by hand. */
function withReview(next: Transaction): Transaction {
  const cameToNothing = next.life.state === 'declined' || next.life.state === 'cancelled' || next.life.state === 'failed';
  return cameToNothing && isAutoVoid(next) ? { ...next, review: 'auto-void-failed' } : next;
}

const lateResultOf = ({ lateProof }: Transaction): Pick<TransactionV1, 'result'> =>
  lateProof === undefined ? {} : { result: lateProof.result };
