import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** A log that has grown past this is set aside (one older generation is kept) when its process starts the next time. */
const LOG_LIMIT_BYTES = 10 * 1024 * 1024;
const TAIL_LINES = 15;

/**
 * Opens a log for a child to write into directly. A file, not a pipe through us: the last words of a process are kept even when the
 * launcher dies with it, and a server is never killed by a write to a closed pipe. The caller closes the descriptor after the spawn.
 */
export function openLog(file: string): { descriptor: number; close: () => void } {
  mkdirSync(dirname(file), { recursive: true });
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_LIMIT_BYTES) renameSync(file, `${file}.1`);
  const descriptor = openSync(file, 'a', 0o600);
  return { descriptor, close: () => closeSync(descriptor) };
}

/** The last lines of a log, for the sentence that says why a process did not start. */
export function lastLines(file: string): string {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return '(no log)';
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
}
