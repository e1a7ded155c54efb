import type { TransactionState, TransactionV1 } from '@tillbridge/contracts';
import { asTold, toQueryData, type QueryData, type TransactionReport } from '@tillbridge/protocol';

type Verdict = Pick<TransactionReport, 'transResult' | 'state'>;

const PENDING: Verdict = { transResult: 2, state: 1 };
const COMPLETED: Verdict = { transResult: 0, state: 2 };
const CLOSED: Verdict = { transResult: 1, state: 5 };

/** docs/DECISIONS.md 4.6. What is unknown is pending: only proof makes it anything else. */
const verdictOf: Readonly<Record<TransactionState, Verdict>> = {
  accepted: PENDING,
  dispatched: PENDING,
  acknowledged: PENDING,
  'in-progress': PENDING,
  unknown: PENDING,
  approved: COMPLETED,
  declined: CLOSED,
  cancelled: CLOSED,
  failed: CLOSED,
};

/** The `data` of `getCashierAgentResult` (WIRE.md 6.6). */
export function queryDataOf(transaction: TransactionV1): QueryData {
  const { merchantId, tradeNo, transIndexCode, transType, amount, state, changedAt, result } = transaction;
  const verdict = verdictOf[state];
  return toQueryData({
    ...verdict,
    mid: merchantId,
    tradeNo,
    transIndexCode,
    transType,
    // What was charged counts, and not what was asked for: a terminal may add a tip.
    amountMinor: (state === 'approved' ? result?.amountMinor : undefined) ?? amount?.amountMinor,
    currency: amount?.currency,
    completedAt: verdict === PENDING ? undefined : new Date(changedAt),
    result: result === undefined ? undefined : asTold(result),
  });
}
