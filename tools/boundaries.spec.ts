import { beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A planted import and what ESLint said of it. */
interface Plant {
  readonly name: string;
  readonly expected: 'refused' | 'accepted';
  readonly rules: readonly string[];
  readonly messages: readonly string[];
}

const LINTED_WITHIN_MS = 60_000;
const LINE_LIMIT_BYTES = 16 * 1024 * 1024;
const SETTLED_BY = /module-boundaries|restricted/;

let layers: string[];
let plants: Plant[];

beforeAll(async () => {
  const program = join(import.meta.dirname, 'boundaries.mjs');
  const environment = { ...process.env, NODE_OPTIONS: '' };
  const run = promisify(execFile)(process.execPath, [program], {
    env: environment,
    timeout: LINTED_WITHIN_MS,
    maxBuffer: LINE_LIMIT_BYTES,
  });
  ({ layers, plants } = JSON.parse((await run).stdout) as { layers: string[]; plants: Plant[] });
}, LINTED_WITHIN_MS);

const named = (pattern: RegExp): Plant[] => plants.filter(({ name }) => pattern.test(name));
const verdict = ({ name, rules }: Plant): string => `${name}: ${rules.some((rule) => SETTLED_BY.test(rule)) ? 'refused' : 'accepted'}`;
const verdicts = (of: Plant[]): string[] => of.map(verdict);
const wanted = (of: Plant[]): string[] => of.map(({ name, expected }) => `${name}: ${expected}`);

describe('the boundary rules', () => {
  test('see every layer, and judge each by its own row of the table', () => {
    const found = named(/^[a-z-]+ imports [a-z]+$/);
    expect(layers.filter((layer) => !found.some(({ name }) => name.startsWith(`${layer} imports `)))).toEqual([]);
    expect(verdicts(found)).toEqual(wanted(found));
  });

  test.each([
    ['kernel imports protocol', 'refused'],
    ['protocol imports contracts', 'refused'],
    ['contracts imports platform', 'refused'],
    ['platform imports messaging', 'refused'],
    ['service imports launcher', 'refused'],
    ['service imports testkit', 'refused'],
    ['simulator imports contracts', 'refused'],
    ['sandbox imports platform', 'refused'],
    ['system-tests imports messaging', 'refused'],
    ['service imports messaging', 'accepted'],
    ['simulator imports protocol', 'accepted'],
    ['system-tests imports testkit', 'accepted'],
  ])('%s is %s, whatever the table says', (name, expected) => {
    expect(verdicts(plants.filter((plant) => plant.name === name))).toEqual([`${name}: ${expected}`]);
  });

  test('refuse an app that reaches into the files of another', () => {
    const found = named(/reaches into app/);
    expect(found.length).toBeGreaterThan(0);
    expect(verdicts(found)).toEqual(wanted(found));
  });

  test('refuse an app that imports another by its package', () => {
    const found = named(/^app .* by its package$/);
    expect(found.length).toBeGreaterThan(0);
    expect(verdicts(found)).toEqual(wanted(found));
  });

  test('keep frameworks, clocks and input and output out of domain folders', () => {
    const found = named(/^domain: /);
    expect(found.map(({ expected }) => expected)).toEqual(expect.arrayContaining(['refused', 'accepted']));
    expect(verdicts(found)).toEqual(wanted(found));
  });
});
