import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { kill, killWithUnshippedFacts, restartNats, restartPostgres } from '../src/disturbances.js';
import { brokenPromises, payThrough } from '../src/payday.js';
import { runSeed, seeded } from '../src/random.js';
import { World } from '../src/world.js';

const MINUTE_MS = 60_000;

describe('accepted once, one true outcome, nothing lost, told at least once', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.open({ tills: 20, thinkTimeMs: 400 });
  }, 2 * MINUTE_MS);

  afterAll(() => world.close(), MINUTE_MS);

  const seed = runSeed();

  it(
    `200 purchases through the death of every service, of NATS and of PostgreSQL (seed ${String(seed)})`,
    async () => {
      const payday = await payThrough(world, {
        payments: 200,
        disturbances: [
          kill('gateway'),
          kill('transactions'),
          kill('terminals'),
          kill('host-delivery'),
          kill('binding'),
          restartNats,
          restartPostgres,
          killWithUnshippedFacts,
          kill('transactions'),
          kill('terminals'),
        ],
        patienceMs: 2 * MINUTE_MS,
        random: seeded(seed),
      });
      expect(await brokenPromises(world, payday)).toEqual([]);
    },
    4 * MINUTE_MS,
  );
});
