import pg from 'pg';

import type { DatabaseLogin } from './servers/postgres.js';

/** A database of one service and the role that owns it. */
export interface ServiceDatabase extends DatabaseLogin {
  readonly database: string;
}

/**
 * Makes sure that a role with this password exists and owns this database. Safe to repeat and to run several times at once. Other roles
 * cannot connect to the database: nobody reads another service's tables. `adminUrl` names a superuser.
 */
export async function createServiceDatabase(adminUrl: string, { database, role, password }: ServiceDatabase): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const [owner, secret, name] = [pg.escapeIdentifier(role), pg.escapeLiteral(password), pg.escapeIdentifier(database)];
    // Two starts at once would trip over each other's half-made roles; the lock ends with the connection.
    await client.query(`select pg_advisory_lock(hashtext('tillbridge service databases'))`);
    const roles = await client.query('select 1 from pg_roles where rolname = $1', [role]);
    await client.query(`${roles.rowCount === 0 ? 'create' : 'alter'} role ${owner} login password ${secret}`);
    const databases = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (databases.rowCount === 0) await client.query(`create database ${name} owner ${owner}`);
    await client.query(`revoke connect on database ${name} from public`);
  } finally {
    await client.end();
  }
}

/** The same server with another database, and another login when one is given. */
export function withDatabase(url: string, database: string, login?: DatabaseLogin): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(database)}`;
  if (login !== undefined) {
    changed.username = encodeURIComponent(login.role);
    changed.password = encodeURIComponent(login.password);
  }
  return changed.href;
}
