import { describe, expect, test } from '@jest/globals';

import { FIRST_RESTART_DELAY_MS, LONGEST_RESTART_DELAY_MS, nextRestartDelayMs, SOUND_AFTER_MS } from './backoff.js';

describe('the pause before a restart', () => {
  test('is short after the first death, however soon it came', () => {
    expect(nextRestartDelayMs(undefined, 0)).toBe(FIRST_RESTART_DELAY_MS);
    expect(FIRST_RESTART_DELAY_MS).toBeLessThan(1_000);
  });

  test('doubles up to five seconds while the service keeps dying young', () => {
    const delays: number[] = [];
    for (let death = 0; death < 9; death += 1) delays.push(nextRestartDelayMs(delays.at(-1), SOUND_AFTER_MS - 1));
    expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
  });

  test('starts from the beginning after the service was sound for ten seconds', () => {
    expect(nextRestartDelayMs(LONGEST_RESTART_DELAY_MS, SOUND_AFTER_MS)).toBe(FIRST_RESTART_DELAY_MS);
  });
});
