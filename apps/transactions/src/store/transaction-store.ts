import { Inject, Injectable } from '@nestjs/common';
import type { InitiateTransactionV1 } from '@tillbridge/contracts';
import { defineBatch, statement, VersionConflict, type Tx } from '@tillbridge/messaging';
import { DataSource } from 'typeorm';
import type { Situation } from '../domain/initiate.js';
import type { Transaction } from '../domain/transaction.js';
import { toRow, toTransaction, type TransactionRow } from './transaction-row.js';

type InitiationKey = Pick<InitiateTransactionV1, 'clientId' | 'merchantId' | 'posId' | 'tradeNo'>;
type SituationRow = { transaction_id: string | null; terminal_uid: string | null; terminal_sn: string | null; busy: boolean };

// An unknown transaction does not take its terminal: its deadline is the terminal's own limit, and the shop must go on.
const selectSituations = statement(
  'select_situations',
  `select i.place, t.transaction_id, till.terminal_uid, till.terminal_sn, o.transaction_id is not null as busy
   from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality as i (client_id, merchant_id, pos_id, trade_no, place)
   left join transactions t on t.client_id = i.client_id and t.trade_no = i.trade_no
   left join tills till on till.client_id = i.client_id and till.merchant_id = i.merchant_id and till.pos_id = i.pos_id
   left join transactions o on o.terminal_uid = till.terminal_uid and o.state in ('accepted', 'dispatched', 'acknowledged', 'in-progress')
   order by i.place`,
);

const lockTransactions = statement(
  'lock_transactions',
  'select * from transactions where transaction_id = any($1::uuid[]) order by transaction_id for update',
);

const selectTransactions = statement('select_transactions', 'select * from transactions where transaction_id = any($1::uuid[])');

const insertTransactions = statement(
  'insert_transactions',
  'insert into transactions select * from jsonb_populate_recordset(null::transactions, $1::jsonb)',
);

const updateTransactions = statement(
  'update_transactions',
  `update transactions t
   set version = r.version, state = r.state, reason = r.reason, result = r.result, changed_at = r.changed_at
   from jsonb_populate_recordset(null::transactions, $1::jsonb) r
   where t.transaction_id = r.transaction_id and t.version = r.version - 1
   returning t.transaction_id`,
);

const selectDue = `
  select transaction_id from transactions
  where deadline_at <= $1 and state in ('accepted', 'dispatched', 'acknowledged', 'in-progress')
  order by deadline_at limit $2`;

// The open ones are few, and an index knows them.
const selectOpenOfTill = `
  select trade_no from transactions
  where client_id = $1 and merchant_id = $2 and pos_id = $3 and state in ('accepted', 'dispatched', 'acknowledged', 'in-progress')
  limit 1`;

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
      : { terminal: { terminalUid: row.terminal_uid, terminalSn: row.terminal_sn, busy: row.busy } }),
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

  async insert(tx: Tx, transaction: Transaction): Promise<void> {
    await tx.batch(insertAll, transaction);
  }

  /** Saves the next version of a locked transaction; throws `VersionConflict` when it is not the next one. */
  async update(tx: Tx, transaction: Transaction): Promise<void> {
    await tx.batch(updateAll, transaction);
  }

  /** Open transactions whose deadline has passed, the oldest first. */
  async due(now: Date, limit: number): Promise<string[]> {
    const rows: { transaction_id: string }[] = await this.dataSource.query(selectDue, [now, limit]);
    return rows.map((row) => row.transaction_id);
  }

  /** The trade number of an open transaction of this till. */
  async openOf({ clientId, merchantId, posId }: Omit<InitiationKey, 'tradeNo'>): Promise<string | undefined> {
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

  /** The recorded changes of a transaction, oldest first. */
  async history(transactionId: string): Promise<{ type: string; occurredAt: Date }[]> {
    const rows: { type: string; occurred_at: Date }[] = await this.dataSource.query(
      'select type, occurred_at from events where aggregate_id = $1 order by event_id',
      [transactionId],
    );
    return rows.map((row) => ({ type: row.type, occurredAt: row.occurred_at }));
  }
}
