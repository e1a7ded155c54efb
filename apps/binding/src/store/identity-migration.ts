import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tables that operators page through, with what orders the rows that are there already. */
const LISTED = [
  ['developers', 'registered_at, client_id'],
  ['merchants', 'registered_at, client_id, merchant_id'],
  ['merchant_tokens', 'issued_at, token_uid'],
  ['terminals', 'registered_at, terminal_uid'],
  ['tills', 'changed_at, till_uid'],
] as const;

/**
 * Identity gets a life: records are suspended, tokens end and are taken back, secrets rotate, terminals pair by a code, operators read it all
 * page by page, and every change is on record.
 *
 * Client secrets move into a table of their own, which names each of them and holds that a developer has two at most (`slot`); the key that
 * sealed one is read out of the sealed text, so the two cannot differ. Of a removed one only its name stays, so that removing or adding it again
 * is recognised. The old column goes: a program from before this migration cannot run beside it. An unused pairing code of a terminal keeps all others out (`pairing_codes_one_open`), also one whose time is over, which therefore
 * ends when the next one is given. `record_no` counts the rows of a table in the order of their making, for pages without gaps or repeats.
 * `audit_log` is insert-only; `request_id` holds that a request which is delivered twice is on record once.
 */
export class IdentityLife1767225600400 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await addStandings(runner);
    await moveClientSecrets(runner);
    await addPairingCodes(runner);
    await addAuditLog(runner);
    for (const [table, order] of LISTED) await numberRecords(runner, table, order);
    for (const table of ['merchant_tokens', 'terminals', 'tills', 'pairing_codes']) {
      await runner.query(`create unique index ${table}_record_no on ${table} (record_no)`);
      await runner.query(`create index ${table}_of_developer on ${table} (client_id, record_no)`);
      await runner.query(`create index ${table}_of_merchant on ${table} (merchant_id, record_no)`);
    }
    for (const table of ['developers', 'merchants']) await runner.query(`create unique index ${table}_record_no on ${table} (record_no)`);
    await runner.query(`create index merchants_by_number on merchants (merchant_id, client_id)`);
    await runner.query(`create index tills_of_terminal on tills (terminal_uid)`);
    await runner.query(`create index terminals_by_tid on terminals (client_id, merchant_id, terminal_id)`);
    await runner.query(
      `create index merchant_tokens_revoked on merchant_tokens (client_id, merchant_id) where merchant_tokens.revoked_at is not null`,
    );
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}

async function addStandings(runner: QueryRunner): Promise<void> {
  for (const table of ['developers', 'merchants', 'terminals', 'tills']) {
    await runner.query(`
      alter table ${table} add column standing text not null default 'active'
        constraint ${table}_standing_known check (standing in ('active', 'suspended'))`);
  }
  await runner.query(`alter table developers add column unsigned_allowed boolean not null default true`);
  await runner.query(`
    alter table merchants add column terminal_policy text not null default 'enrolled-only'
      constraint merchants_terminal_policy_known check (terminal_policy in ('enrolled-only', 'create-on-register'))`);
  await runner.query(`alter table merchant_tokens add column expires_at timestamptz, add column revoked_at timestamptz`);
}

async function moveClientSecrets(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table client_secrets (
      secret_uid uuid        constraint client_secrets_pk primary key,
      client_id  text        not null constraint client_secrets_developer_fk references developers (client_id),
      slot       smallint    constraint client_secrets_two_slots check (slot in (1, 2)),
      sealed     text,
      key_id     text        generated always as (split_part(sealed, '.', 2)) stored,
      created_at timestamptz not null,
      removed_at timestamptz,
      constraint client_secrets_slot_unique unique (client_id, slot),
      constraint client_secrets_removed_is_gone check (num_nulls(slot, sealed) = case when removed_at is null then 0 else 2 end)
    )`);
  await runner.query(`
    insert into client_secrets (secret_uid, client_id, slot, sealed, created_at)
    select gen_random_uuid(), d.client_id, s.slot, s.sealed, d.registered_at
    from developers d cross join lateral unnest(d.client_secrets) with ordinality as s (sealed, slot)`);
  await runner.query(`alter table developers drop column client_secrets`);
}

async function addPairingCodes(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table pairing_codes (
      code_uid     uuid        constraint pairing_codes_pk primary key,
      record_no    bigint      not null generated always as identity,
      client_id    text        not null,
      merchant_id  text        not null,
      terminal_uid uuid        not null,
      code_hash    text        not null constraint pairing_codes_hash_unique unique,
      created_at   timestamptz not null,
      expires_at   timestamptz not null,
      used_at      timestamptz,
      revoked_at   timestamptz,
      constraint pairing_codes_terminal_fk foreign key (client_id, merchant_id, terminal_uid)
        references terminals (client_id, merchant_id, terminal_uid),
      constraint pairing_codes_used_or_revoked check (used_at is null or revoked_at is null)
    )`);
  await runner.query(`
    create unique index pairing_codes_one_open on pairing_codes (terminal_uid) where used_at is null and revoked_at is null`);
}

async function addAuditLog(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table audit_log (
      audit_id       bigint generated always as identity constraint audit_log_pk primary key,
      request_id     text        not null constraint audit_log_request_unique unique,
      at             timestamptz not null,
      by             text        not null,
      action         text        not null,
      kind           text        not null,
      record_id      text        not null,
      client_id      text,
      merchant_id    text,
      before         jsonb,
      after          jsonb,
      correlation_id text        not null
    )`);
  await runner.query(`
    create function refuse_audit_change() returns trigger language plpgsql as $$
    begin raise exception 'the audit log is insert-only'; end $$`);
  await runner.query(`
    create trigger audit_log_insert_only before update or delete or truncate on audit_log
    for each statement execute function refuse_audit_change()`);
  await runner.query(`create index audit_log_of_developer on audit_log (client_id, audit_id)`);
  await runner.query(`create index audit_log_of_merchant on audit_log (merchant_id, audit_id)`);
}

async function numberRecords(runner: QueryRunner, table: string, order: string): Promise<void> {
  await runner.query(`alter table ${table} add column record_no bigint`);
  await runner.query(`
    update ${table} t set record_no = n.record_no
    from (select ctid as place, row_number() over (order by ${order}) as record_no from ${table}) n where t.ctid = n.place`);
  await runner.query(`alter table ${table} alter column record_no set not null`);
  await runner.query(`alter table ${table} alter column record_no add generated always as identity`);
  await runner.query(`
    select setval(pg_get_serial_sequence('${table}', 'record_no'), (select coalesce(max(record_no), 0) + 1 from ${table}), false)`);
}
