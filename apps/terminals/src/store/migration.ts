import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The terminal edge.
 *
 * `commands` is what terminals are to do, one row per transaction, kept for ever. `seq` numbers them in the order of their arrival; a terminal
 * gets its commands in this order. The cause is kept with the command, so that whatever the terminal says later belongs to the trace of the payment.
 *
 * `journal_entries` holds every result that was ever acknowledged to a terminal. The code is part of its key, because a terminal that lost
 * its journal counts from 1 again, and none of both entries may be lost. An entry without a transaction is one we could not place.
 *
 * `connections` has the newest channel of each terminal; its version fences off older channels. `replicas` says which replicas are alive:
 * one that died leaves connections behind that others have to end.
 */
export class TerminalsTables1767225600200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table commands (
        transaction_id   uuid        constraint commands_pk primary key,
        terminal_uid     uuid        not null,
        trans_index_code text        not null constraint commands_trans_index_code_unique unique,
        seq              bigint      not null generated always as identity,
        request          jsonb       not null,
        state            text        not null,
        version          integer     not null,
        progress_count   integer     not null default 0,
        expires_at       timestamptz not null,
        correlation_id   text        not null,
        traceparent      text        not null,
        created_at       timestamptz not null,
        changed_at       timestamptz not null,
        constraint commands_state_known check (state in ('pending', 'dispatched', 'acknowledged', 'reported', 'undelivered'))
      )`);
    await runner.query(`create index commands_to_send on commands (terminal_uid, seq) where state in ('pending', 'dispatched')`);
    await runner.query(`create index commands_due on commands (expires_at) where state = 'pending'`);
    await runner.query(`
      create table journal_entries (
        terminal_uid     uuid        not null,
        journal_no       bigint      not null,
        trans_index_code text        not null,
        transaction_id   uuid,
        response         jsonb       not null,
        received_at      timestamptz not null,
        constraint journal_entries_pk primary key (terminal_uid, journal_no, trans_index_code)
      )`);
    await runner.query(`
      create table connections (
        terminal_uid uuid        constraint connections_pk primary key,
        session_id   uuid        not null,
        replica_id   uuid        not null,
        connected    boolean     not null,
        version      integer     not null,
        app_version  text        not null,
        changed_at   timestamptz not null
      )`);
    await runner.query(`create index connections_held on connections (replica_id) where connected`);
    await runner.query(`
      create table replicas (
        replica_id uuid        constraint replicas_pk primary key,
        seen_at    timestamptz not null
      )`);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
