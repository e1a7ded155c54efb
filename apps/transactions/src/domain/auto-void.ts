import type { InitiateTransactionV1 } from '@tillbridge/contracts';
import type { Original } from './follow-up.js';
import { initiate, type Birth, type Situation } from './initiate.js';
import { wantReview, type Change, type Kept, type Transaction } from './transaction.js';

/** The trade number of the reversal that takes a late approval back. */
export const voidTradeNoOf = (transIndexCode: string): string => `void-${transIndexCode}`;

/** Is this a reversal that the merchant's policy has started? */
export const isAutoVoid = ({ tradeNo, instruction }: Transaction): boolean =>
  instruction.transType === 'Reversal' && tradeNo === voidTradeNoOf(instruction.original?.transIndexCode ?? '');

/** No request of a till has this hash, so that none can be taken for a repeat of it. */
const NO_REQUEST_HASH = '0'.repeat(64);

/** A terminal that does not come back for so long may be gone for good; until somebody has looked nobody can refund the payment from elsewhere. */
export const AUTO_VOID_LIMIT_MS = 72 * 3_600_000;

export type AutoVoid =
  /** Nothing is wanted any more. */
  | { readonly kind: 'done' }
  /** The terminal is away or busy: later. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'start'; readonly change: Change }
  /** It cannot be voided, or not in time: for a person. */
  | { readonly kind: 'give-up'; readonly change: Change | Kept };

/**
 * Starts the reversal of a late approval, like a request of its till on the terminal that charged. The caller holds the row of the original, so that
 * two replicas do not both start one.
 */
export function autoVoid(original: Original, situation: Omit<Situation, 'original'>, birth: Birth): AutoVoid {
  const { voidWantedAt, ...transaction } = original.transaction;
  if (voidWantedAt === undefined) return { kind: 'done' };
  const { clientId, merchantId, posId, transIndexCode, callBackUrl } = transaction;
  const request: InitiateTransactionV1 = {
    ...{ clientId, merchantId, posId },
    tradeNo: voidTradeNoOf(transIndexCode),
    requestHash: NO_REQUEST_HASH,
    instruction: { transType: 'Reversal', original: { transIndexCode } },
    ...(callBackUrl === undefined ? {} : { callBackUrl }),
  };
  const decision = initiate(request, { ...situation, original: { ...original, transaction } }, birth);
  if (decision.kind === 'accept') return { kind: 'start', change: decision.change };
  const isLater = decision.kind === 'refuse' && (decision.refusal.name === 'terminal-offline' || decision.refusal.name === 'terminal-busy');
  if (isLater && birth.now.getTime() - voidWantedAt.getTime() < AUTO_VOID_LIMIT_MS) return { kind: 'wait' };
  return { kind: 'give-up', change: wantReview(transaction, 'late-result', birth.now) };
}
