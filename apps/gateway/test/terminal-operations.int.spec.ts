import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  cancelTransaction,
  done,
  findBinding,
  findOpenTransaction,
  findPresence,
  findTransaction,
  operateTerminal,
  refused,
  sampleResult,
  sampleTransaction,
  type TerminalPresenceV1,
} from '@tillbridge/contracts';
import { MERCHANT_ID, TestEdge } from './test-edge.js';

/** What a till wants of its terminal: `data` is never null, and nothing that is said of the terminal can be taken for a result. */

const terminalUid = '0193aa3e-7c1b-7d30-9a51-2f60c1f7a002';
const terminal = { posId: 'TILL1', terminalSn: 'SN1', terminalId: '00000000' };
const binding = { ...terminal, terminalUid };
const presence: TerminalPresenceV1 = { online: true, since: '2026-11-01T09:00:00.500Z', ageMs: 900, rttMs: 12.5, appVersion: '2.1' };
const running = sampleTransaction('in-progress', 3, { tradeNo: 't1' });
const MEMBERS = [
  ...['amount', 'cardNo', 'cardToken', 'checkoutId', 'currencyCode', 'invoiceNum', 'mid', 'paywizardId', 'respCode', 'respDesc', 'rrn'],
  ...['state', 'traceNum', 'tranTime', 'transId', 'transIndexCode', 'transResult', 'transType'],
];

let edge: TestEdge;
beforeAll(async () => {
  edge = await TestEdge.start();
}, 30_000);
afterAll(() => edge.stop(), 30_000);
beforeEach(() => {
  edge.reset();
  edge.answer(findBinding, done(binding));
  edge.answer(findPresence, done(presence));
  edge.answer(findOpenTransaction, done({}));
  edge.answer(operateTerminal, done({ done: true }));
});

const till = () => ({ clientId: edge.caller.clientId, merchantId: MERCHANT_ID, posId: 'TILL1' });
const operate = (operationType: unknown, more: object = {}) =>
  edge.call('terminalOperations', { clientId: edge.caller.clientId, posId: 'TILL1', sn: 'SN1', operationType, ...more });
const dataOf = ({ body }: { body: { data?: unknown } }) => body.data as Record<string, unknown>;

describe('a cancel', () => {
  it("is asked for under the token's merchant, and tells that nothing is settled yet", async () => {
    edge.answer(cancelTransaction, done({ transaction: running }));
    const told = await operate('3');
    expect(told).toMatchObject({ status: 200, body: { code: 200, data: { transResult: 2, state: 1, mid: MERCHANT_ID } } });
    expect(Object.keys(dataOf(told)).sort()).toEqual(MEMBERS);
    const [heard] = edge.heardOf(cancelTransaction);
    expect(heard?.payload).toEqual({ ...till(), terminalSn: 'SN1' });
    expect(cancelTransaction.validate(heard?.payload)).toMatchObject({ ok: true });
  });

  it('without a serial number means whatever terminal the till has', async () => {
    edge.answer(cancelTransaction, done({ transaction: running }));
    expect((await operate(3, { sn: '' })).body.code).toBe(200);
    expect(edge.heardOf(cancelTransaction)[0]?.payload).toEqual(till());
  });

  it('of what is over is refused with its result', async () => {
    const transaction = sampleTransaction('approved', 5, { result: sampleResult });
    edge.answer(cancelTransaction, refused('not-cancellable', 'it is approved', { transaction, aftermath: 'refunded' }));
    const told = await operate(3);
    expect(told).toMatchObject({
      status: 200,
      body: { code: 40903, data: { transResult: 0, state: 4, rrn: sampleResult.rrn }, advice: { nextAction: 'query the transaction' } },
    });
    expect(Object.keys(dataOf(told)).sort()).toEqual(MEMBERS);
  });

  it('shows nothing that is no result, whatever the owner gives with its refusal', async () => {
    edge.answer(cancelTransaction, refused('not-cancellable', undefined, { inside: 'x' }));
    expect((await operate(3)).body).not.toHaveProperty('data');
  });

  it.each([
    ['till-not-bound', 40401],
    ['terminal-unknown', 40404],
    ['transaction-not-found', 40402],
  ] as const)('is refused as %s: %i', async (name, code) => {
    edge.answer(cancelTransaction, refused(name));
    expect(await operate(3)).toMatchObject({ status: 200, body: { code, advice: { safeToRetry: true, moneyMoved: 'unknown' } } });
  });

  it('of which nobody knows whether it was asked may be asked again', async () => {
    edge.answer(cancelTransaction, { outcome: 'expired' });
    expect(await operate(3)).toMatchObject({ status: 200, body: { code: 50401, advice: { safeToRetry: true, moneyMoved: 'unknown' } } });
  });
});

describe('the state of a terminal', () => {
  it('of an idle one says nothing that could be taken for a result', async () => {
    const told = await operate(1);
    const own = { online: true, busy: false, since: '2026-11-01 09:00:00', appVersion: '2.1', lastSeenMs: 900, rttMs: 12.5 };
    expect(told.body).toMatchObject({ code: 200, data: { ...own, transResult: '', state: '', transIndexCode: '', mid: MERCHANT_ID } });
    expect(Object.keys(dataOf(told)).sort()).toEqual([...MEMBERS, ...Object.keys(own)].sort());
    expect(edge.heardOf(findPresence)[0]?.payload).toEqual({ terminalUid });
    expect(edge.heardOf(findOpenTransaction)[0]?.payload).toEqual(till());
    expect(edge.heardOf(findTransaction)).toEqual([]);
  });

  it('of a busy one tells of what is under way', async () => {
    edge.answer(findOpenTransaction, done({ tradeNo: 't1' }));
    edge.answer(findTransaction, done({ transaction: running }));
    expect(dataOf(await operate(1))).toMatchObject({ busy: true, transResult: 2, transIndexCode: running.transIndexCode });
    expect(edge.heardOf(findTransaction)[0]?.payload).toEqual({
      clientId: edge.caller.clientId,
      merchantId: MERCHANT_ID,
      tradeNo: 't1',
    });
  });

  it('is not busy with what ended while it was looked at', async () => {
    edge.answer(findOpenTransaction, done({ tradeNo: 't1' }));
    edge.answer(findTransaction, done({ transaction: sampleTransaction('approved', 5, { result: sampleResult }) }));
    expect(dataOf(await operate(1))).toMatchObject({ busy: false, transResult: 0, state: 2 });
  });

  it('of one that never connected is told without what is not known', async () => {
    edge.answer(findPresence, done({ online: false }));
    const told = dataOf(await operate(1));
    expect(told).toMatchObject({ online: false, busy: false });
    for (const member of ['since', 'appVersion', 'lastSeenMs', 'rttMs']) expect(told).not.toHaveProperty(member);
    expect(Object.values(told)).not.toContain(null);
  });

  it.each([
    ['its owner', findPresence],
    ['the owner of transactions', findOpenTransaction],
  ])('is not told when %s is away', async (_name, definition) => {
    edge.answer(definition as typeof findPresence, { outcome: 'unavailable', retryAfterMs: 1_000 });
    expect(await operate(1)).toMatchObject({ status: 503, body: { code: 50302 } });
  });
});

describe('the last receipt', () => {
  it.each([true, false])('is printed again (%p)', async (isDone) => {
    edge.answer(operateTerminal, done({ done: isDone }));
    const told = await operate(2);
    expect(told.body).toMatchObject({ code: 200, data: { done: isDone, transResult: '', state: '' } });
    expect(edge.heardOf(operateTerminal)[0]?.payload).toEqual({ terminalUid, operation: 'reprint-last' });
  });

  it('needs a terminal that is connected', async () => {
    edge.answer(operateTerminal, refused('terminal-offline'));
    expect(await operate(2)).toMatchObject({
      status: 200,
      body: { code: 50301, advice: { nextAction: expect.stringMatching(/^check the terminal/) } },
    });
  });
});

describe('before a terminal is asked', () => {
  it.each([1, 2])('operation %i: the till has to have one, and the one that is named', async (operationType) => {
    expect((await operate(operationType, { sn: 'SN2' })).body).toMatchObject({ code: 40404 });
    edge.answer(findBinding, refused('till-not-bound', 'posId TILL1'));
    expect((await operate(operationType)).body).toMatchObject({ code: 40401 });
    // An owner of an older release does not say which terminal it is.
    edge.answer(findBinding, done(terminal));
    expect((await operate(operationType)).body).toMatchObject({ code: 50302 });
    expect([...edge.heardOf(findPresence), ...edge.heardOf(operateTerminal)]).toEqual([]);
  });

  it.each([0, 4, -1, 1.5, '3x', null, [3], true])('operation %p is none', async (operationType) => {
    expect((await operate(operationType)).body).toMatchObject({ code: 40001, msg: expect.stringContaining('operationType: expected 1 (') });
  });

  it('the merchant of the token counts, and no other', async () => {
    expect((await operate(3, { merchantId: 'elsewhere' })).body).toMatchObject({ code: 40301 });
  });

  it('version 1 has no such path', async () => {
    expect((await edge.send('POST', '/ovstrade/semiOpen/terminalOperations', '{}')).body.code).toBe(40400);
  });
});
