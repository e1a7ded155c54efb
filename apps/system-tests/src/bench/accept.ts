import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { signRequest } from '@tillbridge/protocol';
import { freePort, Supervisor } from '@tillbridge/launcher';
import { Pool } from 'undici';
import { World } from '../world.js';
import { keptUp, openLoop, type LoadResult } from './open-loop.js';

/**
 * The accept path beside two yardsticks, in one run on the same PostgreSQL with durable commits: what arrival rate does each keep up with?
 *   npm run bench:accept
 */
const REPOSITORY_ROOT = resolve(import.meta.dirname, '../../../..');
const RATES = [250, 500, 600, 700, 800, 900, 1_000, 1_100, 1_200, 1_300, 1_400, 1_500, 1_750, 2_000, 2_500, 3_000, 4_000, 5_000, 6_000];
const SECONDS = 3;
const CONNECTIONS = 128;
const WARM_UP = { perSecond: 300, seconds: 3 };
const MAX_REQUESTS = (RATES.reduce((sum, rate) => sum + rate, 0) + WARM_UP.perSecond) * SECONDS;

type Target = {
  readonly name: string;
  readonly url: string;
  readonly request: (index: number) => { path: string; body: string; headers: Record<string, string> };
};
type Series = { readonly name: string; readonly results: readonly LoadResult[]; readonly best: number };

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const world = await World.open({ tills: 1, thinkTimeMs: 20, durable: true });
const supervisor = new Supervisor({ logDir: join(world.dir, 'bench'), recordFile: join(world.dir, 'bench.json') });
try {
  const { clientId, clientSecret, merchantId, token } = world.caller;
  // A terminal takes one payment at a time, so every request has a till and a terminal of its own.
  await world.look(
    'transactions',
    `insert into tills (till_uid, version, client_id, merchant_id, pos_id, terminal_uid, terminal_sn)
     select gen_random_uuid(), 1, $1, $2, 'BENCH' || n, gen_random_uuid(), 'SN' || n from generate_series(1, $3::int) n`,
    [clientId, merchantId, MAX_REQUESTS],
  );
  // Nobody is there to answer them, but what is accepted is decided by the record.
  await world.look(
    'transactions',
    'insert into terminals select terminal_uid, 1, true, now() from tills on conflict (terminal_uid) do nothing',
  );
  const payment = (index: number): Record<string, unknown> => ({
    ...{ clientId, merchantId, posId: `BENCH${String(index + 1)}`, tradeNo: `bench-${String(index + 1)}` },
    ...{ transType: 'Purchase', transAmount: 1_000, currencyCode: '840', callerName: 'Bench' },
  });
  const plain = (index: number) => ({
    path: '/pay',
    body: JSON.stringify(payment(index)),
    headers: { 'content-type': 'application/json' },
  });
  const signed = (index: number) => {
    const body = JSON.stringify(payment(index));
    const headers = { 'content-type': 'application/json', 'jwt-token': token, sign: signRequest(body, clientId, clientSecret) };
    return { path: '/ovstrade/semiOpen/v3/internetTrans', body, headers };
  };

  const yardstick = async (name: string, file: string): Promise<string> => {
    const port = await freePort();
    const entry = join(import.meta.dirname, file);
    await supervisor.start({
      name,
      entry,
      port,
      readyPath: '/health/ready',
      environment: { YARDSTICK_POSTGRES_URL: world.postgres.url(), YARDSTICK_PORT: String(port) },
    });
    return `http://127.0.0.1:${String(port)}`;
  };

  const series: Series[] = [];
  for (const [name, file] of [
    ['(a) bare Fastify + pg', 'yardstick-fastify.js'],
    ['(b) NestJS + Express + class-validator + TypeORM save', 'yardstick-nest.js'],
  ] as const) {
    const process = file.replace('.js', '');
    const target = { name, url: await yardstick(process, file), request: plain };
    series.push(await measure(target));
    await supervisor.service(process).stop();
  }
  // Terminals and hosts are not part of the accept path, and would take their share of the two cores.
  for (const app of ['terminals', 'host-delivery', 'terminal-simulator'] as const) {
    for (const name of world.fleet.namesOf(app)) await world.fleet.supervisor.service(name).stop();
  }
  series.push(await measure({ name: 'Tillbridge: gateway, NATS, transactions', url: world.fleet.gatewayUrls[0] ?? '', request: signed }));
  report(series);
} finally {
  await supervisor.stopAll();
  await world.close();
}

async function measure(target: Target): Promise<Series> {
  const pool = new Pool(target.url, { connections: CONNECTIONS });
  let next = 0;
  const send = async (): Promise<boolean> => {
    const { path, body, headers } = target.request(next++);
    const answer = await pool.request({ method: 'POST', path, body, headers });
    const parsed = (await answer.body.json()) as { code?: number };
    return answer.statusCode === 200 && parsed.code === 200;
  };
  print(`\n${target.name}`);
  await openLoop({ ...WARM_UP, send });
  const results: LoadResult[] = [];
  for (const perSecond of RATES) {
    const result = await openLoop({ perSecond, seconds: SECONDS, send });
    results.push(result);
    print(line(result));
    if (!keptUp(result)) break;
  }
  await pool.close();
  const best = Math.max(0, ...results.filter(keptUp).map((result) => result.offeredPerSecond));
  return { name: target.name, results, best };
}

function line(result: LoadResult): string {
  const cell = (value: number, width: number): string => value.toFixed(0).padStart(width);
  const verdict = keptUp(result) ? 'kept up' : 'fell behind';
  return `  offered ${cell(result.offeredPerSecond, 5)}/s  achieved ${cell(result.achievedPerSecond, 5)}/s  p50 ${result.p50Ms.toFixed(1).padStart(7)} ms  p99 ${result.p99Ms.toFixed(1).padStart(7)} ms  failures ${cell(result.failures, 4)}  ${verdict}`;
}

function report(series: readonly Series[]): void {
  const [a, b, ours] = series.map((each) => each.best);
  print('\nHighest arrival rate kept up with (no failure, p99 up to 250 ms):');
  for (const each of series) print(`  ${String(each.best).padStart(5)}/s  ${each.name}`);
  print(
    `  ours / (a) = ${((ours ?? 0) / (a ?? 1)).toFixed(2)}   ours / (b) = ${((ours ?? 0) / (b ?? 1)).toFixed(2)}   (wanted: at least 1.5 times (b))`,
  );
  const folder = join(REPOSITORY_ROOT, '.tillbridge', 'bench');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'accept.json'), `${JSON.stringify({ at: new Date().toISOString(), series }, null, 2)}\n`);
}
