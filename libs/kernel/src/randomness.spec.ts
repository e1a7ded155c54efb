import { describe, expect, it } from '@jest/globals';
import { Defect } from './assert.js';
import { randomIdHex } from './randomness.js';

describe('random digits for ids', () => {
  it('are never given out twice', () => {
    const drawn = Array.from({ length: 2_000 }, () => randomIdHex(16));
    expect(new Set(drawn).size).toBe(drawn.length);
  });

  it('come in the number that was asked for', () => {
    for (const bytes of [1, 8, 4_096]) expect(randomIdHex(bytes)).toMatch(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
    expect(() => randomIdHex(4_097)).toThrow(Defect);
    expect(() => randomIdHex(0)).toThrow(Defect);
  });
});
