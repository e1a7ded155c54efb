import { setTimeout as sleep } from 'node:timers/promises';
import { isFinal } from '@tillbridge/contracts';
import type { ServiceApp } from '@tillbridge/launcher';
import { kill, restartNats, restartPostgres, type Disturbance } from '../disturbances.js';
import { sendOk } from '../http.js';
import { seeded } from '../random.js';
import type { World } from '../world.js';
import { audit, bookedIn, tableOf, type Booked, type Charged } from './audit.js';
import { ordersOf } from './orders.js';
import { work, type Attempt } from './shift.js';

/** A run under faults. The same seed plans the same orders, faults of terminals and disturbances; how they meet is for the machine's scheduler. */
export type FaultPlan = {
  readonly seed: number;
  readonly transactions: number;
  /** How many times something is killed or restarted. */
  readonly disturbances: number;
  /** How long a terminal may take; the shortest there is. */
  readonly deadlineSeconds: number;
  readonly print: (line: string) => void;
};

export type FaultReport = { readonly broken: readonly string[]; readonly table: string };

/** Every way in which the simulator's terminals can misbehave. Out of a hundred transactions. */
const BEHAVIOUR = {
  outcomes: { approve: 84, decline: 7, 'cancel-by-buyer': 5, 'no-card': 2, hang: 2 },
  faults: {
    ...{ none: 76, 'drop-ack': 4, 'drop-result': 4, 'duplicate-result': 4, 'late-result': 2, 'die-after-approval': 4 },
    ...{ 'never-answer-status': 3, 'clock-skew': 3 },
  },
  delayMs: { min: 20, max: 300 },
  skewMs: 5_000,
};

const services: readonly ServiceApp[] = ['gateway', 'binding', 'transactions', 'terminals', 'host-delivery'];
const GLANCE_MS = 20;
/** From the moment at which every terminal is back and behaves (issue: within 30 s). */
const RESOLVED_WITHIN_MS = 30_000;
/** A till that is told nothing for so long serves the next customer. */
const TILL_PATIENCE_MS = 3_000;
const RUN_LIMIT_MS_PER_TRANSACTION = 2_000;
const RUN_LIMIT_MS = 180_000;

/** Lets the tills of this world work through so many transactions while terminals misbehave and services die, and audits what came of it. */
export async function runFaults(world: World, plan: FaultPlan): Promise<FaultReport> {
  const { clientId, merchantId } = world.caller;
  await world.admin('PATCH', `merchants/${clientId}/${merchantId}`, { deadlineSeconds: plan.deadlineSeconds });
  const simulator = (method: string, path: string, body?: object): Promise<unknown> =>
    sendOk(method, `${world.fleet.simulatorUrl}/${path}`, body);
  await simulator('POST', 'behaviour', { seed: plan.seed, ...BEHAVIOUR });
  const attempts = await workUnderFaults(world, plan);
  plan.print(`the tills are through: ${outcomesOf(attempts)}`);
  await simulator('DELETE', 'behaviour');
  // What hangs is switched off and on; what is only slow gets its time.
  await simulator('POST', 'power-cycle');
  const unresolved = await unresolvedAfter(world, RESOLVED_WITHIN_MS + plan.deadlineSeconds * 1_000);
  const booked = await bookedIn(world);
  const charged = new Map<string, Charged>(await world.ledger());
  return { broken: [...audit(attempts, booked, charged), ...unresolved, ...(await deadLettersIn(world))], table: tableOf(booked) };
}

async function workUnderFaults(world: World, plan: FaultPlan): Promise<Attempt[]> {
  const random = seeded(plan.seed);
  const perTill = Math.ceil(plan.transactions / world.tills.length);
  const orders = world.tills.map((till) => ordersOf(till.posId, perTill, random));
  const strikes = Array.from({ length: plan.disturbances }, () => disturbanceAt(random()));
  const giveUpAt = performance.now() + RUN_LIMIT_MS + plan.transactions * RUN_LIMIT_MS_PER_TRANSACTION;
  let finished = 0;
  const day = new AbortController();
  const onDone = (): void => void (finished += 1);
  const selling = Promise.all(
    world.tills.map((till, index) => work(till, orders[index] ?? [], { patienceMs: TILL_PATIENCE_MS, giveUpAt, onDone })),
  ).finally(() => day.abort());
  const breaking = async (): Promise<void> => {
    for (const [index, disturbance] of strikes.entries()) {
      const moment = ((index + 1) / (strikes.length + 1)) * plan.transactions;
      while (finished < moment && !day.signal.aborted) await sleep(GLANCE_MS);
      if (day.signal.aborted) return;
      plan.print(`after ${String(finished)} transactions: ${disturbance.name}`);
      await disturbance.strike(world, day.signal);
    }
  };
  const [attempts] = await Promise.all([selling, breaking()]);
  return attempts.flat();
}

/** Mostly a single service; now and then what they all stand on. */
function disturbanceAt(draw: number): Disturbance {
  const all = [...services.map(kill), ...services.map(kill), restartNats, restartPostgres];
  return all[Math.floor(draw * all.length)] ?? restartNats;
}

const outcomesOf = (attempts: readonly Attempt[]): string =>
  [...Map.groupBy(attempts, ({ outcome }) => outcome)].map(([outcome, of]) => `${String(of.length)} ${outcome}`).join(', ');

/** What is still without a final state once it should have one. */
async function unresolvedAfter(world: World, limitMs: number): Promise<string[]> {
  const began = performance.now();
  for (;;) {
    const open = (await bookedIn(world)).filter(isOpen);
    if (open.length === 0) return [];
    if (performance.now() - began > limitMs)
      return open.map(({ tradeNo, state }) => `${tradeNo} was still ${state} after ${String(limitMs)} ms`);
    await sleep(GLANCE_MS * 10);
  }
}

const isOpen = ({ state }: Booked): boolean => !isFinal(state);

async function deadLettersIn(world: World): Promise<string[]> {
  const found = await Promise.all(
    (['transactions', 'terminals', 'host-delivery'] as const).map(async (app) => {
      const letters = await world.look<{ reason: string }>(app, 'select * from dead_letters');
      return letters.map((letter) => `${app} gave a message up: ${JSON.stringify(letter)}`);
    }),
  );
  return found.flat();
}
