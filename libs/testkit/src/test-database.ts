import { createHash, randomBytes } from 'node:crypto';

import { readNatsInfo, withDatabase } from '@tillbridge/launcher';
import pg from 'pg';

/** A database of one test file: a clone of a migrated template. */
export interface TestDatabase {
  /** The superuser's address of it. */
  readonly url: string;
  readonly name: string;
  /** Closes every connection to it and deletes it. */
  drop(): Promise<void>;
}

/** PostgreSQL cuts names at 63 bytes; what is added to a prefix needs some of them. */
const LONGEST_PREFIX = 30;

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: this file belongs to a Jest project with the global setup of libs/testkit`);
  return value;
}

/** The address of the run's nats-server, after asking it for its name: a test must never work on another server by accident. */
export async function testNatsUrl(): Promise<string> {
  const url = setting('TILLBRIDGE_TEST_NATS_URL');
  const info = await readNatsInfo(url);
  if (info?.server_name !== setting('TILLBRIDGE_TEST_RUN')) throw new Error(`the nats-server at ${url} is not the one of this test run`);
  return url;
}

/**
 * A fresh database with the schema that `migrate` makes. The schema is made once per run and prefix, in a template; each call clones that
 * template, which takes well under a second.
 * @param prefix names the set of migrations: lower-case letters, digits and `_`; the same prefix must always come with the same migrations
 * @param migrate brings the database at the given address to the newest schema and closes its connections
 */
export async function createTestDatabase(prefix: string, migrate: (url: string) => Promise<void>): Promise<TestDatabase> {
  if (!/^[a-z][a-z0-9_]*$/.test(prefix) || prefix.length > LONGEST_PREFIX) throw new RangeError(`not a usable prefix: ${prefix}`);
  const adminUrl = setting('TILLBRIDGE_TEST_POSTGRES_URL');
  const template = `template_${prefix}`;
  const name = `${prefix}_${randomBytes(6).toString('hex')}`;
  await asAdmin(adminUrl, async (client) => {
    await demandOwnServer(client);
    await withLock(client, template, () => ensureTemplate(client, template, migrate, adminUrl));
    await client.query(`create database ${name} template ${template}`);
  });
  const drop = (): Promise<void> =>
    asAdmin(adminUrl, async (client) => {
      await client.query(`drop database if exists ${name} with (force)`);
    });
  return { url: withDatabase(adminUrl, name), name, drop };
}

/** The template appears under its name only when it is complete: a failing migration leaves nothing that a later file would clone. */
async function ensureTemplate(
  client: pg.Client,
  template: string,
  migrate: (url: string) => Promise<void>,
  adminUrl: string,
): Promise<void> {
  const existing = await client.query('select 1 from pg_database where datname = $1', [template]);
  if (existing.rowCount !== 0) return;
  const draft = `${template}_draft`;
  await client.query(`drop database if exists ${draft} with (force)`);
  await client.query(`create database ${draft}`);
  await migrate(withDatabase(adminUrl, draft));
  await client.query(`alter database ${draft} rename to ${template}`);
}

async function asAdmin(adminUrl: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** Test files run in several processes at once; the first one makes the template, the others wait for it. */
async function withLock(client: pg.Client, name: string, work: () => Promise<void>): Promise<void> {
  const key = createHash('sha256').update(name).digest().readBigInt64BE().toString();
  await client.query('select pg_advisory_lock($1)', [key]);
  try {
    await work();
  } finally {
    await client.query('select pg_advisory_unlock($1)', [key]);
  }
}

async function demandOwnServer(client: pg.Client): Promise<void> {
  const marks = await client.query<{ name: string }>('select name from tillbridge_test_run');
  if (marks.rows[0]?.name !== setting('TILLBRIDGE_TEST_RUN')) throw new Error('this PostgreSQL server is not the one of this test run');
}
