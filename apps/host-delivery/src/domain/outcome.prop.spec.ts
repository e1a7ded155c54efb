import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deliverySchedule, nextAfter } from './outcome.js';

const HOUR_MS = 3_600_000;
const GIVE_UP_MS = 72 * HOUR_MS;
const LONGEST_WAIT_MS = 6 * HOUR_MS * 1.2;
const MAX_ATTEMPTS = 30;

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const failingStatus = fc.constantFrom(302, 400, 404, 429, 500, 503);

/** The waits of a delivery that never succeeds, each post taking `postMs`, until it is parked. */
function waitsUntilParked(randoms: readonly number[], statuses: readonly number[], postMs: number): { waits: number[]; elapsedMs: number } {
  const firstAttemptAt = new Date('2026-11-01T10:00:00.000Z');
  const waits: number[] = [];
  let elapsedMs = 0;
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts += 1) {
    elapsedMs += postMs;
    const attempted = { kind: 'answered', status: statuses[attempts % statuses.length] ?? 500 } as const;
    const now = new Date(firstAttemptAt.getTime() + elapsedMs);
    const next = nextAfter({ attempts, firstAttemptAt }, attempted, now, deliverySchedule, randoms[attempts % randoms.length] ?? 0);
    if (next.state !== 'pending') return { waits, elapsedMs };
    waits.push(next.delayMs);
    elapsedMs += next.delayMs;
  }
  throw new Error('it was never parked');
}

describe('the schedule of a host that never answers well', () => {
  it('lasts at least 72 hours and ends soon after, whatever chance and statuses', () => {
    fc.assert(
      fc.property(
        fc.array(chance, { minLength: 1 }),
        fc.array(failingStatus, { minLength: 1 }),
        fc.integer({ min: 0, max: 15_000 }),
        (randoms, statuses, postMs) => {
          const { elapsedMs } = waitsUntilParked(randoms, statuses, postMs);
          expect(elapsedMs).toBeGreaterThanOrEqual(GIVE_UP_MS);
          expect(elapsedMs).toBeLessThanOrEqual(GIVE_UP_MS + LONGEST_WAIT_MS + postMs);
        },
      ),
    );
  });

  it('waits longer and longer, but for the jitter, which is at most 20 %', () => {
    const undisturbed = waitsUntilParked([0.5], [500], 0).waits;
    expect(undisturbed).toEqual([...undisturbed].sort((a, b) => a - b));
    fc.assert(
      fc.property(fc.array(chance, { minLength: MAX_ATTEMPTS, maxLength: MAX_ATTEMPTS }), (randoms) => {
        const { waits } = waitsUntilParked(randoms, [500], 0);
        waits.forEach((wait, index) => {
          const decided = undisturbed[index] ?? 6 * HOUR_MS;
          expect(Math.abs(wait - decided)).toBeLessThanOrEqual(decided * 0.2 + 1);
        });
      }),
    );
  });
});
