import type { InstructionV1, TransactionResultV1, TransactionState } from '@tillbridge/contracts';
import { assert } from '@tillbridge/kernel';
import type { Life } from '../domain/life.js';
import type { LateResult, Review, Transaction } from '../domain/transaction.js';

export type TransactionRow = {
  transaction_id: string;
  version: number;
  trans_index_code: string;
  client_id: string;
  merchant_id: string;
  trade_no: string;
  pos_id: string;
  terminal_uid: string;
  terminal_sn: string;
  request_hash: string;
  accepted_by: string;
  instruction: InstructionV1;
  call_back_url: string | null;
  state: TransactionState;
  reason: string | null;
  result: TransactionResultV1 | null;
  accepted_at: Date;
  changed_at: Date;
  deadline_at: Date;
  original_transaction_id: string | null;
  cancel_requested_at: Date | null;
  review: Review | null;
  late_result: LateResult | null;
  unknown_at: Date | null;
  asks: number | null;
  ask_at: Date | null;
  void_wanted_at: Date | null;
};

export function toTransaction(row: TransactionRow): Transaction {
  return {
    transactionId: row.transaction_id,
    version: row.version,
    transIndexCode: row.trans_index_code,
    clientId: row.client_id,
    merchantId: row.merchant_id,
    tradeNo: row.trade_no,
    posId: row.pos_id,
    terminalUid: row.terminal_uid,
    terminalSn: row.terminal_sn,
    requestHash: row.request_hash,
    acceptedBy: row.accepted_by,
    instruction: row.instruction,
    ...present('callBackUrl', row.call_back_url),
    ...present('originalTransactionId', row.original_transaction_id),
    ...present('cancelRequestedAt', row.cancel_requested_at),
    ...present('review', row.review),
    ...present('lateResult', row.late_result),
    ...present('voidWantedAt', row.void_wanted_at),
    acceptedAt: row.accepted_at,
    changedAt: row.changed_at,
    deadlineAt: row.deadline_at,
    life: toLife(row),
  };
}

/** A member that is there when the column has a value. */
const present = <Name extends string, Value>(name: Name, value: Value | null): Partial<Record<Name, Value>> =>
  value === null ? {} : ({ [name]: value } as Record<Name, Value>);

function toLife(row: TransactionRow): Life {
  const { state, result } = row;
  switch (state) {
    case 'accepted':
    case 'dispatched':
    case 'acknowledged':
    case 'in-progress':
      return { state };
    case 'unknown':
      assert(row.unknown_at !== null, 'an unknown transaction has a beginning');
      return { state, reason: 'deadline-passed', since: row.unknown_at, asks: row.asks ?? 0, ...present('askAt', row.ask_at) };
    case 'approved':
    case 'declined':
      assert(result !== null, `a transaction that is ${state} has a result`);
      return { state, result };
    case 'cancelled':
      return { state, ...present('reason', withdrawnIn(row)), ...present('result', result) };
    case 'failed':
      return { state, reason: failureIn(row), ...present('result', result) };
  }
}

const withdrawnIn = ({ reason }: TransactionRow): 'withdrawn' | null => (reason === 'withdrawn' ? reason : null);

function failureIn({ reason }: TransactionRow): 'terminal-unreachable' | 'not-executed' {
  assert(reason === 'terminal-unreachable' || reason === 'not-executed', 'a failed transaction has a reason');
  return reason;
}

/** The row as JSON for `jsonb_populate_recordset`. */
export function toRow(transaction: Transaction): TransactionRow {
  return {
    transaction_id: transaction.transactionId,
    version: transaction.version,
    trans_index_code: transaction.transIndexCode,
    client_id: transaction.clientId,
    merchant_id: transaction.merchantId,
    trade_no: transaction.tradeNo,
    pos_id: transaction.posId,
    terminal_uid: transaction.terminalUid,
    terminal_sn: transaction.terminalSn,
    request_hash: transaction.requestHash,
    accepted_by: transaction.acceptedBy,
    instruction: transaction.instruction,
    call_back_url: transaction.callBackUrl ?? null,
    accepted_at: transaction.acceptedAt,
    changed_at: transaction.changedAt,
    deadline_at: transaction.deadlineAt,
    original_transaction_id: transaction.originalTransactionId ?? null,
    cancel_requested_at: transaction.cancelRequestedAt ?? null,
    review: transaction.review ?? null,
    late_result: transaction.lateResult ?? null,
    void_wanted_at: transaction.voidWantedAt ?? null,
    ...lifeColumns(transaction.life),
  };
}

function lifeColumns(life: Life): Pick<TransactionRow, 'state' | 'reason' | 'result' | 'unknown_at' | 'asks' | 'ask_at'> {
  const isUnknown = life.state === 'unknown';
  return {
    state: life.state,
    reason: 'reason' in life ? life.reason : null,
    result: 'result' in life ? life.result : null,
    unknown_at: isUnknown ? life.since : null,
    asks: isUnknown ? life.asks : null,
    ask_at: isUnknown ? (life.askAt ?? null) : null,
  };
}
