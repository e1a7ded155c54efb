import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The four tables that every service has.
 *
 * `events` is the audit log: every fact ever told, insert-only, kept for ever; the bus can be filled again from it.
 * `outbox` names the facts that the bus has not acknowledged yet. It holds ids only, because a row lives for milliseconds;
 * it is vacuumed early, because every look for its first rows passes what is dead.
 * `inbox` names the messages that were already handled, so that a redelivery changes nothing.
 * `dead_letters` counts the failures of a message, and keeps it, with the reason, once it is given up.
 */
export class MessagingTables1767225600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table events (
        event_id          bigint generated always as identity constraint events_pk primary key,
        fact_id           uuid        not null constraint events_fact_id_unique unique,
        type              text        not null,
        subject           text        not null,
        aggregate_id      text        not null,
        aggregate_version integer     not null,
        occurred_at       timestamptz not null,
        payload           jsonb       not null,
        correlation_id    text        not null,
        causation_id      text,
        traceparent       text        not null,
        constraint events_version_unique unique (aggregate_id, aggregate_version, type)
      )`);
    await runner.query(`
      create function refuse_event_change() returns trigger language plpgsql as $$
      begin raise exception 'events are insert-only'; end $$`);
    await runner.query(`
      create trigger events_insert_only before update or delete or truncate on events
      for each statement execute function refuse_event_change()`);
    await runner.query(`
      create table outbox (
        event_id bigint constraint outbox_pk primary key constraint outbox_event_fk references events (event_id)
      ) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0)`);
    await runner.query(`
      create table inbox (
        consumer    text        not null,
        message_id  uuid        not null,
        received_at timestamptz not null default now(),
        constraint inbox_pk primary key (consumer, message_id)
      )`);
    await runner.query(`create index inbox_received_at on inbox (received_at)`);
    await runner.query(`
      create table dead_letters (
        consumer        text        not null,
        message_id      text        not null,
        subject         text        not null,
        headers         jsonb       not null,
        payload         text        not null,
        attempts        integer     not null,
        last_error      text        not null,
        first_failed_at timestamptz not null default now(),
        last_failed_at  timestamptz not null default now(),
        parked_at       timestamptz,
        constraint dead_letters_pk primary key (consumer, message_id)
      )`);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
