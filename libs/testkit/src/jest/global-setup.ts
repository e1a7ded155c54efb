import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { removePostgres, startNats, startPostgres } from '@tillbridge/launcher';
import pg from 'pg';

/** The servers of one Jest run. */
interface TestServers {
  readonly postgresUrl: string;
  readonly natsUrl: string;
  readonly stop: () => Promise<void>;
}

const POSTGRES_IMAGE = 'postgres:18';
const NATS_IMAGE = 'nats:2.14';
const NATS_PORT = 4222;
const PASSABLE_FOLDER = 0o711;
const CONTAINER_CONNECTIONS = 200;

/**
 * Starts one PostgreSQL and one nats-server for the whole run and hands their addresses to the test files in the environment. Both are
 * marked with the run's random name, so that a test can tell its own server from any other. Nothing is flushed to the disk: tests kill
 * processes, which loses nothing, and never cut the power.
 *
 * TILLBRIDGE_TEST_SERVERS=containers takes both servers from container images instead of the npm packages.
 */
export default async function startTestServers(): Promise<void> {
  const run = `run-${randomBytes(8).toString('hex')}`;
  const inContainers = process.env['TILLBRIDGE_TEST_SERVERS'] === 'containers';
  const servers = inContainers ? await startContainers(run) : await startPackaged(run);
  (globalThis as { tillbridgeTestServers?: TestServers }).tillbridgeTestServers = servers;
  await mark(servers.postgresUrl, run);
  process.env['TILLBRIDGE_TEST_RUN'] = run;
  process.env['TILLBRIDGE_TEST_POSTGRES_URL'] = servers.postgresUrl;
  process.env['TILLBRIDGE_TEST_NATS_URL'] = servers.natsUrl;
}

async function startPackaged(run: string): Promise<TestServers> {
  const dir = mkdtempSync(join(tmpdir(), 'tillbridge-test-'));
  // Root runs PostgreSQL as another user, who must be able to pass through.
  chmodSync(dir, PASSABLE_FOLDER);
  const [postgres, nats] = await Promise.all([
    startPostgres({ dataDir: join(dir, 'postgres'), fsync: false }),
    startNats({ storeDir: join(dir, 'nats'), serverName: run }),
  ]);
  const stop = async (): Promise<void> => {
    await Promise.all([postgres.stop(), nats.stop()]);
    await removePostgres(join(dir, 'postgres'));
    rmSync(dir, { recursive: true, force: true });
  };
  return { postgresUrl: postgres.url(), natsUrl: nats.url, stop };
}

async function startContainers(run: string): Promise<TestServers> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const password = randomBytes(12).toString('hex');
  const [postgres, nats] = await Promise.all([
    new GenericContainer(POSTGRES_IMAGE)
      .withEnvironment({ POSTGRES_USER: 'tillbridge', POSTGRES_DB: 'postgres', POSTGRES_PASSWORD: password })
      .withCommand(['postgres', '-c', 'fsync=off', '-c', `max_connections=${CONTAINER_CONNECTIONS}`])
      .withExposedPorts(5432)
      // The image starts the server once to set it up and then a second time to serve.
      .withWaitStrategy(Wait.forLogMessage('database system is ready to accept connections', 2))
      .start(),
    new GenericContainer(NATS_IMAGE)
      .withCommand(['--jetstream', '--name', run])
      .withExposedPorts(NATS_PORT)
      .withWaitStrategy(Wait.forLogMessage('Server is ready'))
      .start(),
  ]);
  const stop = async (): Promise<void> => {
    await Promise.all([postgres.stop(), nats.stop()]);
  };
  return {
    postgresUrl: `postgres://tillbridge:${password}@${postgres.getHost()}:${postgres.getMappedPort(5432)}/postgres`,
    natsUrl: `nats://${nats.getHost()}:${nats.getMappedPort(NATS_PORT)}`,
    stop,
  };
}

/** Writes the run's name into the server. The table is looked for by createTestDatabase. */
async function mark(postgresUrl: string, run: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query('create table tillbridge_test_run (name text primary key)');
  await client.query('insert into tillbridge_test_run values ($1)', [run]);
  await client.end();
}
