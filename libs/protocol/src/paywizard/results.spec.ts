import { describe, expect, it } from '@jest/globals';
import { signPush, verifyPush } from './push-signature.js';
import { asKept, asTold, toCallbackBody, toQueryData, type TransactionReport } from './results.js';

const approved: TransactionReport = {
  mid: '10800000003',
  tradeNo: '2024081210800000003001',
  transIndexCode: '848981718949036032',
  transType: 'Purchase',
  transResult: 0,
  state: 2,
  amountMinor: 1000,
  currency: '840',
  completedAt: new Date('2024-08-12T13:48:01Z'),
  result: {
    approved: true,
    respCode: '00',
    respDesc: 'APPROVED',
    transId: '1733208430104',
    invoiceNum: '120324144634',
    traceNum: '000042',
    rrn: '000120324144',
    cardNo: '411111******1111',
    cardToken: 'c-1',
    tranDate: '20240812',
    tranTime: '154759',
  },
};

/** The members of the vendor's demo client, wire specification 6.6. */
const queryMembers = [
  'checkoutId',
  'transIndexCode',
  'paywizardId',
  'mid',
  'amount',
  'state',
  'currencyCode',
  'transType',
  'tranTime',
  'cardNo',
  'cardToken',
  'transResult',
  'transId',
  'invoiceNum',
  'traceNum',
  'rrn',
  'respCode',
  'respDesc',
];

describe('toQueryData', () => {
  it('has the 18 members of an approved purchase', () => {
    expect(toQueryData(approved)).toEqual({
      checkoutId: '848981718949036032',
      transIndexCode: '848981718949036032',
      paywizardId: '848981718949036032',
      mid: '10800000003',
      amount: '1000',
      state: 2,
      currencyCode: '840',
      transType: 'Purchase',
      tranTime: '2024-08-12 15:47:59',
      cardNo: '411111******1111',
      cardToken: 'c-1',
      transResult: 0,
      transId: '1733208430104',
      invoiceNum: '120324144634',
      traceNum: '000042',
      rrn: '000120324144',
      respCode: '00',
      respDesc: 'APPROVED',
    });
  });

  it('has the same 18 members, empty texts and no null, while nothing is known yet', () => {
    const pending = toQueryData({ mid: 'm', tradeNo: 't', transIndexCode: '1', transType: 'Settle', transResult: 2, state: 1 });
    expect(Object.keys(pending).sort()).toEqual([...queryMembers].sort());
    for (const [member, value] of Object.entries(pending)) {
      expect([member, typeof value]).toEqual([member, member === 'state' || member === 'transResult' ? 'number' : 'string']);
    }
    expect([pending.rrn, pending.amount, pending.tranTime, pending.cardNo]).toEqual(['', '', '', '']);
  });

  it('without the terminal’s own time tells when the outcome became known, in UTC', () => {
    expect(toQueryData({ ...approved, result: { approved: true } }).tranTime).toBe('2024-08-12 13:48:01');
  });

  it('masks a card number even if its source forgot to', () => {
    expect(toQueryData({ ...approved, result: { approved: true, cardNo: '4111111111111111' } }).cardNo).toBe('411111******1111');
  });
});

describe('toCallbackBody', () => {
  it('has both numbers: the caller’s and the platform’s', () => {
    const body = toCallbackBody(approved);
    expect(Object.keys(body).sort()).toEqual([...queryMembers, 'tradeNo'].sort());
    expect([body.tradeNo, body.transIndexCode]).toEqual(['2024081210800000003001', '848981718949036032']);
  });

  it('can be signed as it is', () => {
    const body = toCallbackBody(approved);
    expect(verifyPush({ ...body, sign: signPush(body, 'client', 'secret') }, 'client', 'secret')).toBe(true);
  });
});

describe('asTold', () => {
  it('splits the date and time that the platform keeps as one', () => {
    expect(asTold({ approved: true, rrn: '1', tranTime: '2024-08-12 15:47:59' })).toEqual({
      approved: true,
      rrn: '1',
      tranDate: '20240812',
      tranTime: '154759',
    });
  });

  it.each([undefined, '', '10:00:02', '2024-08-12', 'yesterday'])('makes no time of %p', (tranTime) => {
    expect(asTold({ approved: true, ...(tranTime === undefined ? {} : { tranTime }) })).toEqual({ approved: true });
  });
});

describe('asKept', () => {
  it('is the way back', () => {
    const kept = { approved: true, rrn: '1', tranTime: '2024-08-12 15:47:59' };
    expect(asKept(asTold(kept))).toEqual(kept);
  });

  it.each([{}, { tranDate: '20240812' }, { tranTime: '154759' }, { tranDate: '2024', tranTime: '15' }])('makes no time of %p', (half) => {
    expect(asKept({ approved: false, ...half })).toEqual({ approved: false });
  });
});
