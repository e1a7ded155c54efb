import { run } from '../src/run.js';
import type { Surroundings } from '../src/surroundings.js';

export type Ran = { readonly code: number; readonly out: string; readonly notes: string };

/** Runs a command line in this process; returns what it said. */
export async function runCli(args: readonly string[], around: Partial<Surroundings> = {}): Promise<Ran> {
  let out = '';
  let notes = '';
  const code = await run(args, {
    ...{ folder: '/nowhere', admin: { url: undefined, token: undefined }, isLive: false, interrupted: new AbortController().signal },
    say: (text) => (out += text),
    note: (text) => (notes += text),
    ...around,
  });
  return { code, out, notes };
}
