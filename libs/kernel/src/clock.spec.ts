import { expect, it } from '@jest/globals';
import { systemClock } from './clock.js';

it('the monotonic time never goes back and the wall clock tells the present', () => {
  const readings = Array.from({ length: 100 }, () => systemClock.monotonicMs());
  expect(readings).toEqual([...readings].sort((a, b) => a - b));
  expect(Math.abs(systemClock.now().getTime() - Date.now())).toBeLessThan(1000);
});
