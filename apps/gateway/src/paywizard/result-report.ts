import { isFinal, type Aftermath, type TransactionFoundV1, type TransactionState } from '@tillbridge/contracts';
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

/** What follow-ups have made of an approved transaction; its own result stays what it was. */
const stateAfter: Readonly<Record<Aftermath, TransactionReport['state']>> = {
  voided: 3,
  refunded: 4,
  'partly-refunded': 6,
  completed: 7,
  'hold-voided': 8,
  'partly-voided': 9,
};

/** The `data` of `getCashierAgentResult` (WIRE.md 6.6). */
export function queryDataOf({ transaction, aftermath }: TransactionFoundV1): QueryData {
  const { merchantId, tradeNo, transIndexCode, transType, amount, state, changedAt, result } = transaction;
  const verdict = verdictOf[state];
  return toQueryData({
    ...verdict,
    ...(verdict === COMPLETED && aftermath !== undefined ? { state: stateAfter[aftermath] } : {}),
    mid: merchantId,
    tradeNo,
    transIndexCode,
    transType,
    // What was charged counts, and not what was asked for: a terminal may add a tip.
    amountMinor: (state === 'approved' ? result?.amountMinor : undefined) ?? amount?.amountMinor,
    currency: amount?.currency,
    completedAt: isFinal(state) ? new Date(changedAt) : undefined,
    result: result === undefined ? undefined : asTold(result),
  });
}

/** Members that say nothing, in the form of those that do: no number of a transaction, and neither success nor failure. */
export type NoTransactionData = { readonly [K in keyof QueryData]: string };

/** The same set of members where there is no transaction to tell of; numbers are empty too, for each number would say something. */
export function noTransactionData(mid: string): NoTransactionData {
  const empty = toQueryData({ mid, tradeNo: '', transIndexCode: '', transType: '', transResult: 2, state: 1 });
  return { ...empty, transResult: '', state: '' };
}
