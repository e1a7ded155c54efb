import { describe, expect, it } from '@jest/globals';
import { aftermaths, sampleResult, sampleTransaction, transactionStates } from '@tillbridge/contracts';
import { queryDataOf } from './result-report.js';

describe('the answer to a result query', () => {
  it.each(transactionStates.map((state) => [state]))('tells of %s what can be proven', (state) => {
    const expected =
      state === 'approved'
        ? { transResult: 0, state: 2 }
        : ['declined', 'cancelled', 'failed'].includes(state)
          ? { transResult: 1, state: 5 }
          : { transResult: 2, state: 1 };
    expect(queryDataOf({ transaction: sampleTransaction(state, 2) })).toMatchObject(expected);
  });

  it('tells what follow-ups have made of it, and that it was a success all the same', () => {
    const states = aftermaths.map((aftermath) => queryDataOf({ transaction: sampleTransaction('approved', 5), aftermath }).state);
    expect(Object.fromEntries(aftermaths.map((aftermath, index) => [aftermath, states[index]]))).toEqual({
      ...{ completed: 7, voided: 3, 'partly-voided': 9, refunded: 4, 'partly-refunded': 6, 'hold-voided': 8 },
    });
    expect(queryDataOf({ transaction: sampleTransaction('approved', 5), aftermath: 'refunded' }).transResult).toBe(0);
  });

  it('names what was charged on approval, and what was asked for otherwise', () => {
    const result = { ...sampleResult, amountMinor: 1100 };
    expect(queryDataOf({ transaction: sampleTransaction('approved', 5, { result }) })).toMatchObject({
      amount: '1100',
      tranTime: '2026-11-01 10:00:02',
    });
    expect(queryDataOf({ transaction: sampleTransaction('declined', 5, { result }) })).toMatchObject({ amount: '1000' });
  });

  it('has no null and no absent member, and no completion time before the end', () => {
    const data = queryDataOf({ transaction: sampleTransaction('accepted', 1) });
    expect(Object.keys(data)).toHaveLength(18);
    expect(Object.values(data)).not.toContain(null);
    expect(data.tranTime).toBe('');
  });
});
