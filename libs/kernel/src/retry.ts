import { assert } from './assert.js';

/**
 * When to try again.
 * `delaysMs`: the wait after the first, second, … failed attempt. `thenEveryMs`: the wait after those; absent: no further attempt.
 * `giveUpAfterMs`: no attempt is planned once this long has passed since the first.
 * `jitter`: 0.2 spreads each wait evenly over ±20 %, so that a thousand failures of one moment do not come back in one moment.
 */
export type RetrySchedule = {
  delaysMs: readonly number[];
  thenEveryMs?: number;
  giveUpAfterMs: number;
  jitter: number;
};

/**
 * How long to wait before the next attempt, in whole milliseconds, or `give-up`.
 * Giving up is judged by the time that has passed and not by the time of the next attempt: a promise of "at least 72 hours" stays true.
 * @param attempt failed attempts so far, from 1
 * @param elapsedMs time since the first attempt
 * @param random a number in [0, 1), the only source of chance
 */
export function retryDelayMs(schedule: RetrySchedule, attempt: number, elapsedMs: number, random: number): number | 'give-up' {
  assert(Number.isInteger(attempt) && attempt >= 1, 'attempts are counted from 1');
  assert(random >= 0 && random < 1, 'random must be in [0, 1)');
  assert(schedule.jitter >= 0 && schedule.jitter <= 1, 'jitter must be between 0 and 1');
  const delayMs = schedule.delaysMs[attempt - 1] ?? schedule.thenEveryMs;
  if (delayMs === undefined || elapsedMs >= schedule.giveUpAfterMs) return 'give-up';
  return Math.round(delayMs * (1 + schedule.jitter * (2 * random - 1)));
}
