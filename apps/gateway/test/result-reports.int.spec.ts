import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { done, findTransaction, recordReport, refused, sampleTransaction } from '@tillbridge/contracts';
import { MERCHANT_ID, TestEdge } from './test-edge.js';

/** A terminal publishes its result (WIRE.md 6.8): in version 1, with a token and no signature. */

const transIndexCode = '848981718949036032';

let edge: TestEdge;
beforeAll(async () => {
  edge = await TestEdge.start();
}, 30_000);
afterAll(() => edge.stop(), 30_000);
beforeEach(() => {
  edge.reset();
  edge.answer(recordReport, done({ changed: true }));
});

const who = () => ({ clientId: edge.caller.clientId, merchantId: MERCHANT_ID });
const report = (more: object, token = edge.token) =>
  edge.send('POST', '/ovstrade/semiOpen/subscribeCashierAgentResult', JSON.stringify({ ...who(), transResult: true, ...more }), {
    'jwt-token': token,
  });
const heard = (): unknown => edge.heardOf(recordReport)[0]?.payload;

describe('a report', () => {
  it("with all of the vendor's members becomes a result with a masked card number", async () => {
    const told = await report({
      ...{ terminalId: '00000000', tradeNo: 't1', transType: 'Purchase', transScheme: 'Credit', CallerName: 'Demo', transIndexCode },
      ...{ respCode: '00', respDesc: 'APPROVED', cardNum: '411111XXXXXX1111', expiryDate: '2912', cardBrand: 'VISA', entryMode: '0x07' },
      ...{
        transAmount: 1000,
        otherAmount: 0,
        tipAmount: '0',
        balance: '',
        currencyCode: '840',
        dccOriAmount: null,
        dccExchangeRate: '1.1',
      },
      ...{
        transDate: '20261101',
        transTime: '100002',
        countryCode: '840',
        posId: 'TILL1',
        merchantName: 'Shop',
        merchantAddress: 'Street 1',
      },
      ...{ transID: '4000000000002', invoiceNum: '120324144634', rrn: '000120324144', authCode: '012345', traceNum: '000042' },
      ...{ emvTVR: '0000008000', version: '1.0.0' },
    });
    expect(told).toMatchObject({ status: 200, body: { code: 200, msg: 'success' } });
    expect(told.body).not.toHaveProperty('data');
    expect(heard()).toEqual({
      ...who(),
      transIndexCode,
      result: {
        approved: true,
        ...{ respCode: '00', respDesc: 'APPROVED', transId: '4000000000002', invoiceNum: '120324144634', traceNum: '000042' },
        ...{ rrn: '000120324144', authCode: '012345', cardNo: '411111******1111', cardBrand: 'VISA', entryMode: 7, amountMinor: 1000 },
        tranTime: '2026-11-01 10:00:02',
      },
    });
    expect(recordReport.validate(heard())).toMatchObject({ ok: true });
  });

  it('of a denial is one only when it says so', async () => {
    expect((await report({ transIndexCode, transResult: 'false' })).body.code).toBe(200);
    expect(heard()).toEqual({ ...who(), transIndexCode, result: { approved: false } });
    for (const transResult of [undefined, '', 'no', 1, null]) {
      expect((await report({ transIndexCode, transResult })).body).toMatchObject({
        code: 40001,
        msg: expect.stringContaining('transResult'),
      });
    }
  });

  it('is not lost for what cannot be read of its other members', async () => {
    const odd = { transAmount: '10.00', transDate: 'today', transTime: 'now', entryMode: 'chip', respDesc: 'x'.repeat(5_000) };
    expect((await report({ transIndexCode, ...odd })).body.code).toBe(200);
    expect(heard()).toEqual({ ...who(), transIndexCode, result: { approved: true, respDesc: 'x'.repeat(256) } });
  });

  it('may come again', async () => {
    edge.answer(recordReport, done({ changed: false }));
    expect((await report({ transIndexCode })).body).toMatchObject({ code: 200, msg: 'success' });
  });

  it("may name its transaction by the till's number", async () => {
    edge.answer(findTransaction, done({ transaction: sampleTransaction('in-progress', 3) }));
    expect((await report({ tradeNo: 't1' })).body.code).toBe(200);
    expect(edge.heardOf(findTransaction)[0]?.payload).toEqual({ ...who(), tradeNo: 't1' });
    expect(heard()).toMatchObject({ transIndexCode });
    edge.answer(findTransaction, refused('transaction-not-found'));
    expect((await report({ tradeNo: 't2' })).body.code).toBe(40402);
  });
});

describe('a report is refused', () => {
  it.each([
    ['without a number of the transaction', {}, 40001],
    ['with a number that is none of ours', { transIndexCode: 'D31231234567890' }, 40402],
    ['with a full card number', { transIndexCode, cardNum: '4111111111111111' }, 40004],
    ['with a card number as a number', { transIndexCode, cardNum: 4111111111111111 }, 40004],
    ['with track data in a member of its own', { transIndexCode, emv: { track2: '4111=2912' } }, 40004],
    ["for another's merchant", { transIndexCode, merchantId: 'elsewhere' }, 40301],
  ])('%s', async (_name, more, code) => {
    const told = await report(more);
    expect(told).toMatchObject({ status: 200, body: { code } });
    expect(JSON.stringify(told.body)).not.toContain('4111111111111111');
    expect(edge.heardOf(recordReport)).toEqual([]);
  });

  it("when the merchant's terminals never had the number", async () => {
    edge.answer(recordReport, refused('transaction-not-found'));
    expect((await report({ transIndexCode })).body).toMatchObject({
      code: 40402,
      advice: { nextAction: 'check transIndexCode and the merchant' },
    });
  });

  it('where unsigned calls are switched off, and in version 3', async () => {
    const { token, caller } = edge.admit({ ...edge.caller, unsignedAllowed: false });
    expect((await report({ transIndexCode, clientId: caller.clientId }, token)).body.code).toBe(40104);
    expect((await edge.call('subscribeCashierAgentResult', { ...who(), transIndexCode, transResult: true })).body.code).toBe(40400);
    expect(edge.heardOf(recordReport)).toEqual([]);
  });
});
