import { createHash } from 'node:crypto';
import { type Fault, FAULTS, MAX_DELAY_MS, MAX_SKEW_MS, type Outcome, OUTCOMES, type Plan } from './plan.js';

type Weights<Name extends string> = { readonly [Each in Name]?: number };

/**
 * How the whole fleet behaves, drawn anew for each transaction. The weights are relative to each other. `delayMs`: how long a payment takes, and with
 * `late-result` how long after `expiresAt` it is told. `skewMs`: the most by which a wrong clock is wrong, in either direction.
 */
export type Behaviour = {
  readonly seed: number;
  readonly outcomes: Weights<Outcome>;
  readonly faults?: Weights<Fault | 'none'>;
  readonly delayMs?: { readonly min: number; readonly max: number };
  readonly skewMs?: number;
};

export const MAX_SEED = 2 ** 32 - 1;
const MAX_WEIGHT = 1_000_000;
const DEFAULT_SKEW_MS = 60_000;

/** What `--seed` starts with: a shop on an ordinary day, with a poor network. */
export const ORDINARY: Omit<Behaviour, 'seed'> = {
  outcomes: { approve: 85, decline: 8, 'cancel-by-buyer': 4, 'no-card': 3 },
  faults: { none: 92, 'drop-ack': 2, 'drop-result': 2, 'duplicate-result': 2, 'die-after-approval': 2 },
};

const weightsSchema = (names: readonly string[]): object => ({
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  properties: Object.fromEntries(names.map((name) => [name, { type: 'number', minimum: 0, maximum: MAX_WEIGHT }])),
});

export const behaviourSchema = {
  type: 'object',
  required: ['seed', 'outcomes'],
  additionalProperties: false,
  properties: {
    seed: { type: 'integer', minimum: 0, maximum: MAX_SEED },
    outcomes: weightsSchema(OUTCOMES),
    faults: weightsSchema(['none', ...FAULTS]),
    delayMs: {
      type: 'object',
      required: ['min', 'max'],
      additionalProperties: false,
      properties: {
        min: { type: 'integer', minimum: 0, maximum: MAX_DELAY_MS },
        max: { type: 'integer', minimum: 0, maximum: MAX_DELAY_MS },
      },
    },
    skewMs: { type: 'integer', minimum: 0, maximum: MAX_SKEW_MS },
  },
} as const;

/** What a schema cannot say about it; undefined when it is sound. */
export function problemOf({ outcomes, faults, delayMs }: Behaviour): string | undefined {
  if (totalOf(outcomes) === 0) return 'outcomes must have a weight above 0';
  if (faults !== undefined && totalOf(faults) === 0) return 'faults must have a weight above 0';
  return delayMs !== undefined && delayMs.min > delayMs.max ? 'delayMs.min must not be above delayMs.max' : undefined;
}

/** How the `count`th transaction of a terminal goes: always the same for the same arguments. */
export function drawPlan(behaviour: Behaviour, terminalSn: string, count: number): Plan {
  const draw = drawsFor([behaviour.seed, terminalSn, count].join('\n'));
  const outcome = pick(behaviour.outcomes, draw());
  const fault = pick(behaviour.faults ?? { none: 1 }, draw());
  const { min, max } = behaviour.delayMs ?? { min: 0, max: 0 };
  const between = (): number => min + Math.floor(draw() * (max - min + 1));
  const skew = Math.round((draw() * 2 - 1) * (behaviour.skewMs ?? DEFAULT_SKEW_MS));
  return {
    outcome,
    ...(behaviour.delayMs === undefined ? {} : { thinkMs: between() }),
    ...(fault === 'none' ? {} : { fault }),
    ...(fault === 'late-result' ? { lateByMs: between() } : {}),
    ...(fault === 'clock-skew' ? { skewMs: skew } : {}),
  };
}

const totalOf = (weights: Weights<string>): number => Object.values(weights).reduce<number>((total, weight) => total + (weight ?? 0), 0);

/** `at`: in [0, 1). The names are gone through in the order of the alphabet, so that the order of a request changes nothing. */
function pick<Name extends string>(weights: Weights<Name>, at: number): Name {
  const entries = (Object.entries(weights) as [Name, number][]).filter(([, weight]) => weight > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  let left = at * totalOf(weights);
  const found = entries.find(([, weight]) => (left -= weight) < 0) ?? entries.at(-1);
  if (found === undefined) throw new RangeError('weights without any above 0');
  return found[0];
}

const BYTES_PER_DRAW = 6;
const DRAWS = 2 ** (8 * BYTES_PER_DRAW);

/** Numbers in [0, 1) that only depend on the text. Enough of them for one transaction. */
function drawsFor(text: string): () => number {
  const bytes = createHash('sha256').update(text).digest();
  let at = 0;
  return () => {
    const drawn = bytes.readUIntBE(at, BYTES_PER_DRAW) / DRAWS;
    at += BYTES_PER_DRAW;
    return drawn;
  };
}
