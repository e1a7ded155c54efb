import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Defect } from './assert.js';
import { retryDelayMs, type RetrySchedule } from './retry.js';

const noJitter: RetrySchedule = { delaysMs: [0, 5_000, 30_000], thenEveryMs: 60_000, giveUpAfterMs: 200_000, jitter: 0 };
const MIDDLE = 0.5;

describe('retryDelayMs', () => {
  it.each([
    [1, 0, 0],
    [2, 10, 5_000],
    [3, 5_010, 30_000],
    [4, 35_010, 60_000],
    [40, 199_999, 60_000],
    [40, 200_000, 'give-up'],
    [1, 200_000, 'give-up'],
  ])('after %d failures in %d ms: %p', (attempt, elapsedMs, expected) => {
    expect(retryDelayMs(noJitter, attempt, elapsedMs, MIDDLE)).toBe(expected);
  });

  it('gives up after the last delay when there is no interval behind it', () => {
    const schedule: RetrySchedule = { delaysMs: [1, 2], giveUpAfterMs: 1_000, jitter: 0 };
    expect(retryDelayMs(schedule, 2, 0, MIDDLE)).toBe(2);
    expect(retryDelayMs(schedule, 3, 0, MIDDLE)).toBe('give-up');
  });

  it('stays within the jitter and uses its whole width', () => {
    const schedule = { ...noJitter, jitter: 0.2 };
    expect(retryDelayMs(schedule, 2, 0, 0)).toBe(4_000);
    expect(retryDelayMs(schedule, 2, 0, 1 - Number.EPSILON)).toBe(6_000);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, random) => {
        const plainMs = retryDelayMs(noJitter, attempt, 0, MIDDLE);
        const delayMs = retryDelayMs(schedule, attempt, 0, random);
        return plainMs !== 'give-up' && delayMs !== 'give-up' && delayMs >= plainMs * 0.8 - 1 && delayMs <= plainMs * 1.2 + 1;
      }),
    );
  });

  it('a schedule with an interval always ends, and never before its time', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
        let elapsedMs = 0;
        for (let attempt = 1; attempt < 100; attempt += 1) {
          const delayMs = retryDelayMs({ ...noJitter, jitter: 0.2 }, attempt, elapsedMs, random);
          if (delayMs === 'give-up') return elapsedMs >= noJitter.giveUpAfterMs;
          elapsedMs += delayMs;
        }
        return false;
      }),
    );
  });

  it.each([
    [0, MIDDLE],
    [1.5, MIDDLE],
    [1, 1],
    [1, -0.1],
  ])('is a defect for attempt %d and random %d', (attempt, random) => {
    expect(() => retryDelayMs(noJitter, attempt, 0, random)).toThrow(Defect);
  });
});
