// One at a time: two commands started in the same checkout (`npm test` beside `npm start`) must not install or build into each other.
import { mkdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Failure } from './failure.mjs';
import { withProgress } from './progress.mjs';

/** The holder touches its lock this often; a lock not touched for the second time span belongs to a dead process. */
const HEARTBEAT_MS = 2_000;
const DEAD_AFTER_MS = 20_000;
const RETRY_MS = 200;
const WAIT_LIMIT_MS = 15 * 60_000;

/** Runs `work` while holding the lock file; waits for another holder, at most a quarter of an hour. */
export async function withLock(file, work) {
  mkdirSync(dirname(file), { recursive: true });
  if (!take(file)) await withProgress('waiting for another start or test run to finish installing or building', () => waitFor(file));
  const heartbeat = setInterval(() => touch(file), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    rmSync(file, { force: true });
  }
}

async function waitFor(file) {
  const deadline = performance.now() + WAIT_LIMIT_MS;
  while (!take(file)) {
    if (performance.now() > deadline) throw new Failure(`Another process has held ${file} for too long: end it, or delete that file.`);
    await sleep(RETRY_MS);
  }
}

function take(file) {
  try {
    writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    removeIfDead(file);
    return false;
  }
}

function removeIfDead(file) {
  const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age < DEAD_AFTER_MS) return;
  const aside = `${file}.${process.pid}`;
  try {
    // Renamed first, so that of several waiters only one removes it.
    renameSync(file, aside);
    rmSync(aside, { force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

function touch(file) {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // The checkout is being deleted; the work itself will say so.
  }
}
