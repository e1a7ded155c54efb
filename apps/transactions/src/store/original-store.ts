import { Inject, Injectable } from '@nestjs/common';
import type { InitiateTransactionV1 } from '@tillbridge/contracts';
import { assert } from '@tillbridge/kernel';
import { statement, type Queryable, type Statement, type Tx } from '@tillbridge/messaging';
import { DataSource } from 'typeorm';
import type { Original } from '../domain/follow-up.js';
import { identifiers, MAX_CANDIDATES, type Identifier } from '../domain/original.js';
import type { Transaction } from '../domain/transaction.js';
import { toTransaction, type TransactionRow } from './transaction-row.js';

const columnOf: Readonly<Record<Identifier, string>> = {
  transIndexCode: 'trans_index_code',
  transId: `result ->> 'transId'`,
  rrn: `result ->> 'rrn'`,
  invoiceNum: `result ->> 'invoiceNum'`,
  traceNum: `result ->> 'traceNum'`,
};

/** One statement for each set of identifiers: a condition that may be switched off would keep the indices out. */
const selectCandidates = new Map<string, Statement>();

function candidatesBy(given: readonly Identifier[]): Statement {
  const name = `select_candidates_by_${given.join('_')}`;
  const known = selectCandidates.get(name);
  if (known !== undefined) return known;
  const conditions = given.map((each, index) => `${columnOf[each]} = $${String(index + 3)}`);
  const text = `select * from transactions where client_id = $1 and merchant_id = $2 and ${conditions.join(' and ')} limit ${String(MAX_CANDIDATES + 1)}`;
  const made = statement(name, text);
  selectCandidates.set(name, made);
  return made;
}

const lockOriginal = statement('lock_original', 'select * from transactions where transaction_id = $1 for update');

const SELECT_FOLLOW_UPS = 'select * from transactions where original_transaction_id = $1 order by accepted_at, trans_index_code';
const selectFollowUps = statement('select_follow_ups', SELECT_FOLLOW_UPS);

const SELECT_SETTLED = `
  select exists (select from transactions where terminal_uid = $1 and accepted_at > $2 and instruction ->> 'transType' = 'Settle' and state = 'approved')
    as is_settled`;
const selectSettled = statement('select_settled', SELECT_SETTLED);

/** Finds originals, and what has been done with them. */
@Injectable()
export class OriginalStore {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /** The merchant's transactions that fit every identifier of the request; one more than `MAX_CANDIDATES` at most. */
  async candidates(tx: Queryable, { clientId, merchantId, instruction }: InitiateTransactionV1): Promise<Transaction[]> {
    const named = instruction.original ?? {};
    const given = identifiers.filter((each) => named[each] !== undefined);
    assert(given.length > 0, 'an original is looked up by something');
    const rows = await tx.query<TransactionRow>(candidatesBy(given), [clientId, merchantId, ...given.map((each) => named[each])]);
    return rows.map(toTransaction);
  }

  /** Locks the original's row, and then looks at what has been done with it: whoever else decides on it has to wait, or is seen. */
  async lock(tx: Tx, transactionId: string): Promise<Original> {
    tx.claim(`original ${transactionId}`);
    const [row] = await tx.query<TransactionRow>(lockOriginal, [transactionId]);
    assert(row !== undefined, `an original is gone: ${transactionId}`);
    const followUps = await tx.query<TransactionRow>(selectFollowUps, [transactionId]);
    const [settled] = await tx.query<{ is_settled: boolean }>(selectSettled, [row.terminal_uid, row.accepted_at]);
    return { transaction: toTransaction(row), followUps: followUps.map(toTransaction), isSettled: settled?.is_settled === true };
  }

  async followUpsOf(transactionId: string): Promise<Transaction[]> {
    const rows: TransactionRow[] = await this.dataSource.query(SELECT_FOLLOW_UPS, [transactionId]);
    return rows.map(toTransaction);
  }
}
