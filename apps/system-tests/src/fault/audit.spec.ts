import { describe, expect, it } from '@jest/globals';
import { audit, type Booked, type Charged } from './audit.js';
import type { Attempt } from './shift.js';

const attempt: Attempt = { tradeNo: 't1', transType: 'Purchase', amountMinor: 100, outcome: 'accepted', told: 0 };
const booked: Booked = { tradeNo: 't1', transIndexCode: '1', transType: 'Purchase', state: 'approved', isCorrected: false };
const charge: Charged = { transIndexCode: '1', approved: true, executions: 1 };

const found = (attempts: Attempt[], books: Booked[], ...charges: Charged[]): string[] =>
  audit(attempts, books, new Map(charges.map((each) => [each.transIndexCode, each])));

describe('an audit', () => {
  it('finds nothing where books, tills and cards agree', () => {
    expect(found([attempt], [booked], charge)).toEqual([]);
    expect(found([{ ...attempt, told: 1 }], [{ ...booked, state: 'declined' }])).toEqual([]);
    expect(found([{ ...attempt, told: 1 }], [{ ...booked, state: 'declined' }], { ...charge, approved: false })).toEqual([]);
    expect(found([{ ...attempt, told: 2 }], [booked], charge)).toEqual([]);
    expect(found([{ ...attempt, outcome: 'refused' }], [])).toEqual([]);
  });

  it.each<[string, Attempt[], Booked[], Charged[]]>([
    ['accepted and is lost', [attempt], [], []],
    ['refused and left a trace', [{ ...attempt, outcome: 'refused' }], [booked], [charge]],
    ['told as approved and is declined', [attempt], [{ ...booked, state: 'declined' }], []],
    ['told as closed and is approved, without a correction', [{ ...attempt, told: 1 }], [booked], [charge]],
    ['approved and no card was charged', [attempt], [booked], []],
    ['approved and no card was charged', [attempt], [booked], [{ ...charge, approved: false }]],
    ['failed and a card was charged', [{ ...attempt, told: 1 }], [{ ...booked, state: 'failed' }], [charge]],
    ['no outcome: it is unknown', [{ ...attempt, told: 2 }], [{ ...booked, state: 'unknown' }], []],
    ['executed 2 times', [attempt], [booked], [{ ...charge, executions: 2 }]],
    ['executed and is in no books', [attempt], [booked], [charge, { ...charge, transIndexCode: '2' }]],
  ])('finds that something was %s', (complaint, attempts, books, charges) => {
    expect(found(attempts, books, ...charges)).toEqual([expect.stringContaining(complaint)]);
  });

  it('lets a correction excuse what the till was told before', () => {
    expect(found([{ ...attempt, told: 1 }], [{ ...booked, isCorrected: true }], charge)).toEqual([]);
  });
});
