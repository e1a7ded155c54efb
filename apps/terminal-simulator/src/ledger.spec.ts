import { describe, expect, it } from '@jest/globals';
import { Ledger } from './ledger.js';

const execution = {
  transIndexCode: 'a',
  transType: 'Purchase',
  amountMinor: 1000,
  currency: '840',
  approved: true,
  effect: 'captured',
  at: '2024-08-12T15:47:59.000Z',
} as const;
const declined = { ...execution, approved: false, effect: 'none' } as const;

describe('the ledger', () => {
  it('lists executions in their order', () => {
    const ledger = new Ledger();
    ledger.recordExecution(execution);
    ledger.recordExecution({ ...declined, transIndexCode: 'b' });
    expect(ledger.entries()).toEqual([
      { ...execution, executions: 1 },
      { ...declined, transIndexCode: 'b', executions: 1 },
    ]);
  });

  it('shows a transaction that was executed twice, and that one of both was approved', () => {
    const ledger = new Ledger();
    ledger.recordExecution(declined);
    ledger.recordExecution(execution);
    expect(ledger.entries()).toEqual([{ ...execution, executions: 2 }]);
  });

  it('hands out copies', () => {
    const ledger = new Ledger();
    ledger.recordExecution(execution);
    ledger.entries()[0]!.executions = 0;
    expect(ledger.entries()[0]!.executions).toBe(1);
  });
});
