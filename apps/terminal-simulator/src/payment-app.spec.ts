import { beforeEach, describe, expect, it } from '@jest/globals';
import { looksLikeFullPan } from '@tillbridge/kernel';
import { fromTerminalResponse, type PaymentAppObject } from '@tillbridge/protocol';
import { readRequest } from './app-request.js';
import { type Forced, HostAccount } from './host-account.js';
import { type CarriedOut, PaymentApp } from './payment-app.js';
import { transTypes } from './trans-types.js';

const now = new Date('2024-08-12T15:47:59.123Z');
let account: HostAccount;
let app: PaymentApp;
let count: number;

beforeEach(() => {
  account = new HostAccount();
  app = new PaymentApp(account, 'WP1');
  count = 0;
});

function ask(TransType: string, members: PaymentAppObject = {}, forced: Forced = {}, at: PaymentApp = app): CarriedOut {
  count += 1;
  const asked = { TransType, CurrencyCode: '978', TransIndexCode: `t${count}`, ...members };
  return at.carryOut(readRequest(`t${count}`, asked)!, asked, now, forced);
}
const outcome = ({ approved, effect, amountMinor, response }: CarriedOut): unknown[] => [
  approved,
  response['RespCode'],
  effect,
  amountMinor,
];
const of = ({ response }: CarriedOut): PaymentAppObject => ({ OriTransId: response['TransID'] });
const approved = (effect: string, amountMinor: number): unknown[] => [true, '00', effect, amountMinor];
const refused = (respCode: string, amountMinor: number): unknown[] => [false, respCode, 'none', amountMinor];

describe('readRequest', () => {
  it('does the 18 types of the cloud list and no other', () => {
    expect(transTypes).toHaveLength(18);
    for (const TransType of transTypes) expect(readRequest('1', { TransType })?.transType).toBe(TransType);
    for (const TransType of ['purchase', 'VoidSale', 'WorldPay only', 'toString', 5, undefined]) {
      expect(readRequest('1', { TransType })).toBeUndefined();
    }
  });

  it('takes the emulator’s currency when there is none, and a trace that is a number', () => {
    const request = readRequest('1', { TransType: 'Refund', TransAmount: '5', OriTraceNum: 42, OriRrn: '' });
    expect(request).toEqual({
      ...{ transIndexCode: '1', transType: 'Refund', amountMinor: 5, tipMinor: undefined, currency: '840' },
      original: { traceNum: '42' },
    });
  });
});

describe('a purchase', () => {
  it('has the forms of a real payment app and reads back whole', () => {
    const { response } = ask('Purchase', { TransAmount: '1000', CallerName: 'Demo' });
    expect(response).toMatchObject({
      ...{ TransIndexCode: 't1', CallerName: 'Demo', TransResult: true, RespCode: '00', RespDesc: '00 APPROVED' },
      ...{ CardNum: '411111******1111', TransAmount: '000000001000', TransDate: '20240812', TransTime: '154759' },
      ...{ TraceNum: '000001', RRN: '422515000001', AuthCode: 'A00001' },
    });
    expect(fromTerminalResponse(response)).toMatchObject({ approved: true, amountMinor: 1000, currency: '978', rrn: '422515000001' });
    expect(fromTerminalResponse(response).transId).toBe(response['TransID']);
    expect(looksLikeFullPan(JSON.stringify(response))).toBe(false);
  });

  it.each([
    ['9001', '51'],
    ['1000000000', '13'],
    ['0', '13'],
    ['10.00', '13'],
    [1000, '13'],
    ['', '13'],
  ])('of %p is refused with %s, without an authorisation', (TransAmount, respCode) => {
    const { response, effect } = ask('Purchase', { TransAmount });
    expect([response['TransResult'], response['RespCode'], response['AuthCode'], effect]).toEqual([false, respCode, '', 'none']);
  });

  it('can be forced against the test amounts, but not against the form of an amount', () => {
    expect(outcome(ask('Purchase', { TransAmount: '9001' }, { approve: true }))).toEqual(approved('captured', 9001));
    expect(outcome(ask('Purchase', { TransAmount: '1000000000' }, { approve: true }))).toEqual(refused('13', 1_000_000_000));
    const decline = { approved: false, respCode: '41', respDesc: 'LOST' };
    expect(outcome(ask('Purchase', { TransAmount: '5' }, { decline }))).toEqual(refused('41', 5));
  });

  it('takes the tip that the buyer adds', () => {
    const tipped = ask('Purchase', { TransAmount: '1000' }, { tipMinor: 150 });
    expect(tipped.response).toMatchObject({ TransAmount: '000000001150', TipAmount: '000000000150' });
    expect(outcome(ask('Refund', { ...of(tipped), TransAmount: '1150' }))).toEqual(approved('refunded', 1150));
  });
});

describe('a follow-up', () => {
  it.each(['IncrementalAuth', 'AuthVoid', 'AuthCompletion', 'Reversal', 'Refund', 'TipAdjust'])(
    '%s of an unknown original is -191',
    (type) => {
      for (const named of [{}, { OriTransIndexCode: 'nobody' }]) {
        expect(outcome(ask(type, { TransAmount: '5', ...named }))).toEqual(refused('-191', 5));
      }
    },
  );

  it('does not find a payment that was declined', () => {
    const declined = ask('Purchase', { TransAmount: '9001' });
    expect(outcome(ask('Refund', { ...of(declined), TransAmount: '1' }))).toEqual(refused('-191', 1));
    expect(ask('QueryTransaction', of(declined)).response).toMatchObject({ TransResult: false, RespCode: '-125' });
  });

  it('finds its original by any name, says which it was, and takes no contradiction', () => {
    const { response } = ask('Purchase', { TransAmount: '1000' });
    const names = {
      ...{ OriTransIndexCode: 't1', OriTransId: response['TransID'], OriRrn: response['RRN'] },
      ...{ OriInvoiceNum: response['InvoiceNum'], OriTraceNum: response['TraceNum'] },
    };
    for (const [name, value] of [...Object.entries(names), ['OriTraceNum', '000001']] as const) {
      const refund = ask('Refund', { [name]: value, TransAmount: '1' });
      expect(outcome(refund)).toEqual(approved('refunded', 1));
      expect(refund.originalTransIndexCode).toBe('t1');
      expect(refund.response).toMatchObject({ OriTransIndexCode: 't1', OriTransId: response['TransID'] });
    }
    expect(outcome(ask('Refund', { ...names, TransAmount: '1' }))).toEqual(approved('refunded', 1));
    expect(outcome(ask('Refund', { ...names, OriRrn: '1', TransAmount: '1' }))).toEqual(refused('-191', 1));
  });

  it('is found at another terminal by the names that are unique, and not by a trace number', () => {
    const sale = ask('Purchase', { TransAmount: '1000' });
    const other = new PaymentApp(account, 'WP2');
    expect(outcome(ask('Refund', { OriTraceNum: '000001', TransAmount: '5' }, {}, other))).toEqual(refused('-191', 5));
    expect(outcome(ask('Refund', { ...of(sale), TransAmount: '5' }, {}, other))).toEqual(approved('refunded', 5));
  });

  it('keeps to the currency of its original', () => {
    const sale = ask('Purchase', { TransAmount: '1000' });
    expect(outcome(ask('Refund', { ...of(sale), TransAmount: '5', CurrencyCode: '840' }))).toEqual(refused('12', 5));
  });

  it('Refund gives back in parts, until nothing is left', () => {
    const sale = ask('Purchase', { TransAmount: '1000' });
    expect(outcome(ask('Refund', { ...of(sale), TransAmount: '600' }))).toEqual(approved('refunded', 600));
    expect(outcome(ask('Refund', { ...of(sale), TransAmount: '401' }))).toEqual(refused('13', 401));
    expect(outcome(ask('Refund', { ...of(sale), TransAmount: '400' }))).toEqual(approved('refunded', 400));
    expect(outcome(ask('Reversal', of(sale)))).toEqual(refused('12', 0));
  });

  it('Reversal voids once, and nothing follows it', () => {
    const sale = ask('Purchase', { TransAmount: '1000' });
    const void1 = ask('Reversal', of(sale));
    expect(outcome(void1)).toEqual(approved('voided', 1000));
    expect(void1.response).toMatchObject({ TransAmount: '000000001000' });
    expect(outcome(ask('Reversal', of(sale)))).toEqual(refused('12', 0));
    expect(outcome(ask('Refund', { ...of(sale), TransAmount: '1' }))).toEqual(refused('12', 1));
    expect(outcome(ask('Reversal', of(void1)))).toEqual(refused('12', 0));
  });

  it('Reversal in the strict way of the vendor’s emulator only finds what OriTransId names', () => {
    const sale = ask('Purchase', { TransAmount: '1000' });
    expect(outcome(ask('Reversal', { OriTransIndexCode: 't1', TransAmount: '1000' }, { isStrict: true }))).toEqual(refused('-191', 1000));
    expect(outcome(ask('Refund', { OriTransIndexCode: 't1', TransAmount: '1' }, { isStrict: true }))).toEqual(approved('refunded', 1));
    expect(outcome(ask('Purchase', { TransAmount: '7' }, { isStrict: true }))).toEqual(approved('captured', 7));
    const second = ask('Purchase', { TransAmount: '7' });
    expect(outcome(ask('Reversal', of(second), { isStrict: true }))).toEqual(approved('voided', 7));
    expect(sale.approved).toBe(true);
  });

  it('a hold is raised, completed once, and then closed; its completion can be voided', () => {
    const hold = ask('PreAuth', { TransAmount: '1000' });
    expect(outcome(hold)).toEqual(approved('held', 1000));
    expect(outcome(ask('Refund', { ...of(hold), TransAmount: '1' }))).toEqual(refused('12', 1));
    expect(outcome(ask('IncrementalAuth', { ...of(hold), TransAmount: '9004' }))).toEqual(refused('05', 9004));
    expect(outcome(ask('IncrementalAuth', { ...of(hold), TransAmount: '500' }))).toEqual(approved('held', 500));
    expect(outcome(ask('AuthCompletion', { ...of(hold), TransAmount: '1501' }))).toEqual(refused('13', 1501));
    const completion = ask('AuthCompletion', { ...of(hold), TransAmount: '1500' });
    expect(outcome(completion)).toEqual(approved('captured', 1500));
    for (const type of ['AuthCompletion', 'IncrementalAuth', 'AuthVoid', 'Reversal']) {
      expect(outcome(ask(type, { ...of(hold), TransAmount: '1' }))).toEqual(refused('12', 1));
    }
    expect(outcome(ask('AuthVoid', of(completion)))).toEqual(refused('12', 0));
    expect(outcome(ask('Reversal', of(completion)))).toEqual(approved('voided', 1500));
  });

  it.each(['AuthVoid', 'Reversal'])('%s releases a hold, once, also after a settlement', (type) => {
    const hold = ask('PreAuth', { TransAmount: '1000' });
    ask('Settle');
    expect(outcome(ask(type, of(hold)))).toEqual(approved('voided', 1000));
    expect(outcome(ask(type, of(hold)))).toEqual(refused('12', 0));
  });

  it('TipAdjust changes the tip to a new total or by a new tip, never below the bare sale', () => {
    const sale = ask('Purchase', { TransAmount: '1100', TipAmount: '100' });
    const adjusted = ask('TipAdjust', { ...of(sale), TipAmount: '300' });
    expect(outcome(adjusted)).toEqual(approved('captured', 1300));
    expect(adjusted.response).toMatchObject({ TransAmount: '000000001300', TipAmount: '000000000300' });
    expect(outcome(ask('TipAdjust', { ...of(sale), TransAmount: '1050' }))).toEqual(approved('captured', 1050));
    expect(outcome(ask('TipAdjust', { ...of(sale), TransAmount: '999' }))).toEqual(refused('13', 999));
    expect(outcome(ask('TipAdjust', of(sale)))).toEqual(refused('13', 0));
    expect(outcome(ask('Reversal', of(sale)))).toEqual(approved('voided', 1050));
  });
});

describe('the types without money', () => {
  it('Settle closes the batch and tells its totals; what was in it is neither voided nor tipped any more', () => {
    const sale = ask('Purchase', { TransAmount: '1000' });
    ask('Reversal', of(ask('Purchase', { TransAmount: '70' })));
    ask('Refund', { ...of(sale), TransAmount: '200' });
    const other = ask('Purchase', { TransAmount: '5' });
    const totals = { CreditTotalAmount: 200, CreditTotalCount: 1, DebitTotalAmount: 1005, DebitTotalCount: 2 };
    const settled = ask('Settle');
    expect(outcome(settled)).toEqual(approved('none', 0));
    expect(settled.response['BatchDetailInfo']).toMatchObject({
      SettlementList: [totals],
      Summary: { BatchId: '000001', ...totals, CurrencyCode: '978', SettleStatus: 'CLOSED' },
      ...{ creditAmount: 200, creditNum: 1, debitAmount: 1005, debitNum: 2 },
    });
    expect(ask('Settle').response['BatchDetailInfo']).toMatchObject({ SettlementList: [], Summary: { BatchId: '000002' } });
    expect(outcome(ask('Reversal', of(other)))).toEqual(refused('12', 0));
    expect(outcome(ask('TipAdjust', { ...of(other), TipAmount: '1' }))).toEqual(refused('12', 0));
    expect(outcome(ask('Refund', { ...of(other), TransAmount: '5' }))).toEqual(approved('refunded', 5));
  });

  it('QueryTransaction shows the original, also when it was reversed', () => {
    const sale = ask('Purchase', { TransAmount: '1000' });
    ask('Reversal', of(sale));
    const { response } = ask('QueryTransaction', { OriTransIndexCode: 't1' });
    expect(response).toMatchObject({ TransResult: true, TransType: 'Purchase', TransIndexCode: 't3', OriTransIndexCode: 't1' });
    expect(response['RRN']).toBe(sale.response['RRN']);
    expect(ask('QueryTransaction').response).toMatchObject({ TransResult: false, RespCode: '-125' });
  });

  it('PrintLast repeats the last receipt, if there is one', () => {
    expect([app.hasReceipt, outcome(ask('PrintLast'))]).toEqual([false, refused('FF', 0)]);
    const sale = ask('Purchase', { TransAmount: '1000' });
    ask('Purchase', { TransAmount: '9001' });
    expect(ask('PrintLast').response).toMatchObject({ TransType: 'Purchase', TransResult: true, RRN: sale.response['RRN'] });
    expect(app.hasReceipt).toBe(true);
  });

  it.each([
    ['BalanceInquiry', { Balance: '000000100000', CardNum: '411111******1111' }],
    ['VerifyCardPan', { CardUniqueId: 'tillbridge-virtual-card-1' }],
    ['ReadCard', { CardNum: '411111******1111' }],
    ['GetPosInfo', { AdditionalInfo: '{"SN":"WP1"}', IsKeyLoaded: true }],
    ['PrintTotal', { EntryMode: 0 }],
    ['PrintDetail', { EntryMode: 0 }],
    ['PrintParameter', { EntryMode: 0 }],
  ])('%s moves nothing and answers %j', (type, members) => {
    const answered = ask(type);
    expect(outcome(answered)).toEqual(approved('none', 0));
    expect(answered.response).toMatchObject({ TransType: type, TransResult: true, ...members });
  });
});
