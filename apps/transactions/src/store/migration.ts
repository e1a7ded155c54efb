import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Transactions, and what this service keeps of binding's facts.
 *
 * `transactions_trade_no_unique` is promise 1 (accepted once per developer and trade number, for ever): whatever the code thinks, the
 * database lets no second row in. `transactions_one_open_per_terminal` does the same for "one open transaction per terminal".
 */
export class TransactionsTables1767225600100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table transactions (
        transaction_id   uuid        constraint transactions_pk primary key,
        version          integer     not null,
        trans_index_code text        not null constraint transactions_trans_index_code_unique unique,
        client_id        text        not null,
        merchant_id      text        not null,
        trade_no         text        not null,
        pos_id           text        not null,
        terminal_uid     uuid        not null,
        terminal_sn      text        not null,
        request_hash     text        not null,
        accepted_by      uuid        not null,
        instruction      jsonb       not null,
        call_back_url    text,
        state            text        not null,
        reason           text,
        result           jsonb,
        accepted_at      timestamptz not null,
        changed_at       timestamptz not null,
        deadline_at      timestamptz not null,
        constraint transactions_trade_no_unique unique (client_id, trade_no),
        constraint transactions_state_known check (state in
          ('accepted', 'dispatched', 'acknowledged', 'in-progress', 'unknown', 'approved', 'declined', 'cancelled', 'failed'))
      )`);
    await runner.query(`
      create unique index transactions_one_open_per_terminal on transactions (terminal_uid)
      where state in ('accepted', 'dispatched', 'acknowledged', 'in-progress')`);
    await runner.query(`
      create index transactions_due on transactions (deadline_at)
      where state in ('accepted', 'dispatched', 'acknowledged', 'in-progress')`);
    await runner.query(`
      create table tills (
        till_uid     uuid    constraint tills_pk primary key,
        version      integer not null,
        client_id    text    not null,
        merchant_id  text    not null,
        pos_id       text    not null,
        terminal_uid uuid,
        terminal_sn  text,
        constraint tills_pos_id_unique unique (client_id, merchant_id, pos_id)
      )`);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
