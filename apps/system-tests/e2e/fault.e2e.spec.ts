import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { runFaults } from '../src/fault/run.js';
import { runSeed } from '../src/random.js';
import { World } from '../src/world.js';

const MINUTE_MS = 60_000;
let world: World;

beforeAll(async () => {
  world = await World.open({ replicas: 2, tills: 20, thinkTimeMs: 50 });
}, 2 * MINUTE_MS);

afterAll(() => world.close(), MINUTE_MS);

const seed = runSeed();

/** A small one of `npm run fault`. */
it(
  `the books agree with the cards, whatever terminals do and whichever service dies (seed ${String(seed)})`,
  async () => {
    const lines: string[] = [];
    const { broken, table } = await runFaults(world, {
      ...{ seed, transactions: 100, disturbances: 2, deadlineSeconds: 30 },
      print: (line) => lines.push(line),
    });
    process.stdout.write(`seed ${String(seed)}\n${lines.join('\n')}\n${table}\n`);
    expect(broken).toEqual([]);
  },
  5 * MINUTE_MS,
);
