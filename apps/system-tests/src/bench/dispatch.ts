import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { World } from '../world.js';
import { openLoop } from './open-loop.js';

/**
 * How long from the moment at which a payment is accepted until its terminal has said that it has the command, on an otherwise idle machine
 * with durable commits and facts: the part of the way that a buyer with a card in the hand waits for.
 *   npm run bench:dispatch
 */
const REPOSITORY_ROOT = resolve(import.meta.dirname, '../../../..');
const TERMINALS = 40;
/** Each payment has its terminal for itself long enough. */
const THINK_TIME_MS = 20;
const RATES = [5, 20, 50];
const SECONDS = 20;
const WANTED = { p50Ms: 20, p99Ms: 150 };

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const world = await World.open({ tills: TERMINALS, thinkTimeMs: THINK_TIME_MS, durable: true });
try {
  const series = [];
  for (const perSecond of [...RATES.slice(0, 1), ...RATES]) {
    const isWarmUp = series.length === 0;
    const prefix = `dispatch-${String(series.length)}-`;
    const load = await openLoop({ perSecond, seconds: isWarmUp ? 5 : SECONDS, send: (index) => pay(prefix, index) });
    const { p50, p99, most, count } = await latenciesOf(prefix);
    series.push({ perSecond, count, failures: load.failures, p50Ms: p50, p99Ms: p99, maxMs: most });
    if (isWarmUp) continue;
    print(
      `${String(perSecond)}/s: ${String(count)} payments, accepted to acknowledged p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, most ${most.toFixed(1)} ms`,
    );
  }
  const [, slowest] = series;
  const holds = slowest !== undefined && slowest.p50Ms < WANTED.p50Ms && slowest.p99Ms < WANTED.p99Ms;
  print(
    `\nwanted: p50 below ${String(WANTED.p50Ms)} ms, p99 below ${String(WANTED.p99Ms)} ms at the lowest rate: ${holds ? 'held' : 'MISSED'}`,
  );
  const folder = join(REPOSITORY_ROOT, '.tillbridge', 'bench');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'dispatch.json'), `${JSON.stringify({ at: new Date().toISOString(), series: series.slice(1) }, null, 2)}\n`);
} finally {
  await world.close();
}

/** Tills take turns, so that a terminal is free again when it is asked. */
async function pay(prefix: string, index: number): Promise<boolean> {
  const till = world.tills[index % world.tills.length];
  if (till === undefined) throw new RangeError('there are no tills');
  const answer = await till.call('internetTrans', till.purchase(`${prefix}${String(index)}`, 1_000));
  return answer.body['code'] === 200;
}

/** Both moments are taken by the clock of this machine, when they are decided and not when they are told. */
async function latenciesOf(prefix: string): Promise<{ p50: number; p99: number; most: number; count: number }> {
  const accepted = await world.look<{ id: string; at: Date }>(
    'transactions',
    'select transaction_id as id, accepted_at as at from transactions where starts_with(trade_no, $1)',
    [prefix],
  );
  const acknowledged = await world.look<{ id: string; at: Date }>(
    'terminals',
    `select aggregate_id as id, occurred_at as at from events where type = 'pos.terminals.command-acknowledged.v1' and aggregate_id = any($1)`,
    [accepted.map(({ id }) => id)],
  );
  const acknowledgedAt = new Map(acknowledged.map(({ id, at }) => [id, at.getTime()]));
  const latencies = accepted
    .flatMap(({ id, at }) => {
      const end = acknowledgedAt.get(id);
      return end === undefined ? [] : [end - at.getTime()];
    })
    .sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), most: at(1), count: latencies.length };
}
