import { describe, expect, it } from '@jest/globals';
import { Defect, looksLikeFullPan } from '@tillbridge/kernel';
import fc from 'fast-check';
import { fromTerminalResponse, toTerminalRequest } from './terminal-app.js';

const PAN = '4111111111111111';

/** In the forms of the purchase answer that wire specification 8.6 describes. */
const purchaseAnswer = {
  AdditionalInfo: '{"bankMerchantID":"123456789012345","bankTerminalID":"12345678"}',
  AuthCode: '009876',
  CardBrand: 'VISA',
  CardNum: '411111******1111',
  CurrencyCode: '840',
  EmvAid: 'A000000003101001',
  EmvAppName: 'VISA CREDIT',
  EmvCryptogram: '0123456789ABCDEF',
  EmvTVR: '0000008000',
  EntryMode: 7,
  ExpiryDate: '2912',
  MID: '10800000003',
  MerchantName: 'Demo',
  OriTransId: '',
  RRN: '000120324144',
  RespCode: '00',
  RespDesc: '00 APPROVED',
  TID: '12345678',
  TraceNum: '000042',
  TransAmount: '000000001000',
  TransDate: '20240812',
  TransResult: true,
  TransTime: '154759',
  TransType: 'Purchase',
};

describe('toTerminalRequest', () => {
  it('gives the request that wire specification 6.5 shows in cloud mode', () => {
    expect(
      toTerminalRequest({
        transIndexCode: '861953384905834496',
        transType: 'Purchase',
        amountMinor: 2160,
        currency: '156',
        reqTransDate: '20250108',
        reqTransTime: '095400',
        enableReceipt: true,
      }),
    ).toEqual({
      CurrencyCode: '156',
      ReqTransDate: '20250108',
      EnableReceipt: true,
      ReqTransTime: '095400',
      TransAmount: '2160',
      TransIndexCode: '861953384905834496',
      TransType: 'Purchase',
    });
  });

  it('re-keys every member', () => {
    expect(
      toTerminalRequest({
        transIndexCode: '1',
        transType: 'Refund',
        transScheme: 'Credit',
        callerName: '演示',
        amountMinor: 1000,
        otherAmountMinor: 0,
        tipAmountMinor: 100,
        currency: '840',
        oriTransIndexCode: 'a',
        oriTraceNum: 'b',
        oriInvoiceNum: 'c',
        oriTransId: 'd',
        oriRrn: 'e',
        enableReceipt: false,
        appendingReceiptInfo: 'thanks',
        skipConfirmProcedure: true,
      }),
    ).toEqual({
      TransIndexCode: '1',
      TransType: 'Refund',
      TransScheme: 'Credit',
      CallerName: '演示',
      TransAmount: '1000',
      OtherAmount: '0',
      TipAmount: '100',
      CurrencyCode: '840',
      OriTransIndexCode: 'a',
      OriTraceNum: 'b',
      OriInvoiceNum: 'c',
      OriTransId: 'd',
      OriRrn: 'e',
      EnableReceipt: false,
      AppendingReceiptInfo: 'thanks',
      SkipConfirmProcedure: true,
    });
  });

  it('leaves out what is absent or an empty text', () => {
    const request = toTerminalRequest({ transIndexCode: '1', transType: 'Settle', oriRrn: '', callerName: undefined });
    expect(Object.keys(request)).toEqual(['TransType', 'TransIndexCode']);
  });

  it('an amount of 0 tells the currency of a part, and is no total', () => {
    const adjusted = { transIndexCode: '1', transType: 'TipAdjust', amountMinor: 0, tipAmountMinor: 150, currency: '840' };
    expect(toTerminalRequest(adjusted)).toEqual({ TransType: 'TipAdjust', TransIndexCode: '1', TipAmount: '150', CurrencyCode: '840' });
  });

  it.each([-1, 0.5, Number.NaN, 1_000_000_000_000])('the amount %p is a defect', (amountMinor) => {
    expect(() => toTerminalRequest({ transIndexCode: '1', transType: 'Purchase', amountMinor, currency: '840' })).toThrow(Defect);
  });
});

describe('fromTerminalResponse', () => {
  it('reads the answer of a real payment app, with zero-padded amount and leading zeros kept', () => {
    expect(fromTerminalResponse(purchaseAnswer)).toEqual({
      approved: true,
      respCode: '00',
      respDesc: '00 APPROVED',
      transType: 'Purchase',
      traceNum: '000042',
      rrn: '000120324144',
      authCode: '009876',
      cardNo: '411111******1111',
      cardBrand: 'VISA',
      entryMode: 7,
      amountMinor: 1000,
      currency: '840',
      tranDate: '20240812',
      tranTime: '154759',
      mid: '10800000003',
      tid: '12345678',
      merchantName: 'Demo',
      emvAid: 'A000000003101001',
      emvAppName: 'VISA CREDIT',
      emvCryptogram: '0123456789ABCDEF',
      emvTvr: '0000008000',
    });
  });

  it.each([
    [true, true],
    ['true', true],
    ['TRUE', true],
    [false, false],
    ['false', false],
    [undefined, false],
    [null, false],
    [1, false],
    ['00', false],
    ['', false],
  ])('TransResult %p: approved is %p; only an explicit success is one', (TransResult, approved) => {
    expect(fromTerminalResponse({ ...purchaseAnswer, TransResult }).approved).toBe(approved);
  });

  it.each([
    ['TransAmount', 1000, 'amountMinor', 1000],
    ['TransAmount', '1000', 'amountMinor', 1000],
    ['TransAmount', '0', 'amountMinor', 0],
    ['TransAmount', '10.00', 'amountMinor', undefined],
    ['TransAmount', '-5', 'amountMinor', undefined],
    ['TransAmount', '1000000000000', 'amountMinor', undefined],
    ['EntryMode', '0x90', 'entryMode', 0x90],
    ['EntryMode', '144', 'entryMode', 144],
    ['EntryMode', 'chip', 'entryMode', undefined],
    ['TraceNum', 42, 'traceNum', '42'],
    ['RRN', '', 'rrn', undefined],
    ['RRN', '  ', 'rrn', undefined],
    ['RRN', 'null', 'rrn', undefined],
    ['RRN', null, 'rrn', undefined],
    ['RRN', { nested: 1 }, 'rrn', undefined],
    ['CurrencyCode', '0842', 'currency', undefined],
    ['CurrencyCode', '0840', 'currency', '840'],
    ['TransDate', '240812', 'tranDate', '20240812'],
    ['TransDate', '20241399', 'tranDate', undefined],
    ['TransTime', '1614033', 'tranTime', undefined],
    ['TransID', '1733208430104', 'transId', '1733208430104'],
    ['transId', '1733208430104', 'transId', '1733208430104'],
    ['CardUniqueId', 'c-1', 'cardToken', 'c-1'],
    ['CardNum', PAN, 'cardNo', '411111******1111'],
    ['CardNum', 'null', 'cardNo', undefined],
    ['RespDesc', 'x'.repeat(1000), 'respDesc', 'x'.repeat(256)],
  ] as const)('%s %p is read as %s %p', (name, value, member, read) => {
    expect(fromTerminalResponse({ ...purchaseAnswer, [name]: value })[member]).toBe(read);
  });

  it('takes the answer after a cancel: nothing there but the refusal', () => {
    const answer = { TransResult: false, CardNum: '', EntryMode: 0, CardBrand: 'UNKNOWN' };
    expect(fromTerminalResponse(answer)).toEqual({ approved: false, entryMode: 0, cardBrand: 'UNKNOWN' });
  });

  it('lets a full card number through nowhere, whatever member holds it and however it is written', () => {
    for (const spelling of [PAN, '4111 1111 1111 1111', `PAN=${PAN}`, `;${PAN}=29121010000`, `${'x'.repeat(245)}${PAN}`]) {
      for (const name of Object.keys(purchaseAnswer)) {
        const read = JSON.stringify(fromTerminalResponse({ ...purchaseAnswer, [name]: spelling }));
        expect([name, looksLikeFullPan(read), read.includes('1111111')]).toEqual([name, false, false]);
      }
    }
    expect(JSON.stringify(fromTerminalResponse({ ...purchaseAnswer, TransID: Number(PAN), Track2: PAN }))).not.toContain(PAN);
  });

  it('never throws, and leaves no empty member behind', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(purchaseAnswer), '__proto__', 'x'), fc.jsonValue()), (answer) => {
        const read = fromTerminalResponse(answer);
        return Object.values(read).every((value) => typeof value === 'boolean' || typeof value === 'number' || value.length > 0);
      }),
    );
  });
});
