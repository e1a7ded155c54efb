import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { newClientSecret, newMerchantToken, newPlatformId } from '@tillbridge/kernel';
import { freePort, startNats, Supervisor } from '@tillbridge/launcher';
import { signRequest } from '@tillbridge/protocol';
import { Pool } from 'undici';

/**
 * What the gateway costs beside a bare application on the same framework: requests per second of one process, as many as it takes with a
 * bounded number on the way. Both are measured in turns in one run, because a shared machine is never the same twice.
 *   npm run bench:gateway
 */
const REPOSITORY_ROOT = resolve(import.meta.dirname, '../../../..');
/** Short and many: a shared processor changes its speed by half every few seconds, and both have to meet the same. */
const ROUNDS = 41;
const SECONDS = 0.5;
const WARM_UP_SECONDS = 3;
const IN_FLIGHT = 64;
const WANTED = 0.6;
const [YARDSTICK, GATEWAY] = ['yardstick-bare', 'gateway-alone'];

type Target = { readonly name: string; readonly pool: Pool; readonly path: string; readonly headers: Record<string, string> };

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

const dir = mkdtempSync(join(tmpdir(), 'tillbridge-bench-'));
const nats = await startNats({ storeDir: join(dir, 'nats') });
const supervisor = new Supervisor({ logDir: dir, recordFile: join(dir, 'bench.json') });
try {
  const bare = await target('bare NestJS + Fastify', YARDSTICK, '/pay', []);
  const ours = await target('gateway', GATEWAY, '/ovstrade/semiOpen/v3/internetTrans', [clientId, clientSecret]);
  print(pin() ? 'the client has one processor, the servers the other' : 'no taskset here: the processors are shared as the system likes');
  const client = stayAwake();
  const rounds = [];
  for (const each of [bare, ours]) await perSecond(each, WARM_UP_SECONDS);
  for (let round = 1; round <= ROUNDS; round += 1) {
    const [yardstick, gateway] = [await perSecond(bare, SECONDS), await perSecond(ours, SECONDS)];
    rounds.push({ yardstick, gateway, ratio: gateway / yardstick });
    print(
      `round ${String(round)}: bare ${yardstick.toFixed(0)}/s, gateway ${gateway.toFixed(0)}/s, ratio ${(gateway / yardstick).toFixed(2)}`,
    );
  }
  client.sleep();
  const middle = rounds.map(({ ratio }) => ratio).sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
  print(
    `\nthe gateway holds ${(middle * 100).toFixed(0)} % of the bare application's requests per second (median of ${String(ROUNDS)} rounds; wanted: at least ${String(WANTED * 100)} %)`,
  );
  const folder = join(REPOSITORY_ROOT, '.tillbridge', 'bench');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'gateway.json'),
    `${JSON.stringify({ at: new Date().toISOString(), inFlight: IN_FLIGHT, seconds: SECONDS, rounds, middle }, null, 2)}\n`,
  );
  await Promise.all([bare.pool.close(), ours.pool.close()]);
} finally {
  await supervisor.stopAll();
  await nats.stop();
  rmSync(dir, { recursive: true, force: true });
}

async function target(name: string, program: string, path: string, args: readonly string[]): Promise<Target> {
  const port = await freePort();
  await supervisor.start({
    name: program,
    entry: join(import.meta.dirname, `${program}.js`),
    arguments: [...args, String(port)],
    port,
    readyPath: '/health/ready',
    environment: program === GATEWAY ? gatewayEnvironment() : {},
  });
  const sign = signRequest(body, clientId, clientSecret);
  const headers = { 'content-type': 'application/json', 'jwt-token': newMerchantToken(), sign };
  return { name, path, headers, pool: new Pool(`http://127.0.0.1:${String(port)}`, { connections: IN_FLIGHT }) };
}

function gatewayEnvironment(): Record<string, string> {
  const unlimited = { TILLBRIDGE_RATE_ADDRESS_PER_SECOND: '1000000', TILLBRIDGE_RATE_TOKEN_PER_SECOND: '1000000' };
  return { ...unlimited, TILLBRIDGE_NATS_URL: nats.url, TILLBRIDGE_ADMIN_TOKEN: newMerchantToken(), TILLBRIDGE_LOG_LEVEL: 'error' };
}

/**
 * Gives the client one processor and both servers the other, where the system can do that: else it may put a busy server on the processor of
 * its busy client, for seconds, and measures its own mood.
 */
function pin(): boolean {
  const to = (processor: number, pid: number): void =>
    void execFileSync('taskset', ['-acp', String(processor), String(pid)], { stdio: 'ignore' });
  try {
    to(0, process.pid);
    for (const name of [YARDSTICK, GATEWAY]) to(1, supervisor.service(name).pid ?? 0);
    return true;
  } catch {
    return false;
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

/** How many are answered with success in a second, with so many always on the way. Throws when one is not. */
async function perSecond({ name, pool, path, headers }: Target, seconds: number): Promise<number> {
  const began = performance.now();
  const end = began + seconds * 1_000;
  let answered = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() < end) {
      const answer = await pool.request({ method: 'POST', path, body, headers });
      const told = (await answer.body.json()) as { code?: number };
      if (told.code !== 200) throw new Error(`${name} answered ${JSON.stringify(told)}`);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return (answered * 1_000) / (performance.now() - began);
}
