import { Inject, Injectable } from '@nestjs/common';
import { transactionStates, type FindOpenTransactionV1, type InitiateTransactionV1, type TransactionState } from '@tillbridge/contracts';
import { defineBatch, statement, VersionConflict, type Queryable, type Tx } from '@tillbridge/messaging';
import { DataSource } from 'typeorm';
import type { Situation } from '../domain/initiate.js';
import { isOpen, openStates } from '../domain/life.js';
import type { Transaction } from '../domain/transaction.js';
import { toRow, toTransaction, type TransactionRow } from './transaction-row.js';

type InitiationKey = Pick<InitiateTransactionV1, 'clientId' | 'merchantId' | 'posId' | 'tradeNo'>;
type SituationRow = {
  transaction_id: string | null;
  terminal_uid: string | null;
  terminal_sn: string | null;
  busy: boolean;
  online: boolean;
  deadline_seconds: number | null;
};

/** Whether a new transaction found its place, or another one had taken the terminal since the last look. */
export type Inserted = 'inserted' | 'terminal-busy';

/** As in the partial indices: else they are not used. */
const listOf = (states: readonly TransactionState[]): string => `('${states.join(`', '`)}')`;
export const OPEN = listOf(openStates);
const OVER = listOf(transactionStates.filter((state) => !isOpen(state)));

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

// An unknown transaction does not take its terminal: its deadline is the terminal's own limit, and the shop must go on.
const selectSituations = statement(
  'select_situations',
  `select i.place, t.transaction_id, till.terminal_uid, till.terminal_sn, o.transaction_id is not null as busy, coalesce(p.online, false) as online,
     m.deadline_seconds
   from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality as i (client_id, merchant_id, pos_id, trade_no, place)
   left join transactions t on t.client_id = i.client_id and t.trade_no = i.trade_no
   left join tills till on till.client_id = i.client_id and till.merchant_id = i.merchant_id and till.pos_id = i.pos_id
   left join transactions o on o.terminal_uid = till.terminal_uid and o.state in ${OPEN}
   left join terminals p on p.terminal_uid = till.terminal_uid
   left join merchants m on m.client_id = i.client_id and m.merchant_id = i.merchant_id
   order by i.place`,
);

const lockTransactions = statement(
  'lock_transactions',
  'select * from transactions where transaction_id = any($1::uuid[]) order by transaction_id for update',
);

const selectTransactions = statement('select_transactions', 'select * from transactions where transaction_id = any($1::uuid[])');

// Two tills of one terminal may both have found it free. The index lets one in; the other one is told so, and its neighbours go on.
const insertTransactions = statement(
  'insert_transactions',
  `insert into transactions select * from jsonb_populate_recordset(null::transactions, $1::jsonb)
   on conflict do nothing returning transaction_id`,
);

const selectObstacles = statement(
  'select_obstacles',
  `select exists (select from transactions t where t.client_id = i.client_id and t.trade_no = i.trade_no) as is_used,
     exists (select from transactions o where o.terminal_uid = i.terminal_uid and o.state in ${OPEN}) as is_busy
   from unnest($1::text[], $2::text[], $3::uuid[]) as i (client_id, trade_no, terminal_uid)`,
);

const updateTransactions = statement(
  'update_transactions',
  `update transactions t
   set version = r.version, state = r.state, reason = r.reason, result = r.result, changed_at = r.changed_at,
     cancel_requested_at = r.cancel_requested_at, review = r.review, late_result = r.late_result, unknown_at = r.unknown_at, asks = r.asks,
     ask_at = r.ask_at, void_wanted_at = r.void_wanted_at
   from jsonb_populate_recordset(null::transactions, $1::jsonb) r
   where t.transaction_id = r.transaction_id and t.version = r.version - 1
   returning t.transaction_id`,
);

// Not by the terminal that the till has now: a payment keeps the terminal that it was sent to. The open ones are few, and an index knows them.
const newestOfTill = (columns: string, states: string): string =>
  `select ${columns} from transactions where client_id = $1 and merchant_id = $2 and pos_id = $3 and state in ${states}
   order by accepted_at desc limit 1`;

const selectOpenId = statement('select_open_id', newestOfTill('transaction_id', OPEN));
const selectLatest = statement('select_latest', newestOfTill('*', OVER));
const selectOpenTradeNo = newestOfTill('trade_no', OPEN);

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
  return rows.map((row) => toSituation(row, existing.get(row.transaction_id ?? '')));
});

function toSituation(row: SituationRow, existing: Transaction | undefined): Situation {
  const { terminal_uid: terminalUid, terminal_sn: terminalSn, busy, online, deadline_seconds: deadlineSeconds } = row;
  return {
    ...(existing === undefined ? {} : { existing }),
    ...(terminalUid === null || terminalSn === null ? {} : { terminal: { terminalUid, terminalSn, busy, online } }),
    ...(deadlineSeconds === null ? {} : { deadlineSeconds }),
  };
}

const lockAll = defineBatch<string, Transaction | undefined>(async (db, ids) => {
  const rows = await db.query<TransactionRow>(lockTransactions, [ids]);
  const found = new Map(rows.map((row) => [row.transaction_id, toTransaction(row)]));
  return ids.map((id) => found.get(id));
});

const insertAll = defineBatch<Transaction, Inserted>(async (db, transactions) => {
  // In one order everywhere: two replicas that wait for each other's terminals would wait for ever.
  const rows = transactions.map(toRow).sort((a, b) => (a.terminal_uid < b.terminal_uid ? -1 : 1));
  const inserted = await db.query<{ transaction_id: string }>(insertTransactions, [JSON.stringify(rows)]);
  const ids = new Set(inserted.map((row) => row.transaction_id));
  const left = transactions.filter(({ transactionId }) => !ids.has(transactionId));
  if (left.length > 0) await assertBusy(db, left);
  return transactions.map(({ transactionId }) => (ids.has(transactionId) ? 'inserted' : 'terminal-busy'));
});

/** Throws `VersionConflict` when anything but a busy terminal was in the way: a look at the new situation finds a replay, or draws another number. */
async function assertBusy(db: Queryable, left: readonly Transaction[]): Promise<void> {
  const obstacles = await db.query<{ is_used: boolean; is_busy: boolean }>(selectObstacles, [
    left.map((each) => each.clientId),
    left.map((each) => each.tradeNo),
    left.map((each) => each.terminalUid),
  ]);
  if (obstacles.some((each) => each.is_used || !each.is_busy))
    throw new VersionConflict('another transaction took the number, or was there');
}

const updateAll = defineBatch<Transaction, undefined>(async (db, transactions) => {
  const updated = await db.query(updateTransactions, [JSON.stringify(transactions.map(toRow))]);
  if (updated.length !== transactions.length) throw new VersionConflict('a transaction was changed by someone else');
  return transactions.map(() => undefined);
});

/** Where transactions are kept. */
@Injectable()
export class TransactionStore {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  situationFor(tx: Tx, key: InitiationKey): Promise<Situation> {
    return tx.batch(situationsOf, key);
  }

  lock(tx: Tx, transactionId: string): Promise<Transaction | undefined> {
    return tx.batch(lockAll, transactionId);
  }

  /** Nothing is written when the terminal is busy. */
  insert(tx: Tx, transaction: Transaction): Promise<Inserted> {
    return tx.batch(insertAll, transaction);
  }

  /** Saves the next version of a locked transaction; throws `VersionConflict` when it is not the next one. */
  async update(tx: Tx, transaction: Transaction): Promise<void> {
    await tx.batch(updateAll, transaction);
  }

  /** The newest transaction of this till that is open, on whichever terminal, locked. */
  async lockOpenOf(tx: Tx, { clientId, merchantId, posId }: FindOpenTransactionV1): Promise<Transaction | undefined> {
    const [row] = await tx.query<{ transaction_id: string }>(selectOpenId, [clientId, merchantId, posId]);
    return row === undefined ? undefined : this.lock(tx, row.transaction_id);
  }

  /** The newest transaction of this till that does not take its terminal any more. */
  async latestOf(tx: Tx, { clientId, merchantId, posId }: FindOpenTransactionV1): Promise<Transaction | undefined> {
    const [row] = await tx.query<TransactionRow>(selectLatest, [clientId, merchantId, posId]);
    return row === undefined ? undefined : toTransaction(row);
  }

  /** The trade number of the newest open transaction of this till. */
  async openOf({ clientId, merchantId, posId }: FindOpenTransactionV1): Promise<string | undefined> {
    const rows: { trade_no: string }[] = await this.dataSource.query(selectOpenTradeNo, [clientId, merchantId, posId]);
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
}
