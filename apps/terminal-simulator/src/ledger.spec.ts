import { describe, expect, it } from '@jest/globals';
import { Ledger } from './ledger.js';

const execution = { transIndexCode: 'a', amountMinor: 1000, currency: '840', approved: true, at: '2024-08-12T15:47:59.000Z' };

describe('the ledger', () => {
  it('lists executions in their order', () => {
    const ledger = new Ledger();
    ledger.recordExecution(execution);
    ledger.recordExecution({ ...execution, transIndexCode: 'b', approved: false });
    expect(ledger.entries()).toEqual([
      { ...execution, executions: 1 },
      { ...execution, transIndexCode: 'b', approved: false, executions: 1 },
    ]);
  });

  it('shows a transaction that was executed twice, and that one of both was approved', () => {
    const ledger = new Ledger();
    ledger.recordExecution({ ...execution, approved: false });
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
