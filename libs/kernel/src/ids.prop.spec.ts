import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { Defect } from './assert.js';
import { newId, newTransIndexCode, partitionOf, PARTITIONS } from './ids.js';

describe('newId', () => {
  it('is a UUID of version 7 that tells its millisecond', () => {
    const before = Date.now();
    const id = newId();
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBeGreaterThanOrEqual(before);
  });

  it('ids of one process are distinct and in order, also past the end of a millisecond’s sequence', () => {
    const ids = Array.from({ length: 20_000 }, () => newId());
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual([...ids].sort());
  });

  it('stays in order when the wall clock steps back by an hour', () => {
    const before = newId();
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() - 3_600_000);
    const after = newId();
    clock.mockRestore();
    expect(after > before).toBe(true);
  });
});

describe('newTransIndexCode', () => {
  const date = fc.date({ min: new Date('2024-01-01T00:00:00Z'), max: new Date('2050-12-31T23:59:59Z'), noInvalidDate: true });

  it('has 18 digits and no leading zero for all dates from 2024 to 2050', () => {
    fc.assert(fc.property(date, (now) => /^[1-9]\d{17}$/.test(newTransIndexCode(now))));
  });

  it('is ordered by time between milliseconds', () => {
    fc.assert(
      fc.property(date, fc.integer({ min: 1, max: 1_000_000 }), (now, laterMs) => {
        return newTransIndexCode(now) < newTransIndexCode(new Date(now.getTime() + laterMs));
      }),
    );
  });

  it('refuses a clock that is far off', () => {
    expect(() => newTransIndexCode(new Date(0))).toThrow(Defect);
    expect(() => newTransIndexCode(new Date(Number.NaN))).toThrow(Defect);
    expect(() => newTransIndexCode(new Date('2060-01-01T00:00:00Z'))).toThrow(Defect);
  });
});

describe('partitionOf', () => {
  // The published test vectors of 32-bit FNV-1a. If one changes, the facts of running systems change lanes.
  it.each([
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['foobar', 0xbf9cf968],
  ])('is FNV-1a for %p', (id, hash) => {
    expect(partitionOf(id, 2 ** 32)).toBe(hash);
    expect(partitionOf(id)).toBe(hash % PARTITIONS);
  });

  it('is always one of the partitions', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 1024 }), (id, partitions) => {
        const partition = partitionOf(id, partitions);
        return Number.isInteger(partition) && partition >= 0 && partition < partitions;
      }),
    );
  });

  it('spreads time-ordered ids over all lanes', () => {
    const counts = new Array<number>(PARTITIONS).fill(0);
    for (let i = 0; i < 3200; i += 1) counts[partitionOf(newId())]! += 1;
    expect(Math.min(...counts)).toBeGreaterThan(100);
    expect(Math.max(...counts)).toBeLessThan(300);
  });

  it('refuses a number of partitions that is none', () => {
    expect(() => partitionOf('a', 0)).toThrow(Defect);
    expect(() => partitionOf('a', 1.5)).toThrow(Defect);
  });
});
