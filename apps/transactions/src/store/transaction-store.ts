import { Inject, Injectable } from '@nestjs/common';
import type { InitiateTransactionV1, LateResultPolicy } from '@tillbridge/contracts';
import { defineBatch, statement, VersionConflict, type Tx } from '@tillbridge/messaging';
import { DataSource } from 'typeorm';
import type { Situation } from '../domain/initiate.js';
import type { Transaction } from '../domain/transaction.js';
import { toRow, toTransaction, type TransactionRow } from './transaction-row.js';

export type TillKey = Pick<InitiateTransactionV1, 'clientId' | 'merchantId' | 'posId'>;
type InitiationKey = TillKey & Pick<InitiateTransactionV1, 'tradeNo'>;
type SituationRow = {
  transaction_id: string | null;
  terminal_uid: string | null;
  terminal_sn: string | null;
  online: boolean;
  busy: boolean;
  deadline_seconds: number | null;
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const OPEN = `('accepted', 'dispatched', 'acknowledged', 'in-progress')`;

// An unknown transaction does not take its terminal: its deadline is the terminal's own limit, and the shop must go on.
const selectSituations = statement(
  'select_situations',
  `select i.place, t.transaction_id, till.terminal_uid, till.terminal_sn, o.transaction_id is not null as busy,
     coalesce(p.online, false) as online, m.deadline_seconds
   from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality as i (client_id, merchant_id, pos_id, trade_no, place)
   left join transactions t on t.client_id = i.client_id and t.trade_no = i.trade_no
   left join tills till on till.client_id = i.client_id and till.merchant_id = i.merchant_id and till.pos_id = i.pos_id
   left join terminals p on p.terminal_uid = till.terminal_uid
   left join merchants m on m.client_id = i.client_id and m.merchant_id = i.merchant_id
   left join transactions o on o.terminal_uid = till.terminal_uid and o.state in ${OPEN}
   order by i.place`,
);

const lockTransactions = statement(
  'lock_transactions',
  'select * from transactions where transaction_id = any($1::uuid[]) order by transaction_id for update',
);

const selectTransactions = statement('select_transactions', 'select * from transactions where transaction_id = any($1::uuid[])');

const selectPolicy = statement('select_late_results', 'select late_results from merchants where client_id = $1 and merchant_id = $2');

const insertTransactions = statement(
  'insert_transactions',
  'insert into transactions select * from jsonb_populate_recordset(null::transactions, $1::jsonb)',
);

const updateTransactions = statement(
  'update_transactions',
  `update transactions t
   set version = r.version, state = r.state, reason = r.reason, result = r.result, changed_at = r.changed_at,
     cancel_requested_at = r.cancel_requested_at, asking_due_at = r.asking_due_at, asked = r.asked, review = r.review,
     late_outcome = r.late_outcome, late_result = r.late_result, void_due_at = r.void_due_at
   from jsonb_populate_recordset(null::transactions, $1::jsonb) r
   where t.transaction_id = r.transaction_id and t.version = r.version - 1
   returning t.transaction_id`,
);

const selectDue = `
  select transaction_id from transactions
  where deadline_at <= $1 and state in ${OPEN}
  order by deadline_at limit $2`;

const selectToAsk = 'select transaction_id from transactions where asking_due_at <= $1 order by asking_due_at limit $2';

const selectToVoid = 'select transaction_id from transactions where void_due_at <= $1 order by void_due_at limit $2';

// The open ones are few, and an index knows them.
const selectOpenOfTill = `
  select trade_no from transactions
  where client_id = $1 and merchant_id = $2 and pos_id = $3 and state in ${OPEN}
  limit 1`;

const lockLatestOfTill = statement(
  'lock_latest_of_till',
  `select * from transactions where client_id = $1 and merchant_id = $2 and pos_id = $3
   order by state in ${OPEN} desc, accepted_at desc, transaction_id desc limit 1 for update`,
);

const situationsOf = defineBatch<InitiationKey, Situation>(async (db, keys) => {
  const rows = await db.query<SituationRow>(selectSituations, [
    keys.map((key) => key.clientId),
    keys.map((key) => key.merchantId),
    keys.map((key) => key.posId),
    keys.map((key) => key.tradeNo),
  ]);
  const known = rows.flatMap((row) => (row.transaction_id === null ? [] : [row.transaction_id]));
  const existing = new Map<string, Transaction>();
  // Repeats are rare, so the common request does not pay for them.
  if (known.length > 0) {
    for (const row of await db.query<TransactionRow>(selectTransactions, [known])) existing.set(row.transaction_id, toTransaction(row));
  }
  return rows.map((row) => ({
    ...withExisting(existing.get(row.transaction_id ?? '')),
    ...(row.terminal_uid === null || row.terminal_sn === null
      ? {}
      : { terminal: { terminalUid: row.terminal_uid, terminalSn: row.terminal_sn, isOnline: row.online, isBusy: row.busy } }),
    ...(row.deadline_seconds === null ? {} : { deadlineSeconds: row.deadline_seconds }),
  }));
});

const withExisting = (existing: Transaction | undefined): Pick<Situation, 'existing'> => (existing === undefined ? {} : { existing });

const lockAll = defineBatch<string, Transaction | undefined>(async (db, ids) => {
  const rows = await db.query<TransactionRow>(lockTransactions, [ids]);
  const found = new Map(rows.map((row) => [row.transaction_id, toTransaction(row)]));
  return ids.map((id) => found.get(id));
});

const insertAll = defineBatch<Transaction, undefined>(async (db, transactions) => {
  await db.query(insertTransactions, [JSON.stringify(transactions.map(toRow))]);
  return transactions.map(() => undefined);
});

const updateAll = defineBatch<Transaction, undefined>(async (db, transactions) => {
  const updated = await db.query(updateTransactions, [JSON.stringify(transactions.map(toRow))]);
  if (updated.length !== transactions.length) throw new VersionConflict('a transaction was changed by someone else');
  return transactions.map(() => undefined);
});

/** Where transactions are kept; the only place that knows their SQL. */
@Injectable()
export class TransactionStore {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  situationFor(tx: Tx, key: InitiationKey): Promise<Situation> {
    return tx.batch(situationsOf, key);
  }

  lock(tx: Tx, transactionId: string): Promise<Transaction | undefined> {
    return tx.batch(lockAll, transactionId);
  }

  /** What the till has open, else its latest. */
  async lockLatestOf(tx: Tx, { clientId, merchantId, posId }: TillKey): Promise<Transaction | undefined> {
    const [row] = await tx.query<TransactionRow>(lockLatestOfTill, [clientId, merchantId, posId]);
    return row === undefined ? undefined : toTransaction(row);
  }

  async lateResultsOf(tx: Tx, { clientId, merchantId }: Pick<TillKey, 'clientId' | 'merchantId'>): Promise<LateResultPolicy> {
    const [row] = await tx.query<{ late_results: LateResultPolicy | null }>(selectPolicy, [clientId, merchantId]);
    return row?.late_results ?? 'attach';
  }

  async insert(tx: Tx, transaction: Transaction): Promise<void> {
    await tx.batch(insertAll, transaction);
  }

  /** Saves the next version of a locked transaction; throws `VersionConflict` when it is not the next one. */
  async update(tx: Tx, transaction: Transaction): Promise<void> {
    await tx.batch(updateAll, transaction);
  }

  /** Open transactions whose deadline has passed, the oldest first. */
  due(now: Date, limit: number): Promise<string[]> {
    return this.idsOf(selectDue, now, limit);
  }

  /** Unknown outcomes whose terminals are to be asked now. */
  toAsk(now: Date, limit: number): Promise<string[]> {
    return this.idsOf(selectToAsk, now, limit);
  }

  /** Charges that are to be given back by a reversal of our own. */
  toVoid(now: Date, limit: number): Promise<string[]> {
    return this.idsOf(selectToVoid, now, limit);
  }

  private async idsOf(select: string, now: Date, limit: number): Promise<string[]> {
    const rows: { transaction_id: string }[] = await this.dataSource.query(select, [now, limit]);
    return rows.map((row) => row.transaction_id);
  }

  /** The trade number of an open transaction of this till. */
  async openOf({ clientId, merchantId, posId }: TillKey): Promise<string | undefined> {
    const rows: { trade_no: string }[] = await this.dataSource.query(selectOpenOfTill, [clientId, merchantId, posId]);
    return rows[0]?.trade_no;
  }

  async find(clientId: string, tradeNo: string): Promise<Transaction | undefined> {
    const rows: TransactionRow[] = await this.dataSource.query('select * from transactions where client_id = $1 and trade_no = $2', [
      clientId,
      tradeNo,
    ]);
    return rows[0] === undefined ? undefined : toTransaction(rows[0]);
  }

  /** @param id its transactionId or its transIndexCode; anything else finds nothing */
  async findById(id: string): Promise<Transaction | undefined> {
    const place = UUID.test(id) ? 'transaction_id' : 'trans_index_code';
    const rows: TransactionRow[] = await this.dataSource.query(`select * from transactions where ${place} = $1`, [id]);
    return rows[0] === undefined ? undefined : toTransaction(rows[0]);
  }

  /** The recorded changes of a transaction, oldest first, and the trace in which it was asked for. */
  async history(transactionId: string): Promise<{ type: string; occurredAt: Date; traceparent: string }[]> {
    const rows: { type: string; occurred_at: Date; traceparent: string }[] = await this.dataSource.query(
      'select type, occurred_at, traceparent from events where aggregate_id = $1 order by event_id',
      [transactionId],
    );
    return rows.map((row) => ({ type: row.type, occurredAt: row.occurred_at, traceparent: row.traceparent }));
  }
}
