import { describe, expect, it } from '@jest/globals';
import { Defect } from './assert.js';
import { randomIdBytes } from './randomness.js';

describe('random bytes for ids', () => {
  it('are never given out twice, and stay what they were', () => {
    const drawn = Array.from({ length: 2_000 }, () => randomIdBytes(16));
    const shown = drawn.map((bytes) => bytes.toString('hex'));
    expect(new Set(shown).size).toBe(drawn.length);
    randomIdBytes(4_096);
    expect(drawn.map((bytes) => bytes.toString('hex'))).toEqual(shown);
  });

  it('come in the number that was asked for', () => {
    for (const count of [1, 8, 4_096]) expect(randomIdBytes(count)).toHaveLength(count);
    expect(() => randomIdBytes(4_097)).toThrow(Defect);
    expect(() => randomIdBytes(0)).toThrow(Defect);
  });
});
