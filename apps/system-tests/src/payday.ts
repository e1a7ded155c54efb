import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { streamOf } from '@tillbridge/contracts';
import { databaseApps, type DatabaseApp } from '@tillbridge/launcher';
import { eventually } from '@tillbridge/testkit';
import type { Disturbance } from './disturbances.js';
import type { Paid, Payment } from './till.js';
import type { World } from './world.js';

const APPROVED = 0;
const AMOUNT_MINOR = 1_000;
const DRAINED_WITHIN_MS = 20_000;
const GLANCE_MS = 10;
/** Things break when work is under way, and the last of them while there is still enough to do for them to hurt. */
const [FIRST_MOMENT, LAST_MOMENT] = [0.1, 0.75];

export type Payday = {
  readonly tradeNos: readonly string[];
  readonly payments: readonly Payment[];
  /** What was to break and did not, because all work had come to an end before. */
  readonly missed: readonly string[];
};

/**
 * Many payments at many tills while things break, one after the other, at moments that `random` spreads over the work: after so many finished
 * payments, not after so many milliseconds, so that a slow machine breaks the same things. Every till gives up after `patienceMs`.
 */
export async function payThrough(
  world: World,
  plan: { payments: number; disturbances: readonly Disturbance[]; patienceMs: number; random: () => number },
): Promise<Payday> {
  const giveUpAt = performance.now() + plan.patienceMs;
  const tradeNos = Array.from({ length: plan.payments }, (_unused, index) => `trade-${String(index + 1).padStart(4, '0')}`);
  const perTill = Math.ceil(tradeNos.length / world.tills.length);
  const payments: Payment[] = [];
  const missed: string[] = [];
  const day = new AbortController();
  const selling = world.tills.map(async (till, index) => {
    for (const tradeNo of tradeNos.slice(index * perTill, (index + 1) * perTill)) {
      payments.push(await till.pay(tradeNo, AMOUNT_MINOR, giveUpAt).catch((error: unknown) => ({ tradeNo, failure: String(error) })));
    }
  });
  const breaking = async (): Promise<void> => {
    const momentOf = (chance: number): number => Math.floor((FIRST_MOMENT + chance * (LAST_MOMENT - FIRST_MOMENT)) * plan.payments);
    const moments = plan.disturbances.map(() => momentOf(plan.random())).sort((a, b) => a - b);
    for (const [index, disturbance] of plan.disturbances.entries()) {
      while (payments.length < (moments[index] ?? 0)) await sleep(GLANCE_MS);
      await disturbance.strike(world, day.signal).catch((error: unknown) => {
        if (!day.signal.aborted) throw error;
        missed.push(disturbance.name);
      });
    }
  };
  const sold = Promise.all(selling).finally(() => {
    day.abort();
  });
  await Promise.all([sold, breaking()]);
  return { tradeNos, payments, missed };
}

/** Every promise that is broken in this world, as sentences; none in a sound one. */
export async function brokenPromises(world: World, payday: Payday): Promise<string[]> {
  const broken: string[] = [];
  for (const check of checks) broken.push(...(await check(world, payday)));
  return broken;
}

/** The first promise found broken: enough to know that a world is unsound, without waiting for all that will never come. */
export async function firstBrokenPromise(world: World, payday: Payday): Promise<string | undefined> {
  for (const check of checks) {
    const [broken] = await check(world, payday);
    if (broken !== undefined) return broken;
  }
  return undefined;
}

type Check = (world: World, payday: Payday) => string[] | Promise<string[]>;

const checks: readonly Check[] = [
  outcomes,
  outboxesDrain,
  everythingIsPushed,
  ledgerDisagrees,
  deadLetters,
  redeliveryChanges,
  disturbancesMissed,
];

/** A day on which not all broke that should have is no proof. */
function disturbancesMissed(_world: World, payday: Payday): string[] {
  return payday.missed.map((name) => `the work ended before the moment for: ${name}`);
}

/** Promise 2: one true outcome. The virtual cards approve everything, so every payment must be approved. */
function outcomes(_world: World, payday: Payday): string[] {
  return payday.payments.flatMap((payment) => {
    if ('failure' in payment) return [`no final result: ${payment.tradeNo}, ${payment.failure}`];
    return payment.transResult === APPROVED ? [] : [`${payment.tradeNo} ended with transResult ${String(payment.transResult)}`];
  });
}

/** Promise 1: what was asked for once is charged once, however often it was asked. */
async function ledgerDisagrees(world: World, payday: Payday): Promise<string[]> {
  const ledger = await world.ledger();
  const paid = payday.payments.filter((payment): payment is Paid => !('failure' in payment));
  const unpaid = paid.filter((payment) => ledger.get(payment.transIndexCode)?.approved !== true);
  const doubled = [...ledger.values()].filter((entry) => entry.executions !== 1);
  return [
    ...unpaid.map((payment) => `${payment.tradeNo} is approved but the card was not charged`),
    ...doubled.map((entry) => `${entry.transIndexCode} was charged ${String(entry.executions)} times`),
    ...(ledger.size > payday.tradeNos.length ? [`${String(ledger.size)} charges for ${String(payday.tradeNos.length)} payments`] : []),
  ];
}

/** Promise 3: nothing that was committed stays behind. */
async function outboxesDrain(world: World): Promise<string[]> {
  const leftIn = await Promise.all(
    databaseApps.map(async (app) => {
      const empty = async (): Promise<void> => {
        const left = await world.look(app, 'select event_id from outbox');
        if (left.length > 0) throw new Error(`${app} keeps ${String(left.length)} facts that were never shipped`);
      };
      return eventually(empty, DRAINED_WITHIN_MS).then(
        () => [],
        (error: unknown) => [(error as Error).message],
      );
    }),
  );
  return leftIn.flat();
}

/** Promise 4: told at least once, each result under one id. */
async function everythingIsPushed(world: World, payday: Payday): Promise<string[]> {
  const missing = (): string[] => {
    const pushed = new Set(pushes(world).map((push) => push.tradeNo));
    return payday.tradeNos.filter((tradeNo) => !pushed.has(tradeNo));
  };
  await eventually(() => {
    if (missing().length > 0) throw new Error('not yet');
  }, DRAINED_WITHIN_MS).catch(() => undefined);
  return [...missing().map((tradeNo) => `the host never learned of ${tradeNo}`), ...toldTwice(world)];
}

function toldTwice(world: World): string[] {
  const ids = Map.groupBy(pushes(world), (push) => push.tradeNo);
  return [...ids].flatMap(([tradeNo, told]) => {
    const distinct = new Set(told.map((push) => push.webhookId)).size;
    return distinct === 1 ? [] : [`the host learned of ${tradeNo} under ${String(distinct)} ids`];
  });
}

const pushes = (world: World): { tradeNo: string; webhookId: string }[] =>
  world.host.received.map((push) => ({
    tradeNo: (JSON.parse(push.body) as { tradeNo: string }).tradeNo,
    webhookId: String(push.headers['webhook-id']),
  }));

async function deadLetters(world: World): Promise<string[]> {
  const letters = await Promise.all(
    databaseApps.map(async (app) => {
      const rows = await world.look<{ last_error: string; attempts: number }>(
        app,
        'select last_error, attempts from dead_letters where parked_at is not null',
      );
      return rows.map((row) => `${app} has a dead letter: ${row.last_error}`);
    }),
  );
  return letters.flat();
}

/** Every consumer is idempotent: the whole of every stream is delivered a second time, and nothing may change. */
async function redeliveryChanges(world: World): Promise<string[]> {
  const before = await fingerprint(world);
  const connection = await connect({ servers: world.nats.url });
  try {
    const manager = await jetstreamManager(connection);
    await resetDurables(manager);
    await eventually(() => assertConsumed(manager), DRAINED_WITHIN_MS * 2);
  } finally {
    await connection.close();
  }
  const after = await fingerprint(world);
  return [
    ...Object.keys(after)
      .filter((app) => after[app] !== before[app])
      .map((app) => `redelivery changed ${app}: ${String(before[app])} -> ${String(after[app])}`),
    ...toldTwice(world),
  ];
}

/** What a redelivery could change. */
const stateTables: Readonly<Record<DatabaseApp, readonly string[]>> = {
  binding: ['events', 'tills'],
  transactions: ['events', 'transactions', 'tills'],
  terminals: ['events', 'commands', 'journal_entries'],
  'host-delivery': ['events', 'deliveries'],
};

async function fingerprint(world: World): Promise<Record<string, string>> {
  const counts = await Promise.all(
    databaseApps.map(async (app) => {
      const hashes = stateTables[app].map((table) => `(select md5(string_agg(t::text, ',' order by t::text)) from ${table} t)`);
      const [row] = await world.look<{ state: string }>(app, `select concat_ws(' ', ${hashes.join(', ')}) as state`);
      return [app, row?.state ?? ''] as const;
    }),
  );
  return Object.fromEntries(counts);
}

const factStreams = databaseApps.map((app) => streamOf(app));

async function resetDurables(manager: JetStreamManager): Promise<void> {
  for (const stream of factStreams) {
    for await (const consumer of manager.consumers.list(stream)) await manager.consumers.delete(stream, consumer.name);
  }
}

/** The services have made their durables again and have been through all of their streams. */
async function assertConsumed(manager: JetStreamManager): Promise<void> {
  let consumers = 0;
  for (const stream of factStreams) {
    for await (const consumer of manager.consumers.list(stream)) {
      consumers += 1;
      if (consumer.num_pending > 0 || consumer.num_ack_pending > 0) throw new Error(`${consumer.name} is still busy`);
    }
  }
  // transactions hears binding and terminals; terminals and host-delivery hear transactions.
  if (consumers < EXPECTED_DURABLES) throw new Error('a durable is still missing');
}

const EXPECTED_DURABLES = 4;
