import type {
  FactDefinition,
  InstructionV1,
  TransactionNoticeV1,
  TransactionRequestedV1,
  TransactionResultV1,
  TransactionState,
  TransactionV1,
} from '@tillbridge/contracts';
import {
  reviewWanted,
  transactionAcknowledged,
  transactionApproved,
  transactionCancelled,
  transactionDeclined,
  transactionDispatched,
  transactionFailed,
  transactionInProgress,
  transactionRequested,
  transactionUnknown,
} from '@tillbridge/contracts';
import type { Life } from './life.js';

/** Why a person has to look at a transaction. */
export type Review = 'late-result' | 'unresolved';

/** A proof that came after a final state and is held until a person has decided. */
export type LateResult = { readonly outcome: 'approved' | 'declined'; readonly result: TransactionResultV1 };

export type Transaction = {
  readonly transactionId: string;
  readonly version: number;
  readonly transIndexCode: string;
  readonly clientId: string;
  readonly merchantId: string;
  readonly tradeNo: string;
  readonly posId: string;
  readonly terminalUid: string;
  readonly terminalSn: string;
  /** Tells a repeat of the accepted request from another one under the same trade number. */
  readonly requestHash: string;
  /** The message that was accepted: the same message again is a redelivery, not a repeat by the till. */
  readonly acceptedBy: string;
  /** With everything that we know of the original. */
  readonly instruction: InstructionV1;
  readonly originalTransactionId?: string;
  readonly callBackUrl?: string;
  readonly acceptedAt: Date;
  readonly changedAt: Date;
  readonly deadlineAt: Date;
  readonly life: Life;
  readonly cancelRequestedAt?: Date;
  readonly review?: Review;
  readonly lateResult?: LateResult;
  /** Its late approval is to be taken back by a reversal that has not been started yet. */
  readonly voidWantedAt?: Date;
};

/** A fact about the transaction in its new version. */
export type Told = { readonly fact: FactDefinition; readonly payload: object };

/** The next version of a transaction with the facts that tell it: there is no change without a fact. */
export type Change = { readonly kind: 'changed'; readonly next: Transaction; readonly facts: readonly Told[] };
export type Kept = { readonly kind: 'kept' };

/** The fact that tells each state. */
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

export const requested = (transaction: Transaction): Told => told(transactionRequested, requestedOf(transaction));
export const stateReached = (transaction: Transaction, state: Exclude<TransactionState, 'accepted'>): Told =>
  told(factOf[state], snapshotOf(transaction));

export const told = <P extends object>(fact: FactDefinition<P>, payload: NoInfer<P>): Told => ({ fact, payload });

/** A person is to look at it; unless one has been asked to already. */
export const wantReview = (transaction: Transaction, review: Review, now: Date): Change | Kept =>
  transaction.review === undefined ? flag(transaction, review, now) : { kind: 'kept' };

export function flag(transaction: Transaction, review: Review, now: Date): Change {
  const next: Transaction = { ...transaction, version: transaction.version + 1, changedAt: now, review };
  return { kind: 'changed', next, facts: [told(reviewWanted, snapshotOf(next))] };
}

/** The transaction as its facts and queries tell it. */
export function snapshotOf(transaction: Transaction): TransactionV1 {
  const { transactionId, version, transIndexCode, tradeNo, clientId, merchantId, posId, terminalUid, terminalSn, instruction, life } =
    transaction;
  const { originalTransactionId, review, lateResult, callBackUrl, cancelRequestedAt } = transaction;
  return {
    ...{ transactionId, version, transIndexCode, tradeNo, clientId, merchantId, posId, terminalUid, terminalSn },
    transType: instruction.transType,
    ...(instruction.amount === undefined ? {} : { amount: instruction.amount }),
    state: life.state,
    ...('reason' in life ? { reason: life.reason } : {}),
    ...('result' in life ? { result: life.result } : {}),
    ...(callBackUrl === undefined ? {} : { callBackUrl }),
    ...(originalTransactionId === undefined ? {} : { originalTransactionId }),
    ...(review === undefined ? {} : { review }),
    ...(lateResult === undefined ? {} : { lateResult: lateResult.result }),
    ...(cancelRequestedAt === undefined ? {} : { cancelRequestedAt: cancelRequestedAt.toISOString() }),
    acceptedAt: transaction.acceptedAt.toISOString(),
    changedAt: transaction.changedAt.toISOString(),
    deadlineAt: transaction.deadlineAt.toISOString(),
  };
}

export const requestedOf = (transaction: Transaction): TransactionRequestedV1 => ({
  ...snapshotOf(transaction),
  instruction: transaction.instruction,
});

/** What the terminal edge has to know to tell or ask the terminal something. */
export function noticeOf({ transactionId, version, terminalUid, transIndexCode }: Transaction, at: Date): TransactionNoticeV1 {
  return { transactionId, version, terminalUid, transIndexCode, at: at.toISOString() };
}
