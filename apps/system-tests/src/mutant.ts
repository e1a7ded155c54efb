import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const REPOSITORY_ROOT = resolve(import.meta.dirname, '../../..');

/** A fault planted into a copy of the build. */
export type Mutation = {
  readonly name: string;
  readonly file: string;
  readonly find: RegExp;
  readonly replace: string;
  /** The promise that must be seen broken. */
  readonly breaks: RegExp;
};

/** Later than any process that is killed at the commit can live. */
const LATE_FACTS_MS = 300;

/** The three guards without which the promises would not hold, each taken away. */
export const mutations: readonly Mutation[] = [
  {
    name: 'the inbox does not tell a repeated fact',
    file: 'libs/messaging/dist/consuming/fact-consumer.js',
    find: /if \(isNew\)/,
    replace: 'if (isNew || true)',
    breaks: /redelivery changed|under \d+ ids/,
  },
  {
    name: 'facts are written after the commit, outside the transaction',
    file: 'libs/messaging/dist/write-path/transactions.js',
    find: /if \(shared\.facts\.length > 0\) await shared\.query\(insertFacts, columnsOf\(shared\.facts, this\.clock\.now\(\)\)\);/,
    replace: `if (shared.facts.length > 0) {
                const later = [...shared.facts];
                shared.afterCommit.push(() => setTimeout(() => {
                    this.once((next) => next.query(insertFacts, columnsOf(later, this.clock.now()))).then(() => this.onFactsCommitted(), () => undefined);
                }, ${String(LATE_FACTS_MS)}));
            }`,
    breaks: /no final result|never learned/,
  },
  {
    name: 'the relay reads what is new since its start instead of what is unshipped',
    file: 'libs/messaging/dist/outbox/relay.js',
    find: /const rows = await shared\.query\(takeUnshipped, \[\s*MAX_BATCH\s*\]\);/,
    replace: `this.cursor ??= (await shared.query({ name: 'mutant_cursor', text: 'select coalesce(max(event_id), 0) as last from events' }, []))[0].last;
            const rows = await shared.query({
                name: 'mutant_take',
                text: takeUnshipped.text.replace('from outbox order by', 'from outbox where event_id > $2 order by'),
            }, [MAX_BATCH, this.cursor]);`,
    breaks: /no final result|never learned|never shipped/,
  },
];

/** Copies the build, plants the fault, and gives the folder to run it from. Throws when the place to change is not found. */
export function plant(mutation: Mutation): { distRoot: string; remove: () => void } {
  const distRoot = mkdtempSync(join(tmpdir(), 'tillbridge-mutant-'));
  mkdirSync(join(distRoot, 'node_modules', '@tillbridge'), { recursive: true });
  for (const name of readdirSync(join(REPOSITORY_ROOT, 'node_modules'))) {
    if (name !== '@tillbridge') symlinkSync(join(REPOSITORY_ROOT, 'node_modules', name), join(distRoot, 'node_modules', name));
  }
  for (const group of ['libs', 'apps']) {
    for (const name of readdirSync(join(REPOSITORY_ROOT, group))) {
      const target = join(distRoot, group, name);
      cpSync(join(REPOSITORY_ROOT, group, name), target, {
        recursive: true,
        filter: (source) => !/\/(src|test|node_modules)$/.test(source),
      });
      symlinkSync(target, join(distRoot, 'node_modules', '@tillbridge', name));
    }
  }
  const file = join(distRoot, mutation.file);
  const original = readFileSync(file, 'utf8');
  const mutated = original.replace(mutation.find, () => mutation.replace);
  if (mutated === original) throw new Error(`the place of "${mutation.name}" was not found in ${mutation.file}`);
  writeFileSync(file, mutated);
  return { distRoot, remove: () => rmSync(distRoot, { recursive: true, force: true }) };
}
