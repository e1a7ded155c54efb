import { describe, expect, it } from '@jest/globals';
import { aftermaths, sampleResult, sampleTransaction, transactionStates, type Aftermath, type TransactionV1 } from '@tillbridge/contracts';
import { noTransactionData, queryDataOf } from './result-report.js';

const told = (transaction: TransactionV1, aftermath?: Aftermath) =>
  queryDataOf({ transaction, ...(aftermath === undefined ? {} : { aftermath }) });

describe('the answer to a result query', () => {
  it.each(transactionStates.map((state) => [state]))('tells of %s what can be proven', (state) => {
    const expected =
      state === 'approved'
        ? { transResult: 0, state: 2 }
        : ['declined', 'cancelled', 'failed'].includes(state)
          ? { transResult: 1, state: 5 }
          : { transResult: 2, state: 1 };
    expect(told(sampleTransaction(state, 2))).toMatchObject(expected);
  });

  it('names what was charged on approval, and what was asked for otherwise', () => {
    const result = { ...sampleResult, amountMinor: 1100 };
    expect(told(sampleTransaction('approved', 5, { result }))).toMatchObject({ amount: '1100', tranTime: '2026-11-01 10:00:02' });
    expect(told(sampleTransaction('declined', 5, { result }))).toMatchObject({ amount: '1000' });
  });

  it('has no null and no absent member, and no completion time before the end', () => {
    const data = told(sampleTransaction('accepted', 1));
    expect(Object.keys(data)).toHaveLength(18);
    expect(Object.values(data)).not.toContain(null);
    expect(data.tranTime).toBe('');
  });

  it.each(aftermaths.map((aftermath) => [aftermath]))('tells that an approved transaction is %s, and no other', (aftermath) => {
    const states = { completed: 7, refunded: 4, 'partly-refunded': 6, voided: 3, 'partly-voided': 9, 'hold-voided': 8 };
    const approved = sampleTransaction('approved', 5, { result: sampleResult });
    expect(told(approved, aftermath)).toEqual({ ...told(approved), state: states[aftermath] });
    expect(told(sampleTransaction('failed', 5), aftermath)).toMatchObject({ transResult: 1, state: 5 });
    expect(told(sampleTransaction('unknown', 5), aftermath)).toMatchObject({ transResult: 2, state: 1 });
  });

  it('of no transaction has the same members, and none that reads as success or failure', () => {
    const { mid, ...rest } = noTransactionData('10800000003');
    expect(Object.keys({ mid, ...rest }).sort()).toEqual(Object.keys(told(sampleTransaction('accepted', 1))).sort());
    expect([mid, ...new Set(Object.values(rest))]).toEqual(['10800000003', '']);
  });
});
