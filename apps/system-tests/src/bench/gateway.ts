import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { newClientSecret, newMerchantToken, newPlatformId } from '@tillbridge/kernel';
import { freePort, startNats, Supervisor } from '@tillbridge/launcher';
import { signRequest } from '@tillbridge/protocol';
import { ClosedLoop } from './closed-loop.js';

/**
 * What the gateway costs beside a bare application on the same framework: requests per second of one process, as many as it takes with a
 * bounded number on the way. All are measured in turns in one run, because a shared machine is never the same twice. There are two bare
 * applications: one parses bodies as the gateway does, which is the yardstick, and one with JSON.parse, for those who would rather compare
 * with that.
 *   npm run bench:gateway
 */
const REPOSITORY_ROOT = resolve(import.meta.dirname, '../../../..');
/** Short and many: a shared processor changes its speed by half every few seconds, and all have to meet the same. */
const ROUNDS = 41;
const SECONDS = 0.5;
/** Until what is run often has been compiled for good; the gateway has more of it. */
const WARM_UP_SECONDS = 6;
const IN_FLIGHT = 64;
const WANTED = 0.6;

type Target = { readonly name: string; readonly loop: ClosedLoop; readonly pid: number; readonly rates: number[]; spent: Spent };
/** Of all rounds together. */
type Spent = { answered: number; seconds: number; processorSeconds: number };

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const clientId = newPlatformId(new Date());
const clientSecret = newClientSecret();
const body = JSON.stringify({
  ...{ clientId, merchantId: '10800000003', posId: 'TILL001', terminalId: '00000000', tradeNo: '2024081210800000003001' },
  ...{ transType: 'Purchase', transScheme: 'Credit', callerName: 'Corner Shop', transAmount: '1000', currencyCode: '840' },
  ...{
    reqTransDate: '20240812',
    reqTransTime: '034700',
    oriTransIndexCode: '',
    oriTraceNum: '',
    oriInvoiceNum: '',
    oriTransId: '',
    oriRrn: '',
  },
});
const headers = {
  'content-type': 'application/json',
  'jwt-token': newMerchantToken(),
  sign: signRequest(body, clientId, clientSecret),
};

const dir = mkdtempSync(join(tmpdir(), 'tillbridge-bench-'));
const nats = await startNats({ storeDir: join(dir, 'nats') });
const supervisor = new Supervisor({ logDir: dir, recordFile: join(dir, 'bench.json') });
try {
  const client = stayAwake();
  const strict = await target('bare, same parsing', 'yardstick-bare', '/pay', ['strict']);
  const plain = await target('bare, JSON.parse', 'yardstick-bare', '/pay', ['plain']);
  const ours = await target('gateway', 'gateway-alone', '/ovstrade/semiOpen/v3/internetTrans', [clientId, clientSecret]);
  const targets = [strict, plain, ours];
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const each of targets) await measure(each);
    print(`round ${String(round)}: ${targets.map(({ name, rates }) => `${name} ${(rates.at(-1) ?? 0).toFixed(0)}/s`).join(', ')}`);
  }
  client.sleep();
  for (const each of targets) print(summaryOf(each));
  const [middle, ofPlain] = [middleRatio(ours, strict), middleRatio(ours, plain)];
  print(
    `\nthe gateway holds ${percent(middle)} of the requests per second of the bare application with the same body parsing (median of ${String(ROUNDS)} rounds; wanted: at least ${percent(WANTED)}), and ${percent(ofPlain)} of those with JSON.parse`,
  );
  const folder = join(REPOSITORY_ROOT, '.tillbridge', 'bench');
  mkdirSync(folder, { recursive: true });
  const results = targets.map(({ name, rates, spent }) => ({ name, rates, spent }));
  writeFileSync(
    join(folder, 'gateway.json'),
    `${JSON.stringify({ at: new Date().toISOString(), inFlight: IN_FLIGHT, seconds: SECONDS, results, middle, ofPlain }, null, 2)}\n`,
  );
  for (const { loop } of targets) loop.close();
} finally {
  await supervisor.stopAll();
  await nats.stop();
  rmSync(dir, { recursive: true, force: true });
}

/** Starts a server and lets it run until it is as fast as it gets. */
async function target(name: string, program: string, path: string, args: readonly string[]): Promise<Target> {
  const port = await freePort();
  const service = `${program}-${args[0] ?? ''}`;
  await supervisor.start({
    name: service,
    entry: join(import.meta.dirname, `${program}.js`),
    arguments: [...args, String(port)],
    port,
    readyPath: '/health/ready',
    environment: program === 'gateway-alone' ? gatewayEnvironment() : {},
  });
  const pid = supervisor.service(service).pid ?? 0;
  pin(pid);
  const loop = await ClosedLoop.open({ port, path, headers, body }, IN_FLIGHT);
  await loop.run(WARM_UP_SECONDS);
  return { name, loop, pid, rates: [], spent: { answered: 0, seconds: 0, processorSeconds: 0 } };
}

function gatewayEnvironment(): Record<string, string> {
  const unlimited = { TILLBRIDGE_RATE_ADDRESS_PER_SECOND: '1000000', TILLBRIDGE_RATE_TOKEN_PER_SECOND: '1000000' };
  return { ...unlimited, TILLBRIDGE_NATS_URL: nats.url, TILLBRIDGE_ADMIN_TOKEN: newMerchantToken(), TILLBRIDGE_LOG_LEVEL: 'error' };
}

/**
 * Gives the client one processor and the servers the other, where the system can do that: else it may put a busy server on the processor of
 * its busy client, for seconds, and measures its own mood.
 */
function pin(server: number): void {
  try {
    execFileSync('taskset', ['-acp', '0', String(process.pid)], { stdio: 'ignore' });
    execFileSync('taskset', ['-acp', '1', String(server)], { stdio: 'ignore' });
  } catch {
    print('no taskset here: the processors are shared as the system likes');
  }
}

/**
 * Keeps this process awake. A server that answers a sleeping client pays for waking it, on a virtual machine more than for the answer itself;
 * the slower one of two servers lets its client sleep more often and would pay twice for being slow.
 */
function stayAwake(): { sleep: () => void } {
  let awake = true;
  const turn = (): void => {
    if (awake) setImmediate(turn);
  };
  turn();
  return { sleep: () => (awake = false) };
}

async function measure({ loop, pid, rates, spent }: Target): Promise<void> {
  const before = processorSecondsOf(pid);
  const { answered, seconds } = await loop.run(SECONDS);
  rates.push(answered / seconds);
  spent.answered += answered;
  spent.seconds += seconds;
  spent.processorSeconds += processorSecondsOf(pid) - before;
}

/** What a process has had of the processors (proc(5), in ticks of 10 ms); not a number where the system does not tell. */
function processorSecondsOf(pid: number): number {
  try {
    const [user, system] =
      readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
        .split(') ')
        .at(-1)
        ?.split(' ')
        .slice(11, 13) ?? [];
    return (Number(user) + Number(system)) / 100;
  } catch {
    return Number.NaN;
  }
}

/** Far below 100 % busy means that somebody else had the server's processor, or that the client was the slower one. */
function summaryOf({ name, rates, spent }: Target): string {
  const each = ((spent.processorSeconds * 1e6) / spent.answered).toFixed(1);
  return `${name}: median ${median(rates).toFixed(0)}/s, ${each} us of processor time each, busy ${percent(spent.processorSeconds / spent.seconds)}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function middleRatio(one: Target, other: Target): number {
  return median(one.rates.map((rate, round) => rate / (other.rates[round] ?? 0)));
}
