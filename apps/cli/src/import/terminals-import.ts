import { resolve } from 'node:path';
import type { AdminClient, Told } from '../admin-client.js';
import { wholeNumber, type Given } from '../arguments.js';
import { Failure } from '../failure.js';
import type { Surroundings } from '../surroundings.js';
import { recordOf } from '../table.js';
import { Progress } from './progress.js';
import { ResultFile, type ResultRow } from './result-file.js';
import { readTerminalList, type ListedTerminal } from './terminal-list.js';

export const importTypes = { result: { type: 'string' }, life: { type: 'string' }, renew: { type: 'boolean' } } as const;

/** Enough to keep an owner busy, few enough to leave it time for tills. */
const CONCURRENCY = 8;
const FAILED = 1;
const INTERRUPTED = 130;
const UNAUTHORIZED = 401;

type Settings = { readonly lifeSeconds?: number; readonly renew?: true };

/** Invites every terminal of a file. Returns the exit code: 1 when a row was refused. */
export async function runImport(
  file: string,
  options: Given,
  clientFor: (given: Given) => AdminClient,
  around: Surroundings,
): Promise<number> {
  const path = resolve(around.folder, file);
  const settings = settingsOf(options);
  const terminals = readTerminalList(path);
  const client = clientFor(options);
  // A wrong address or token is told before there is a result file.
  await client.do({ method: 'GET', path: '/terminals', query: { limit: 1 } });
  const results =
    typeof options['result'] === 'string' ? ResultFile.named(resolve(around.folder, options['result'])) : ResultFile.beside(path);
  const progress = new Progress(terminals.length, around);
  try {
    await inviteAll(terminals, settings, client, around.interrupted, (row) => {
      results.add(row);
      progress.count(row.status);
    });
  } finally {
    results.close();
    progress.end();
  }
  const answer = { file: path, result: results.path, rows: terminals.length, ...progress.counts };
  around.say(options['json'] === true ? `${JSON.stringify(answer)}\n` : recordOf(answer));
  if (around.interrupted.aborted) {
    around.note('interrupted: the same import can be started again, and goes on where this one ended\n');
    return INTERRUPTED;
  }
  return progress.counts.refused > 0 ? FAILED : 0;
}

function settingsOf({ life, renew }: Given): Settings {
  return { ...(life === undefined ? {} : { lifeSeconds: wholeNumber('life', life) }), ...(renew === true ? { renew } : {}) };
}

/** Several at a time. When it is interrupted, what is under way is waited for, for its codes are not shown again. */
async function inviteAll(
  terminals: readonly ListedTerminal[],
  settings: Settings,
  client: AdminClient,
  interrupted: AbortSignal,
  record: (row: ResultRow) => void,
): Promise<void> {
  const queue = terminals.values();
  const lane = async (): Promise<void> => {
    for (const { clientId, merchantId, terminalSn, terminalId } of queue) {
      const terminal = { clientId, merchantId, terminalSn, terminalId };
      if (interrupted.aborted) return;
      const told = await client.askPatiently({ method: 'POST', path: '/pairing-codes', body: { ...terminal, ...settings } }, interrupted);
      if (!told.ok && told.status === UNAUTHORIZED) throw new Failure(`${told.text}; the import stopped`);
      record(rowOf(terminal, told));
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: CONCURRENCY }, lane));
  const failed = lanes.find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function rowOf({ terminalSn, merchantId }: Pick<ListedTerminal, 'terminalSn' | 'merchantId'>, told: Told): ResultRow {
  if (!told.ok) return { terminalSn, merchantId, status: 'refused', error: errorOf(told) };
  const { invited, code, expiresAt } = told.body;
  if (invited !== true) return { terminalSn, merchantId, status: 'unchanged' };
  return { terminalSn, merchantId, status: 'invited', code: String(code), expiresAt: String(expiresAt) };
}

const MAYBE_DONE: ReadonlySet<number> = new Set([0, 500, 502, 504]);

/** Where nobody knows what became of it, the code may have been given and lost. */
function errorOf({ status, text, retryAfterMs }: Extract<Told, { ok: false }>): string {
  if (retryAfterMs !== undefined || !MAYBE_DONE.has(status)) return text;
  return `${text}; if the next import calls it unchanged, its code was lost: use --renew`;
}
