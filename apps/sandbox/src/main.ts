import { join, resolve } from 'node:path';

import { demandPort, endLeftoverServices, Fleet, preferPort, removeFile } from '@tillbridge/launcher';
import { formatMoney } from '@tillbridge/kernel';

import { adviceFor } from './advice.js';
import { type Config, readConfig } from './config.js';
import { type Credentials, DataDir } from './data-dir.js';
import { DEMONSTRATION_AMOUNT_MINOR, demonstrate } from './demonstration.js';
import { DemoHost } from './demo-host.js';
import { explain } from './failure.js';
import { HELP, type Options, parseOptions } from './options.js';
import { complain, say, step } from './output.js';
import { type Admin, moveEndpoint, provision } from './provisioning.js';
import { type SandboxFile, writeSandboxFile } from './sandbox-file.js';
import { type Servers, startServers } from './servers.js';
import { Till } from './till.js';
import { renderTimeline } from './timeline.js';
import { switchOn, switchOnAgain } from './virtual-terminal.js';

const WRONG_USAGE = 2;
const INTERRUPTED = 130;
const SIMULATOR = 'terminal-simulator';
const DEMO_HOST = 'demo-host';
const repositoryRoot = resolve(import.meta.dirname, '..', '..', '..');

/** Resolves when the sandbox is told to end: Ctrl-C, SIGTERM or the end of its terminal. Told again, it goes on ending. */
const interrupted = new Promise<'interrupted'>((tell) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => tell('interrupted'));
});

/** From an empty folder to a purchase, and back. Returns the exit code. What was started is stopped in the opposite order, come what may. */
async function run(options: Options, config: Config): Promise<number> {
  await using started = new AsyncDisposableStack();
  const dataDir = DataDir.take(options.dataDir);
  started.defer(() => dataDir.release());
  await endLeftoverServices(dataDir.path);
  if (options.reset) await step('forgetting the last sandbox', () => dataDir.reset());
  removeFile(dataDir.in('sandbox.json'));
  await demandPort(options.port, 'choose another with --port');

  const servers = await step('PostgreSQL and nats-server', () => startServers(config, dataDir));
  started.defer(() => step('stopping PostgreSQL and nats-server', () => servers.stop()));
  const up = startFleet(options, dataDir, servers, started);
  // An interrupted start is not waited for: what it has begun is stopped, and what it then fails with is of no interest.
  if ((await Promise.race([up.catch(() => undefined), interrupted])) === 'interrupted') return INTERRUPTED;
  const sandbox = await up;
  const worked = await Promise.race([showPurchase(sandbox, options), interrupted]);
  if (worked === 'interrupted') return INTERRUPTED;
  if (options.once) return worked ? 0 : 1;
  say(`\nThe sandbox stays up on ${sandbox.file.gateway}; all addresses and keys are in ${dataDir.in('sandbox.json')}. Ctrl-C stops it.`);
  await interrupted;
  say('');
  return 0;
}

/** The running sandbox. */
interface Sandbox {
  readonly host: DemoHost;
  readonly credentials: Credentials;
  readonly file: SandboxFile;
}

async function startFleet(options: Options, dataDir: DataDir, servers: Servers, started: AsyncDisposableStack): Promise<Sandbox> {
  const { adminToken, secretsKey, ports } = dataDir.state;
  const fleet = await Fleet.prepare({
    dataDir: dataDir.path,
    ...servers,
    repositoryRoot,
    gatewayPort: options.port,
    preferredPorts: ports,
    adminToken,
    secretsKey,
  });
  const hostPort = await preferPort(ports[DEMO_HOST]);
  dataDir.remember({ ports: { ...fleet.ports, [DEMO_HOST]: hostPort } });
  const host = await DemoHost.start(hostPort);
  started.defer(() => host.stop());
  await step('databases and their migrations', () => fleet.migrate());
  started.defer(() => step('stopping the services', () => fleet.stop()));
  await step('services and a virtual terminal', () => fleet.startServices());

  const gateway = fleet.gatewayUrls.join('');
  const admin = { url: `${gateway}/admin/v1`, token: adminToken };
  const hostUrl = `http://127.0.0.1:${hostPort}`;
  const credentials = await step('a developer, a merchant and a terminal', () => credentialsFor(dataDir, admin, `${hostUrl}/hook`));
  await step('the virtual terminal connects', () => switchOn(fleet.simulatorUrl, credentials.terminal));
  const { developer, merchant, till, terminal } = credentials;
  const file = (): SandboxFile => ({
    gateway,
    terminals: fleet.terminalsUrls[0] ?? '',
    admin,
    docs: `${gateway}/docs`,
    developer,
    merchant,
    till,
    terminal,
    host: { url: `${hostUrl}/hook`, deliveries: `${hostUrl}/deliveries` },
    simulator: { url: fleet.simulatorUrl },
    nats: { url: servers.nats.url },
    postgres: { url: servers.postgres.url() },
    processes: fleet.supervisor.processes(),
  });
  const write = (): void => writeSandboxFile(dataDir.in('sandbox.json'), file());
  write();
  watch(fleet, credentials, write);
  return { host, credentials, file: file() };
}

/** Keeps sandbox.json true, tells of deaths, and gives a restarted simulator its terminal back. */
function watch(fleet: Fleet, credentials: Credentials, write: () => void): void {
  fleet.supervisor.on('started', (name, pid) => {
    write();
    say(`${name} runs again (process ${pid}).`);
    if (name === SIMULATOR) void switchOnAgain(fleet.simulatorUrl, credentials.terminal);
  });
  fleet.supervisor.on('exited', ({ name, pid, signal, code, restartInMs }) => {
    write();
    if (restartInMs !== undefined) say(`${name} (process ${pid}) ended with ${signal ?? `code ${String(code)}`}.`);
  });
}

/** The credentials of earlier starts, or new ones. */
async function credentialsFor(dataDir: DataDir, admin: Admin, hostUrl: string): Promise<Credentials> {
  const known = dataDir.state.credentials;
  if (known?.endpoint.url === hostUrl) return known;
  const credentials = known === undefined ? await provision(admin, hostUrl) : await moveEndpoint(admin, known, hostUrl);
  dataDir.remember({ credentials });
  return credentials;
}

/** Runs the demonstration and prints its timeline. Returns whether it worked. */
async function showPurchase({ host, credentials, file }: Sandbox, options: Options): Promise<boolean> {
  const amount = formatMoney({ amountMinor: DEMONSTRATION_AMOUNT_MINOR, currency: credentials.merchant.currencyCode });
  const stage = { till: new Till(file.gateway, credentials), host, admin: file.admin, credentials };
  try {
    const shown = await step(`a purchase of ${amount}`, () => demonstrate(stage, amount));
    say(`\nThe purchase of ${amount}, number ${shown.result.transIndexCode}:\n`);
    for (const line of renderTimeline(shown.hops, shown.askedAt)) say(line);
    say('');
    for (const line of adviceFor(file, credentials, options.dataDir, new Date())) say(line);
    return true;
  } catch (error) {
    complain(`\nThe demonstration failed: ${explain(error)}\nThe logs of the services are in ${join(options.dataDir, 'logs')}.`);
    return false;
  }
}

async function main(): Promise<number> {
  const parsed = parseOptions(process.argv.slice(2));
  const settings = readConfig();
  if (!parsed.ok || !settings.ok) {
    complain(parsed.ok ? (settings.ok ? '' : settings.problem) : parsed.problem);
    return WRONG_USAGE;
  }
  if (parsed.options.help) {
    say(HELP);
    return 0;
  }
  say('Tillbridge sandbox');
  return run(parsed.options, settings.config);
}

process.exitCode = await main().catch((error: unknown) => {
  complain(explain(error));
  return 1;
});
process.exit();
