import { parseArgs } from 'node:util';
import { runFaults } from './fault/run.js';
import { runSeed } from './random.js';
import { World } from './world.js';

/**
 * Many tills, terminals with every fault there is, and services that die at random; then the books are held against the cards.
 *   npm run fault -- --seed 7 --transactions 2000
 * Ends with 0 when they agree, and with 1 and every disagreement otherwise.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(runSeed()) },
    transactions: { type: 'string', default: '2000' },
    tills: { type: 'string', default: '40' },
    disturbances: { type: 'string', default: '12' },
  },
});
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const whole = (name: keyof typeof values, most: number): number => {
  const number = Number(values[name]);
  if (!Number.isInteger(number) || number < 1 || number > most)
    throw new RangeError(`--${name} must be a whole number from 1 to ${String(most)}`);
  return number;
};

const plan = {
  seed: whole('seed', 2 ** 32 - 1),
  transactions: whole('transactions', 100_000),
  disturbances: whole('disturbances', 1_000),
  deadlineSeconds: 30,
  print,
};
print(`seed ${String(plan.seed)}: ${String(plan.transactions)} transactions`);
const world = await World.open({ replicas: 2, tills: whole('tills', 200), thinkTimeMs: 50 });
try {
  const { broken, table } = await runFaults(world, plan);
  print(`\n${table}\n`);
  for (const complaint of broken) print(`BROKEN: ${complaint}`);
  print(
    broken.length === 0 ? 'the books agree with the cards' : `${String(broken.length)} promises are broken (seed ${String(plan.seed)})`,
  );
  process.exitCode = broken.length === 0 ? 0 : 1;
} finally {
  await world.close();
}
