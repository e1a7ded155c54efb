import { afterEach, describe, expect, it } from '@jest/globals';
import { kill, killWithUnshippedFacts } from '../src/disturbances.js';
import { mutations, plant } from '../src/mutant.js';
import { firstBrokenPromise, payThrough } from '../src/payday.js';
import { runSeed, seeded } from '../src/random.js';
import { World } from '../src/world.js';

const MINUTE_MS = 60_000;

/**
 * The crash test must be able to fail: without any one of the guards it has to see a broken promise. That it sees none with all of them is what
 * `crash.e2e.spec.ts` shows, with the same disturbances.
 */
describe('the crash test sees the loss of', () => {
  const closers: (() => Promise<void> | void)[] = [];
  const seed = runSeed();

  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  }, MINUTE_MS);

  /** The same plan for all; what it finds first. */
  async function findFault(distRoot: string): Promise<string | undefined> {
    const world = await World.open({ tills: 20, thinkTimeMs: 200, distRoot });
    closers.push(() => world.close());
    const payday = await payThrough(world, {
      payments: 60,
      disturbances: [kill('transactions'), kill('terminals'), killWithUnshippedFacts],
      patienceMs: 25_000,
      random: seeded(seed),
    });
    return firstBrokenPromise(world, payday);
  }

  it.each(mutations)(
    `$name (seed ${String(seed)})`,
    async (mutation) => {
      const mutant = plant(mutation);
      closers.push(mutant.remove);
      expect(await findFault(mutant.distRoot)).toMatch(mutation.breaks);
    },
    4 * MINUTE_MS,
  );
});
