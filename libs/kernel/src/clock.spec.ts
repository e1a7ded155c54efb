import { expect, it } from '@jest/globals';
import { readInstant, systemClock } from './clock.js';

it('the monotonic time never goes back and the wall clock tells the present', () => {
  const readings = Array.from({ length: 100 }, () => systemClock.monotonicMs());
  expect(readings).toEqual([...readings].sort((a, b) => a - b));
  expect(Math.abs(systemClock.now().getTime() - Date.now())).toBeLessThan(1000);
});

it('an instant is read in its one spelling, and only when there is such a moment', () => {
  expect(readInstant('2026-11-01T09:00:00.000Z')).toEqual(new Date(Date.UTC(2026, 10, 1, 9)));
  for (const text of ['2026-02-30T09:00:00.000Z', '2026-13-01T09:00:00.000Z', '2026-11-01', '']) expect(readInstant(text)).toBeUndefined();
});
