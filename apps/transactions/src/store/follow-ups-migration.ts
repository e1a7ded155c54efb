import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Follow-ups and their originals, questions about unknown outcomes, proofs that come too late; and what this service keeps of terminals and merchants.
 * Each index serves what is few: follow-ups, unknown outcomes, closed batches. Only those by what a terminal said of a result grow with all of it.
 */
export class FollowUps1767225600500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table transactions
        add column original_id uuid,
        add column cancel_requested_at timestamptz,
        add column asking_due_at timestamptz,
        add column asked integer not null default 0,
        add column review text,
        add column late_outcome text,
        add column late_result jsonb,
        add column void_due_at timestamptz,
        add constraint transactions_asking_unknown check (asking_due_at is null or state = 'unknown'),
        add constraint transactions_late_proof_whole check ((late_outcome is null) = (late_result is null))`);
    // Outcomes that are unknown already are asked for from now on.
    await runner.query(`update transactions set asking_due_at = now() where state = 'unknown'`);
    await runner.query(`create index transactions_by_original on transactions (original_id) where original_id is not null`);
    await runner.query(`create index transactions_asking on transactions (asking_due_at) where asking_due_at is not null`);
    await runner.query(`create index transactions_to_void on transactions (void_due_at) where void_due_at is not null`);
    await runner.query(`create index transactions_of_till on transactions (client_id, merchant_id, pos_id, accepted_at)`);
    await runner.query(`
      create index transactions_settlements on transactions (terminal_uid, changed_at)
      where state = 'approved' and instruction->>'transType' = 'Settle'`);
    for (const [name, member] of [
      ['trans_id', 'transId'],
      ['rrn', 'rrn'],
      ['invoice_num', 'invoiceNum'],
      ['trace_num', 'traceNum'],
    ] as const) {
      await runner.query(
        `create index transactions_by_${name} on transactions (merchant_id, (result->>'${member}')) where result->>'${member}' is not null`,
      );
    }
    await runner.query(`
      create table terminals (
        terminal_uid uuid    constraint terminals_pk primary key,
        version      integer not null,
        online       boolean not null
      )`);
    await runner.query(`
      create table merchants (
        client_id        text    not null,
        merchant_id      text    not null,
        version          integer not null,
        late_results     text,
        deadline_seconds integer,
        constraint merchants_pk primary key (client_id, merchant_id)
      )`);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
