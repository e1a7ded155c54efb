import { describe, expect, test } from '@jest/globals';

import { eventually } from './eventually.js';

describe('eventually', () => {
  test('returns what the assertion returned once it passes', async () => {
    let attempts = 0;
    const seen = await eventually(() => {
      attempts += 1;
      expect(attempts).toBeGreaterThan(2);
      return attempts;
    }, 5_000);
    expect(seen).toBe(3);
  });

  test('throws the last failure when time is over', async () => {
    let attempts = 0;
    const hopeless = eventually(() => {
      attempts += 1;
      throw new Error(`attempt ${attempts}`);
    }, 60);
    await expect(hopeless).rejects.toThrow(/^attempt \d+$/);
    expect(attempts).toBeGreaterThan(1);
  });
});
