import { Inject, Injectable } from '@nestjs/common';
import type { OriginalV1 } from '@tillbridge/contracts';
import { statement, type Statement, type Tx } from '@tillbridge/messaging';
import { DataSource } from 'typeorm';
import { aftermathOf, type Original } from '../domain/follow-up.js';
import type { FoundOriginal } from '../domain/initiate.js';
import type { Aftermath } from '@tillbridge/contracts';
import type { Transaction } from '../domain/transaction.js';
import { toTransaction, type TransactionRow } from './transaction-row.js';

/** How an original is named, and where that is kept: first what leads to one transaction, last what repeats with each batch. */
const places = {
  transIndexCode: 'trans_index_code',
  transId: `result->>'transId'`,
  rrn: `result->>'rrn'`,
  invoiceNum: `result->>'invoiceNum'`,
  traceNum: `result->>'traceNum'`,
} as const satisfies Record<keyof OriginalV1, string>;
const members = Object.keys(places) as (keyof OriginalV1)[];

const selectFollowUps = 'select * from transactions where original_id = $1 order by accepted_at, transaction_id';
const followUpsOf = statement('select_follow_ups', selectFollowUps);

const selectSettled = statement(
  'select_settled',
  `select 1 from transactions
   where terminal_uid = $1 and changed_at > $2 and state = 'approved' and instruction->>'transType' = 'Settle' limit 1`,
);

/**
 * Originals and their follow-ups. An original is locked before its follow-ups are read: whoever wants to follow it up waits for whoever was first, and
 * then sees that one too. Both must not be in one transaction, which the key of the request sees to.
 */
@Injectable()
export class OriginalStore {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /** The merchant's transaction that all given identifiers name. */
  async lockNamed(tx: Tx, merchant: { clientId: string; merchantId: string }, named: OriginalV1): Promise<FoundOriginal> {
    const given = members.filter((member) => (named[member] ?? '') !== '');
    if (given.length === 0) return { kind: 'none' };
    const values = given.map((member) => named[member]);
    const [row, another] = await tx.query<TransactionRow>(lockBy(given), [merchant.clientId, merchant.merchantId, ...values]);
    if (row === undefined) return { kind: 'none' };
    return another === undefined ? { kind: 'found', original: await this.withFollowUps(tx, toTransaction(row)) } : { kind: 'several' };
  }

  /** Of a transaction that is locked already. */
  async withFollowUps(tx: Tx, transaction: Transaction): Promise<Original> {
    const [rows, settled] = await Promise.all([
      tx.query<TransactionRow>(followUpsOf, [transaction.transactionId]),
      tx.query(selectSettled, [transaction.terminalUid, transaction.changedAt]),
    ]);
    return { transaction, followUps: rows.map(toTransaction), isSettled: settled.length > 0 };
  }

  /** What follow-ups have made of a transaction, as it is known at this moment. */
  async aftermathOf(transaction: Transaction): Promise<Aftermath | undefined> {
    if (transaction.life.state !== 'approved') return undefined;
    const rows: TransactionRow[] = await this.dataSource.query(selectFollowUps, [transaction.transactionId]);
    return aftermathOf({ transaction, followUps: rows.map(toTransaction), isSettled: false });
  }
}

const statements = new Map<string, Statement>();

/** One statement for each set of identifiers, so that each can use its index. */
function lockBy(given: readonly (keyof OriginalV1)[]): Statement {
  const name = `lock_original_by_${given.join('_')}`;
  const known = statements.get(name);
  if (known !== undefined) return known;
  const conditions = given.map((member, index) => `${places[member]} = $${index + 3}`).join(' and ');
  const text = `select * from transactions where client_id = $1 and merchant_id = $2 and ${conditions} order by transaction_id limit 2 for update`;
  const made = statement(name, text);
  statements.set(name, made);
  return made;
}
