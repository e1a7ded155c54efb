import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceApp } from '@tillbridge/launcher';
import { eventually } from '@tillbridge/testkit';
import type { World } from './world.js';

/** Something that breaks while payments run. */
export type Disturbance = { readonly name: string; readonly strike: (world: World) => Promise<void> };

const OUTAGE_MS = 500;
/** Longer than the recovery from whatever broke before: restarts with back-off, redelivery, reconnection. */
const NOTICED_WITHIN_MS = 60_000;

export const kill = (app: ServiceApp): Disturbance => ({
  name: `kill -9 ${app}`,
  strike: async (world) => {
    await Promise.all(world.fleet.namesOf(app).map((name) => world.fleet.supervisor.kill9(name)));
  },
});

export const restartNats: Disturbance = {
  name: 'restart NATS',
  strike: async (world) => {
    await world.nats.kill();
    await sleep(OUTAGE_MS);
    await world.nats.restart();
  },
};

export const restartPostgres: Disturbance = {
  name: 'restart PostgreSQL',
  strike: async (world) => {
    await world.postgres.kill();
    await sleep(OUTAGE_MS);
    await world.postgres.restart();
  },
};

/** Facts are committed that nobody could ship, and then the only process that knew of them dies. Only its successor can find them. */
export const killWithUnshippedFacts: Disturbance = {
  name: 'kill -9 terminals and transactions with unshipped facts, NATS being away',
  strike: async (world) => {
    // A card is on its way at a terminal with a channel: its result will come to a service that cannot tell anybody.
    await eventually(async () => {
      if (!(await world.terminals()).some((terminal) => terminal.connected && terminal.busy))
        throw new Error('no terminal is busy just now');
    }, NOTICED_WITHIN_MS);
    await world.nats.kill();
    await eventually(async () => {
      const rows = await world.look('terminals', 'select 1 from outbox limit 1');
      if (rows.length === 0) throw new Error('nothing is unshipped yet');
    }, NOTICED_WITHIN_MS);
    await Promise.all([kill('terminals').strike(world), kill('transactions').strike(world)]);
    await world.nats.restart();
  },
};
