import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Endpoints, what is to be pushed to whom, and how each attempt went.
 *
 * There is deliberately no unique key over endpoint and transaction: that a result is planned once is the promise of the inbox, whose row is
 * written in the same transaction, and a second guard would hide that the first one is broken.
 * `deliveries_due` holds only what waits, so that its size follows the backlog and not the history. A leased row stays in it: when the process
 * that holds the lease dies, the row is due again by itself.
 */
export class HostDeliveryTables1767225600100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table endpoints (
        endpoint_id    uuid        constraint endpoints_pk primary key,
        client_id      text        not null,
        merchant_id    text        not null,
        url            text        not null,
        signing_secret text        not null,
        enabled        boolean     not null,
        version        integer     not null,
        created_at     timestamptz not null
      )`);
    await runner.query(`create index endpoints_owner on endpoints (client_id, merchant_id)`);
    await runner.query(`
      create table deliveries (
        delivery_id         uuid        constraint deliveries_pk primary key,
        endpoint_id         uuid        constraint deliveries_endpoint_fk references endpoints (endpoint_id),
        lane                text        not null,
        url                 text        not null,
        client_id           text        not null,
        merchant_id         text        not null,
        transaction_id      uuid        not null,
        fact_id             uuid        not null,
        transaction_version integer     not null,
        body                jsonb       not null,
        correlation_id      text        not null,
        traceparent         text        not null,
        state               text        not null,
        version             integer     not null,
        attempts            integer     not null,
        due_at              timestamptz,
        leased_until        timestamptz,
        first_attempt_at    timestamptz,
        last_status         integer,
        last_error          text,
        created_at          timestamptz not null,
        changed_at          timestamptz not null,
        constraint deliveries_state_known check (state in ('pending', 'delivered', 'parked')),
        constraint deliveries_due_while_pending check ((state = 'pending') = (due_at is not null))
      )`);
    await runner.query(`create index deliveries_due on deliveries (due_at) where state = 'pending'`);
    await runner.query(`create index deliveries_transaction on deliveries (transaction_id)`);
    await runner.query(`
      create table attempts (
        delivery_id      uuid        not null constraint attempts_delivery_fk references deliveries (delivery_id),
        attempt_no       integer     not null,
        started_at       timestamptz not null,
        duration_ms      integer     not null,
        status           integer,
        error_class      text,
        response_excerpt text,
        constraint attempts_pk primary key (delivery_id, attempt_no)
      )`);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}

/**
 * Counts the claims of a delivery since its last record, so that one whose record cannot be written is not pushed for ever. It may be null,
 * which counts as none: replicas of the release before insert rows without knowing of it.
 */
export class HostDeliveryClaims1767225600200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table deliveries add column claims integer`);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
