import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Who may call, and which till belongs to which terminal.
 *
 * Everything below a merchant carries `client_id` and `merchant_id`, and the foreign keys go over both: a till cannot be bound to another
 * tenant's terminal, whatever the code thinks. `terminal_id` (TID) is unique nowhere, for acquirers reuse it and sandboxes share the
 * placeholder `00000000`; a terminal is its serial number within its merchant. Two merchants may use the same serial number, so a key must
 * tell their terminals apart (`terminals_key_unique`).
 * Tokens and keys are stored as SHA-256, client secrets sealed: one or two of them, so that they can be rotated without a gap.
 */
export class BindingTables1767225600100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table developers (
        client_id      text        constraint developers_pk primary key,
        version        integer     not null,
        name           text        not null,
        client_secrets text[]      not null,
        registered_at  timestamptz not null,
        constraint developers_secrets_one_or_two check (cardinality(client_secrets) in (1, 2))
      )`);
    await runner.query(`
      create table merchants (
        client_id     text        not null constraint merchants_developer_fk references developers (client_id),
        merchant_id   text        not null,
        version       integer     not null,
        name          text        not null,
        currency_code text        not null,
        registered_at timestamptz not null,
        constraint merchants_pk primary key (client_id, merchant_id),
        constraint merchants_currency_numeric check (currency_code ~ '^[0-9]{3}$')
      )`);
    await runner.query(`
      create table merchant_tokens (
        token_uid   uuid        constraint merchant_tokens_pk primary key,
        version     integer     not null,
        token_hash  text        not null constraint merchant_tokens_hash_unique unique,
        client_id   text        not null,
        merchant_id text        not null,
        channel     text        not null,
        issued_at   timestamptz not null,
        constraint merchant_tokens_merchant_fk foreign key (client_id, merchant_id) references merchants (client_id, merchant_id),
        constraint merchant_tokens_channel_known check (channel in ('Terminal', 'eCommerce'))
      )`);
    await runner.query(`
      create table terminals (
        terminal_uid  uuid        constraint terminals_pk primary key,
        version       integer     not null,
        client_id     text        not null,
        merchant_id   text        not null,
        terminal_sn   text        not null,
        terminal_id   text        not null,
        key_hash      text,
        registered_at timestamptz not null,
        constraint terminals_merchant_fk foreign key (client_id, merchant_id) references merchants (client_id, merchant_id),
        constraint terminals_sn_unique unique (client_id, merchant_id, terminal_sn),
        constraint terminals_key_unique unique (terminal_sn, key_hash),
        constraint terminals_owner_unique unique (client_id, merchant_id, terminal_uid)
      )`);
    await runner.query(`
      create table tills (
        till_uid     uuid        constraint tills_pk primary key,
        version      integer     not null,
        client_id    text        not null,
        merchant_id  text        not null,
        pos_id       text        not null,
        terminal_uid uuid,
        changed_at   timestamptz not null,
        constraint tills_merchant_fk foreign key (client_id, merchant_id) references merchants (client_id, merchant_id),
        constraint tills_pos_id_unique unique (client_id, merchant_id, pos_id),
        constraint tills_terminal_fk foreign key (client_id, merchant_id, terminal_uid)
          references terminals (client_id, merchant_id, terminal_uid)
      )`);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
