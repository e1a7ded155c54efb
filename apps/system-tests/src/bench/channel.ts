import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { authenticateTerminal, done, type AuthenticateTerminalV1 } from '@tillbridge/contracts';
import { becomesTrue, createServiceDatabase, freePort, removePostgres, startNats, startPostgres, Supervisor } from '@tillbridge/launcher';
import pg from 'pg';

/**
 * What idle terminals cost: so many channels at one replica of `terminals`, all of them pinged and answering, while nothing is paid. Linux only.
 *   npm run bench:channel            20 000 terminals
 *   npm run bench:channel -- 5000
 * A replica needs an open file for each terminal: where the machine allows fewer, as many are connected as it allows.
 */
const APPS = resolve(import.meta.dirname, '../../..');
const WANTED = Number(process.argv[2] ?? 20_000);
const LIMIT_MIB = 1_536;
/** Connections to PostgreSQL and NATS, files of the program, and some of the connections that are just being closed. */
const OTHER_FILES = 300;
/** Between one source address and one port there are 28 000 connections at most. */
const TERMINALS_PER_CLIENT = 10_000;
const CONNECTED_WITHIN_MS = 1_200_000;
const IDLE_MS = 60_000;
const SAMPLE_MS = 1_000;

type Counts = { welcome: number; ended: number };

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const mib = (kib: number): string => (kib / 1024).toFixed(0);
const readNumber = (file: string, pattern: RegExp): number => Number(pattern.exec(readFileSync(file, 'utf8'))?.[1]);
const residentKib = (pid: number): number => readNumber(`/proc/${String(pid)}/status`, /VmRSS:\s+(\d+)/);
const openFilesAllowed = (pid: number): number => readNumber(`/proc/${String(pid)}/limits`, /Max open files\s+\d+\s+(\d+)/);

/** Plays binding: every terminal may connect, under the id that it gives itself as its serial number. */
async function admitAll(natsUrl: string): Promise<NatsConnection> {
  const bus = await connect({ servers: natsUrl });
  bus.subscribe(authenticateTerminal.type, {
    callback: (_error, message) => {
      const { terminalSn } = message.json<AuthenticateTerminalV1>();
      message.respond(JSON.stringify(done({ terminalUid: terminalSn, clientId: 'bench', merchantId: 'bench' })));
    },
  });
  return bus;
}

class Clients {
  private readonly processes: { readonly child: ChildProcess; counts: Counts }[] = [];

  start(url: string, terminals: number): void {
    for (let left = terminals, place = 2; left > 0; left -= TERMINALS_PER_CLIENT, place += 1) {
      const count = String(Math.min(left, TERMINALS_PER_CLIENT));
      const child = fork(join(import.meta.dirname, 'channel-terminals.js'), [url, count, `127.0.0.${String(place)}`]);
      const client = { child, counts: { welcome: 0, ended: 0 } };
      child.on('message', (counts) => (client.counts = counts as Counts));
      this.processes.push(client);
    }
  }

  get counts(): Counts {
    const all = this.processes.map(({ counts }) => counts);
    return { welcome: all.reduce((sum, each) => sum + each.welcome, 0), ended: all.reduce((sum, each) => sum + each.ended, 0) };
  }

  stop(): void {
    for (const { child } of this.processes) child.disconnect();
  }
}

/** The most that the process has held while its terminals were idle. */
async function watch(pid: number): Promise<number> {
  let most = 0;
  for (let passedMs = 0; passedMs < IDLE_MS; passedMs += SAMPLE_MS) {
    await delay(SAMPLE_MS);
    most = Math.max(most, residentKib(pid));
  }
  return most;
}

// What is measured is memory, so nothing waits for the disk.
const dir = mkdtempSync(join(tmpdir(), 'tillbridge-channel-'));
// Root runs PostgreSQL as another user, who must be able to pass through.
chmodSync(dir, 0o711);
const [postgres, nats] = await Promise.all([
  startPostgres({ dataDir: join(dir, 'postgres'), fsync: false }),
  startNats({ storeDir: join(dir, 'nats') }),
]);
const login = { role: 'terminals', password: randomBytes(16).toString('hex') };
await createServiceDatabase(postgres.url(), { database: 'terminals', ...login });
const databaseUrl = postgres.url('terminals', login);
const bus = await admitAll(nats.url);
const sql = new pg.Client({ connectionString: databaseUrl });
const supervisor = new Supervisor({ logDir: join(dir, 'logs'), recordFile: join(dir, 'processes.json') });
const clients = new Clients();
try {
  const port = await freePort();
  const environment = {
    ...{ TILLBRIDGE_POSTGRES_URL: databaseUrl, TILLBRIDGE_NATS_URL: nats.url, TILLBRIDGE_LOG_LEVEL: 'warn' },
    ...{ TILLBRIDGE_HTTP_HOST: '127.0.0.1', TILLBRIDGE_HTTP_PORT: String(port), TILLBRIDGE_EXIT_WITH_PARENT: 'true' },
  };
  await migrate({ TILLBRIDGE_POSTGRES_URL: databaseUrl });
  await supervisor.start({ name: 'terminals', entry: join(APPS, 'terminals/dist/main.js'), port, readyPath: '/health/ready', environment });
  await sql.connect();
  const pid = supervisor.processes()['terminals'] ?? 0;
  const terminals = Math.min(WANTED, openFilesAllowed(pid) - OTHER_FILES);
  if (terminals < WANTED) print(`This machine allows ${String(openFilesAllowed(pid))} open files a process.`);
  const emptyKib = residentKib(pid);
  const startedMs = performance.now();
  clients.start(`http://127.0.0.1:${String(port)}`, terminals);
  const isComplete = await becomesTrue(() => clients.counts.welcome === terminals, CONNECTED_WITHIN_MS);
  if (!isComplete) throw new Error(`only ${String(clients.counts.welcome)} of ${String(terminals)} terminals were welcomed`);
  const connectedKib = residentKib(pid);
  print(`${String(terminals)} terminals connected in ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
  const goneBefore = (await onRecord()).gone;
  const mostKib = await watch(pid);
  const found = await onRecord();
  const gone = found.gone - goneBefore;
  print(
    `resident: ${mib(emptyKib)} MiB empty, ${mib(connectedKib)} MiB just connected, at most ${mib(mostKib)} MiB in ${String(IDLE_MS / 1_000)} s of idling`,
  );
  print(`per terminal: ${((mostKib - emptyKib) / terminals).toFixed(1)} KiB; wanted: 20 000 within ${String(LIMIT_MIB)} MiB`);
  print(`online on record: ${String(found.online)}; taken for gone: ${String(gone)}; channels ended: ${String(clients.counts.ended)}`);
  const isHeld = mostKib / 1024 <= LIMIT_MIB && found.online === terminals && gone === 0;
  print(isHeld ? 'held' : 'NOT held');
  process.exitCode = isHeld ? 0 : 1;
} finally {
  clients.stop();
  await supervisor.stopAll();
  await sql.end();
  await bus.close();
  await nats.stop();
  await postgres.stop();
  await removePostgres(join(dir, 'postgres'));
  rmSync(dir, { recursive: true, force: true });
}

/** How many terminals are on record as online, and how often one was told to be gone. */
async function onRecord(): Promise<{ online: number; gone: number }> {
  const { rows } = await sql.query<{ online: number; gone: number }>(
    `select (select count(*)::int from connections where connected) as online,
       (select count(*)::int from events where type = 'pos.terminals.terminal-disconnected.v1') as gone`,
  );
  return rows[0] ?? { online: 0, gone: 0 };
}

/** Runs the migrations of the service, in a process of their own as always. */
async function migrate(environment: Record<string, string>): Promise<void> {
  const child = fork(join(APPS, 'terminals/dist/migrate.js'), [], { env: environment, silent: true });
  const code = await new Promise<number | null>((ended) => child.on('exit', ended));
  if (code !== 0) throw new Error('the migrations failed');
}
