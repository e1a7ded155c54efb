import { Inject, Injectable } from '@nestjs/common';
import { isFinal } from '@tillbridge/contracts';
import { assert, Defect, type Clock } from '@tillbridge/kernel';
import type { Tx } from '@tillbridge/messaging';
import { CLOCK } from '@tillbridge/platform';
import { isAutoVoid } from './domain/auto-void.js';
import { isOverdrawn } from './domain/follow-up.js';
import type { Evidence } from './domain/life.js';
import { wantReview, type Change, type Transaction } from './domain/transaction.js';
import { correctAndReview, weigh, weighLate, type Late, type Weighed } from './domain/weigh.js';
import { MerchantStore } from './store/merchant-store.js';
import { OriginalStore } from './store/original-store.js';
import { TransactionStore } from './store/transaction-store.js';
import { save } from './tell.js';

/** Weighs what is proven about a transaction: lock, decide, save, tell. */
@Injectable()
export class WeighEvidence {
  constructor(
    @Inject(TransactionStore) private readonly transactions: TransactionStore,
    @Inject(OriginalStore) private readonly originals: OriginalStore,
    @Inject(MerchantStore) private readonly merchants: MerchantStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Throws a `Defect` when the transaction does not exist or two proofs disagree: the message ends in the dead letters, where a person looks. */
  async apply(tx: Tx, transactionId: string, evidence: Evidence): Promise<void> {
    const transaction = await this.transactions.lock(tx, transactionId);
    assert(transaction !== undefined, `evidence for a transaction that does not exist: ${transactionId}`);
    const now = this.clock.now();
    const weighed = await this.decide(tx, transaction, weigh(transaction, evidence, now), now);
    if (weighed.kind === 'kept') return;
    if (weighed.kind === 'contradiction') {
      throw new Defect(`transaction ${transactionId} is ${weighed.between[0]} and there is evidence that it is ${weighed.between[1]}`);
    }
    await save(this.transactions, tx, weighed);
    await this.lookAfterVoid(tx, weighed, now);
  }

  private async decide(tx: Tx, transaction: Transaction, weighed: Weighed, now: Date): Promise<Exclude<Weighed, Late>> {
    if (weighed.kind !== 'late') return weighed;
    const policy = await this.merchants.lateResultsOf(tx, transaction);
    const decided = weighLate(transaction, weighed.proof, policy, now);
    if (decided.kind !== 'changed' || decided.next.life.state !== 'approved') return decided;
    return (await this.overdraws(tx, decided.next)) ? correctAndReview(transaction, weighed.proof, now) : decided;
  }

  /** Has a follow-up that came true too late taken what another one was given meanwhile? */
  private async overdraws(tx: Tx, late: Transaction): Promise<boolean> {
    if (late.originalTransactionId === undefined) return false;
    const original = await this.originals.lock(tx, late.originalTransactionId);
    const followUps = original.followUps.map((each) => (each.transactionId === late.transactionId ? late : each));
    return isOverdrawn({ ...original, followUps });
  }

  /** A reversal that the merchant's policy has started and that came to nothing leaves a charge that nobody wants: a person has to look. */
  private async lookAfterVoid(tx: Tx, { next }: Change, now: Date): Promise<void> {
    const { originalTransactionId, life } = next;
    const cameToNothing = isFinal(life.state) && life.state !== 'approved';
    if (!cameToNothing || originalTransactionId === undefined || !isAutoVoid(next)) return;
    const original = await this.transactions.lock(tx, originalTransactionId);
    assert(original !== undefined, `an original is gone: ${originalTransactionId}`);
    const wanted = wantReview(original, 'late-result', now);
    if (wanted.kind === 'changed') await save(this.transactions, tx, wanted);
  }
}
