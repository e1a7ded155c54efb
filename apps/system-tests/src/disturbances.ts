import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceApp } from '@tillbridge/launcher';
import type { World } from './world.js';

/** Something that breaks while payments run. It throws when the working day ends before its moment came: then it has proven nothing. */
export type Disturbance = { readonly name: string; readonly strike: (world: World, dayOver: AbortSignal) => Promise<void> };

const OUTAGE_MS = 500;
const GLANCE_MS = 10;

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

/**
 * Facts are committed that nobody could ship, and then, at once, the only process that knew of them dies. Only its successor can find them.
 * The journal is watched and not the outbox: a journal entry is there from the commit on, whatever becomes of the fact that tells of it.
 */
export const killWithUnshippedFacts: Disturbance = {
  name: 'kill -9 terminals and transactions with unshipped facts, NATS being away',
  strike: async (world, dayOver) => {
    for (let unshipped = false; !unshipped;) {
      // A card is on its way at a terminal with a channel: its result will come to a service that cannot tell anybody.
      await glanceUntil(async () => {
        dayOver.throwIfAborted();
        return isAnyBusy(world);
      });
      await world.nats.kill();
      unshipped = await willCommitAResult(world);
      if (unshipped) await Promise.all([kill('terminals').strike(world, dayOver), kill('transactions').strike(world, dayOver)]);
      await world.nats.restart();
    }
  },
};

/** Waits for the next result; false when all cards were through before NATS was gone, so that none will come. */
async function willCommitAResult(world: World): Promise<boolean> {
  const known = await journalLength(world);
  const isMore = async (): Promise<boolean> => (await journalLength(world)) > known;
  await glanceUntil(async () => (await isMore()) || !(await isAnyBusy(world)));
  return isMore();
}

const isAnyBusy = async (world: World): Promise<boolean> => (await world.terminals()).some(({ connected, busy }) => connected && busy);

async function journalLength(world: World): Promise<number> {
  const [row] = await world.look<{ length: number }>('terminals', 'select count(*)::int as length from journal_entries');
  return row?.length ?? 0;
}

/** Often enough to see what lasts only for the moment in which a buyer presents a card. */
async function glanceUntil(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(GLANCE_MS);
}
