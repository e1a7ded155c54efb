import { describe, expect, test } from '@jest/globals';

import { renderTimeline } from './timeline.js';

const at = (millisecond: number): string => new Date(Date.UTC(2026, 10, 23, 7, 0, 0, millisecond)).toISOString();

describe('the timeline of a purchase', () => {
  test('is a table in the order of time, counted from the request of the till', () => {
    const hops = [
      { at: at(0), what: 'asks for 10.00 USD', by: 'till' },
      { at: at(1250), what: 'received the push', by: 'host' },
      { at: at(8), what: 'transaction requested', by: 'transactions' },
    ];
    expect(renderTimeline(hops, at(0))).toEqual([
      '     +0 ms  till          asks for 10.00 USD',
      '     +8 ms  transactions  transaction requested',
      '  +1250 ms  host          received the push',
    ]);
  });

  test('keeps the given order within a millisecond and shows what came before the request', () => {
    const hops = [
      { at: at(5), what: 'second', by: 'b' },
      { at: at(5), what: 'third', by: 'c' },
      { at: at(3), what: 'first', by: 'a' },
    ];
    expect(renderTimeline(hops, at(5))).toEqual(['  -2 ms  a  first', '  +0 ms  b  second', '  +0 ms  c  third']);
  });

  test('of nothing is nothing', () => {
    expect(renderTimeline([], at(0))).toEqual([]);
  });
});
