import type { TransactionV1 } from '@tillbridge/contracts';
import { asTold, toCallbackBody, type CallbackBody } from '@tillbridge/protocol';

const COMPLETED = { transResult: 0, state: 2 } as const;
const CLOSED = { transResult: 1, state: 5 } as const;

/** The unsigned callback body of a final transaction (docs/DECISIONS.md, "Transactions", mapping). */
export function callbackFieldsOf(transaction: TransactionV1): CallbackBody {
  const { merchantId, tradeNo, transIndexCode, transType, amount, state, changedAt, result } = transaction;
  const isApproved = state === 'approved';
  return toCallbackBody({
    ...(isApproved ? COMPLETED : CLOSED),
    mid: merchantId,
    tradeNo,
    transIndexCode,
    transType,
    // What was charged counts, and not what was asked for: a terminal may add a tip.
    amountMinor: (isApproved ? result?.amountMinor : undefined) ?? amount?.amountMinor,
    currency: amount?.currency,
    completedAt: new Date(changedAt),
    result: result === undefined ? undefined : asTold(result),
  });
}
