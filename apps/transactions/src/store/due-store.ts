import { Inject, Injectable } from '@nestjs/common';
import { plusMs } from '@tillbridge/kernel';
import { statement, type Cause, type Tx } from '@tillbridge/messaging';
import { DataSource } from 'typeorm';
import { AUTO_VOID_LIMIT_MS } from '../domain/auto-void.js';
import type { Situation } from '../domain/initiate.js';
import type { Transaction } from '../domain/transaction.js';
import { toTransaction, type TransactionRow } from './transaction-row.js';
import { OPEN } from './transaction-store.js';

/** A transaction that time has come for, with the cause of its acceptance: what is done about it belongs to the trace of the payment. */
export type Due = { readonly transactionId: string; readonly cause: Cause };
type DueRow = { transaction_id: string; fact_id: string; correlation_id: string; traceparent: string };

const dueWith = (condition: string, order: string): string => `
  select t.transaction_id, e.fact_id, e.correlation_id, e.traceparent
  from transactions t join events e on e.aggregate_id = t.transaction_id::text and e.aggregate_version = 1
  where ${condition} order by ${order} limit $1`;

const selectPastDeadline = dueWith(`t.deadline_at <= $2 and t.state in ${OPEN}`, 't.deadline_at');
const selectToAsk = dueWith('t.ask_at <= $2', 't.ask_at');
// Only where the reversal could start now, or has been waited for too long.
const selectToVoid = dueWith(
  `t.void_wanted_at is not null and (t.void_wanted_at <= $2
     or exists (select from terminals p where p.terminal_uid = t.terminal_uid and p.online)
       and not exists (select from transactions o where o.terminal_uid = t.terminal_uid and o.state in ${OPEN}))`,
  't.void_wanted_at',
);

const selectVoidSituation = statement(
  'select_void_situation',
  `select coalesce((select p.online from terminals p where p.terminal_uid = $1), false) as online,
     exists (select from transactions o where o.terminal_uid = $1 and o.state in ${OPEN}) as busy,
     (select m.deadline_seconds from merchants m where m.client_id = $2 and m.merchant_id = $3) as deadline_seconds`,
);
const selectByTradeNo = statement('select_by_trade_no', 'select * from transactions where client_id = $1 and trade_no = $2');
// Not a change that anybody is told of, so it has no version.
const clearVoidWanted = statement('clear_void_wanted', 'update transactions set void_wanted_at = null where transaction_id = $1');

/** What time has come for. Several replicas may find the same; the lock of the row and the state decide who does it. */
@Injectable()
export class DueStore {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /** Open transactions whose deadline has passed, the oldest first. */
  pastDeadline(now: Date, limit: number): Promise<Due[]> {
    return this.due(selectPastDeadline, [limit, now]);
  }

  /** Unknown transactions whose terminal is to be asked. */
  toAsk(now: Date, limit: number): Promise<Due[]> {
    return this.due(selectToAsk, [limit, now]);
  }

  /** Late approvals that are to be reversed, where the terminal is online and free, or was not for too long. */
  toVoid(now: Date, limit: number): Promise<Due[]> {
    return this.due(selectToVoid, [limit, plusMs(now, -AUTO_VOID_LIMIT_MS)]);
  }

  /** The situation of a reversal on the terminal that charged, whatever the till is bound to by now. */
  async voidSituation(tx: Tx, { terminalUid, terminalSn, clientId, merchantId }: Transaction, tradeNo: string): Promise<Situation> {
    const [row] = await tx.query<{ online: boolean; busy: boolean; deadline_seconds: number | null }>(selectVoidSituation, [
      ...[terminalUid, clientId, merchantId],
    ]);
    const [existing] = await tx.query<TransactionRow>(selectByTradeNo, [clientId, tradeNo]);
    return {
      terminal: { terminalUid, terminalSn, online: row?.online === true, busy: row?.busy === true },
      ...(existing === undefined ? {} : { existing: toTransaction(existing) }),
      ...(row === undefined || row.deadline_seconds === null ? {} : { deadlineSeconds: row.deadline_seconds }),
    };
  }

  async clearVoidWanted(tx: Tx, transactionId: string): Promise<void> {
    await tx.query(clearVoidWanted, [transactionId]);
  }

  private async due(select: string, values: readonly unknown[]): Promise<Due[]> {
    const rows: DueRow[] = await this.dataSource.query(select, [...values]);
    return rows.map((row) => ({
      transactionId: row.transaction_id,
      cause: { correlationId: row.correlation_id, causationId: row.fact_id, traceparent: row.traceparent },
    }));
  }
}
