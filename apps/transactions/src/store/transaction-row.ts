import type { InstructionV1, TransactionResultV1, TransactionState } from '@tillbridge/contracts';
import { assert } from '@tillbridge/kernel';
import type { Life, ProvenCharge, Review, Transaction } from '../domain/transaction.js';

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
  original_id: string | null;
  cancel_requested_at: Date | null;
  asking_due_at: Date | null;
  asked: number;
  review: Review | null;
  late_outcome: ProvenCharge | null;
  late_result: TransactionResultV1 | null;
  void_due_at: Date | null;
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
    ...(row.call_back_url === null ? {} : { callBackUrl: row.call_back_url }),
    acceptedAt: row.accepted_at,
    changedAt: row.changed_at,
    deadlineAt: row.deadline_at,
    life: toLife(row),
    ...(row.original_id === null ? {} : { originalTransactionId: row.original_id }),
    ...(row.cancel_requested_at === null ? {} : { cancelRequestedAt: row.cancel_requested_at }),
    ...(row.asking_due_at === null ? {} : { asking: { dueAt: row.asking_due_at, asked: row.asked } }),
    ...(row.review === null ? {} : { review: row.review }),
    ...lateProofOf(row),
    ...(row.void_due_at === null ? {} : { voidDueAt: row.void_due_at }),
  };
}

const lateProofOf = ({ late_outcome: outcome, late_result: result }: TransactionRow): Pick<Transaction, 'lateProof'> =>
  outcome === null || result === null ? {} : { lateProof: { outcome, result } };

function toLife({ state, reason, result }: TransactionRow): Life {
  switch (state) {
    case 'accepted':
    case 'dispatched':
    case 'acknowledged':
    case 'in-progress':
      return { state };
    case 'unknown':
      return { state, reason: 'deadline-passed' };
    case 'approved':
    case 'declined':
    case 'cancelled':
      assert(result !== null, `a transaction that is ${state} has a result`);
      return { state, result };
    case 'failed':
      assert(reason === 'terminal-unreachable' || reason === 'not-executed', 'a failed transaction has a reason');
      return { state, reason, ...(result === null ? {} : { result }) };
  }
}

/** The row as JSON for `jsonb_populate_recordset`. */
export function toRow(transaction: Transaction): TransactionRow {
  const { life } = transaction;
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
    state: life.state,
    reason: 'reason' in life ? life.reason : null,
    result: ('result' in life ? life.result : undefined) ?? null,
    accepted_at: transaction.acceptedAt,
    changed_at: transaction.changedAt,
    deadline_at: transaction.deadlineAt,
    original_id: transaction.originalTransactionId ?? null,
    ...aftercareOf(transaction),
  };
}

type Aftercare = Pick<
  TransactionRow,
  'cancel_requested_at' | 'asking_due_at' | 'asked' | 'review' | 'late_outcome' | 'late_result' | 'void_due_at'
>;

/** What most transactions never have. */
const aftercareOf = ({ cancelRequestedAt, asking, review, lateProof, voidDueAt }: Transaction): Aftercare => ({
  cancel_requested_at: cancelRequestedAt ?? null,
  asking_due_at: asking?.dueAt ?? null,
  asked: asking?.asked ?? 0,
  review: review ?? null,
  late_outcome: lateProof?.outcome ?? null,
  late_result: lateProof?.result ?? null,
  void_due_at: voidDueAt ?? null,
});
