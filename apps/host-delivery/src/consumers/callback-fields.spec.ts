import { describe, expect, it } from '@jest/globals';
import { sampleResult, sampleTransaction, transactionApproved } from '@tillbridge/contracts';
import { callbackFieldsOf } from './callback-fields.js';

describe('the callback body of a final transaction', () => {
  it('holds the members of callback and push, the platform number under its three names, amounts in minor units', () => {
    expect(callbackFieldsOf(transactionApproved.sample)).toEqual({
      transResult: 0,
      state: 2,
      mid: '10800000003',
      tradeNo: '2024081210800000003001',
      transIndexCode: '848981718949036032',
      checkoutId: '848981718949036032',
      paywizardId: '848981718949036032',
      transType: 'Purchase',
      amount: '1000',
      currencyCode: '840',
      tranTime: '2026-11-01 10:00:02',
      cardNo: '411111******1111',
      cardToken: '',
      transId: '1733208430104',
      invoiceNum: '120324144634',
      traceNum: '000123',
      rrn: '000000000123',
      respCode: '00',
      respDesc: '00 APPROVED',
    });
  });

  it.each(['declined', 'cancelled', 'failed'] as const)('says failed and closed for %s', (state) => {
    expect(callbackFieldsOf(sampleTransaction(state, 5))).toMatchObject({ transResult: 1, state: 5, amount: '1000', transId: '' });
  });

  it('tells what was charged, not what was asked for', () => {
    const result = { ...sampleResult, amountMinor: 1_150 };
    expect(callbackFieldsOf(sampleTransaction('approved', 5, { result })).amount).toBe('1150');
  });

  it('tells what was asked for when nothing was charged', () => {
    const result = { approved: false, amountMinor: 0 };
    expect(callbackFieldsOf(sampleTransaction('declined', 5, { result })).amount).toBe('1000');
  });

  it.each([undefined, '10:00:02', 'yesterday'])(
    'tells when the result became known here, in UTC, when the terminal said %s',
    (tranTime) => {
      const result = { approved: true, ...(tranTime === undefined ? {} : { tranTime }) };
      expect(callbackFieldsOf(sampleTransaction('approved', 5, { result })).tranTime).toBe('2026-11-01 10:00:05');
    },
  );
});
