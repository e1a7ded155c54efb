import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

import { createServiceDatabase, withDatabase } from '../src/databases.js';
import { AlreadyInUse } from '../src/failures.js';
import { isPortFree } from '../src/ports.js';
import { family, isRunning } from '../src/process-table.js';
import { type NatsServer, startNats } from '../src/servers/nats.js';
import { readNatsInfo } from '../src/servers/nats-info.js';
import { type PostgresServer, removePostgres, startPostgres } from '../src/servers/postgres.js';

let dir: string;
let postgres: PostgresServer;
let nats: NatsServer;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tillbridge-servers-'));
  [postgres, nats] = await Promise.all([
    startPostgres({ dataDir: join(dir, 'postgres'), fsync: false }),
    startNats({ storeDir: join(dir, 'nats'), serverName: 'mine' }),
  ]);
}, 120_000);

afterAll(async () => {
  await Promise.all([postgres.stop(), nats.stop()]);
  await removePostgres(join(dir, 'postgres'));
  await rm(dir, { recursive: true, force: true });
});

async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

describe('the PostgreSQL server', () => {
  test('has its committed rows again after SIGKILL and restart, on the same port', async () => {
    await query(postgres.url(), 'create table kept (id int); insert into kept values (7)');
    const { port } = postgres;
    const members = family(postgres.pid);
    expect(members.length).toBeGreaterThan(3);
    await postgres.kill();
    expect(members.filter(isRunning)).toEqual([]);
    await postgres.restart();
    expect(postgres.port).toBe(port);
    expect(await query(postgres.url(), 'select id from kept')).toEqual([{ id: 7 }]);
  }, 60_000);

  test('refuses a second start on the same data with one sentence', async () => {
    const second = startPostgres({ dataDir: join(dir, 'postgres') });
    await expect(second).rejects.toThrow(AlreadyInUse);
    await expect(second).rejects.toThrow(/^PostgreSQL already runs on this data \(process \d+, started by process \d+\): .*\.$/);
  });

  test('a service database can be made several times at once, and its role enters no other', async () => {
    const wanted = { database: 'one', role: 'one', password: "it's one" };
    await Promise.all([1, 2, 3].map(() => createServiceDatabase(postgres.url(), wanted)));
    await createServiceDatabase(postgres.url(), { database: 'two', role: 'two', password: 'two' });
    const own = withDatabase(postgres.url(), 'one', wanted);
    await query(own, 'create table mine (id int)');
    expect(await query(own, 'select current_user as me')).toEqual([{ me: 'one' }]);
    await expect(query(withDatabase(own, 'two'), 'select 1')).rejects.toThrow('permission denied for database "two"');
  });
});

describe('the nats-server', () => {
  test('serves JetStream under its name, and again after SIGKILL and restart on the same port', async () => {
    const { url, pid } = nats;
    expect(await readNatsInfo(url)).toMatchObject({ server_name: 'mine', jetstream: true });
    await nats.kill();
    expect(await isPortFree(nats.port)).toBe(true);
    await nats.restart();
    expect(nats.url).toBe(url);
    expect(nats.pid).not.toBe(pid);
    expect(await readNatsInfo(url)).toMatchObject({ server_name: 'mine', jetstream: true });
  }, 60_000);
});
