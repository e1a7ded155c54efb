import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The rest of the life of a transaction: follow-ups, cancellation, the questions about what is unknown, late results.
 *
 * A follow-up names its original. The original's row is its lock: whoever decides on a follow-up holds it, so that two on different terminals do not
 * both take the same money. Originals are found by what their terminals said; an index knows only the transactions that have such a number.
 *
 * `ask_at` and `void_wanted_at` are the memory of the workers that ask terminals and reverse late approvals: nothing of it is kept in a process.
 *
 * `terminals` and `merchants` are what this service keeps of the facts of others: who is reachable, and what merchants have decided. A terminal that is
 * not there was never connected; a merchant that is not there has decided nothing.
 */
export class TransactionLife1767225600500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table transactions
        add column original_transaction_id uuid
          constraint transactions_original_fk references transactions (transaction_id),
        add column cancel_requested_at     timestamptz,
        add column review                  text
          constraint transactions_review_known check (review in ('late-result', 'unresolved')),
        add column late_result             jsonb,
        add column unknown_at              timestamptz,
        add column asks                    integer,
        add column ask_at                  timestamptz,
        add column void_wanted_at          timestamptz`);
    await runner.query(`update transactions set unknown_at = changed_at, asks = 0, ask_at = now() where state = 'unknown'`);
    await runner.query(`create index transactions_to_ask on transactions (ask_at) where ask_at is not null`);
    await runner.query(`create index transactions_to_void on transactions (void_wanted_at) where void_wanted_at is not null`);
    await runner.query(`
      create index transactions_of_original on transactions (original_transaction_id) where original_transaction_id is not null`);
    for (const [name, member] of [
      ['trans_id', 'transId'],
      ['rrn', 'rrn'],
      ['invoice_num', 'invoiceNum'],
      ['trace_num', 'traceNum'],
    ] as const) {
      await runner.query(`
        create index transactions_by_${name} on transactions (client_id, merchant_id, (result ->> '${member}'))
        where result ->> '${member}' is not null`);
    }
    await runner.query(`
      create index transactions_settlements on transactions (terminal_uid, accepted_at)
      where instruction ->> 'transType' = 'Settle' and state = 'approved'`);
    // Only those that are over: the open one of a terminal has an index of its own, and a row that still changes would be entered anew each time.
    await runner.query(`
      create index transactions_over_of_till on transactions (client_id, merchant_id, pos_id, accepted_at)
      where state in ('unknown', 'approved', 'declined', 'cancelled', 'failed')`);
    await runner.query(`
      create table terminals (
        terminal_uid uuid        constraint terminals_pk primary key,
        version      integer     not null,
        online       boolean     not null,
        changed_at   timestamptz not null
      )`);
    await runner.query(`
      create table merchants (
        client_id        text    not null,
        merchant_id      text    not null,
        version          integer not null,
        late_results     text    not null,
        deadline_seconds integer not null,
        constraint merchants_pk primary key (client_id, merchant_id)
      )`);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
