import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  bindTill,
  done,
  findBinding,
  findCaller,
  findTransaction,
  initiateTransaction,
  listBindings,
  refused,
  replayed,
  sampleResult,
  sampleTransaction,
} from '@tillbridge/contracts';
import { signRequest } from '@tillbridge/protocol';
import { eventually } from '@tillbridge/testkit';
import { MERCHANT_ID, TestEdge } from './test-edge.js';

const accepted = {
  transactionId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a001',
  transIndexCode: '848981718949036032',
  acceptedAt: '2026-11-01T10:00:00.000Z',
};
const bound = { tillUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a004', terminalUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a002' };
const binding = { posId: 'TILL1', terminalSn: 'WP123987987897', terminalId: '00000000' };
const TIMESTAMP = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/;

let edge: TestEdge;
beforeAll(async () => {
  edge = await TestEdge.start();
}, 30_000);
afterAll(() => edge.stop(), 30_000);
beforeEach(() => {
  edge.reset();
  edge.answer(initiateTransaction, done(accepted));
  edge.answer(bindTill, done(bound));
  edge.answer(listBindings, done({ bindings: [binding] }));
  edge.answer(findBinding, done(binding));
});

const who = (): object => ({ clientId: edge.caller.clientId, merchantId: MERCHANT_ID });
const purchase = (more: object = {}): object => ({
  ...who(),
  posId: 'TILL1',
  tradeNo: 't1',
  transType: 'Purchase',
  transAmount: 1000,
  ...more,
});

describe('the four operations', () => {
  it("takes what the vendor's demo client sends", async () => {
    const text =
      `{"clientId":"${edge.caller.clientId}","merchantId":"${MERCHANT_ID}","posId":"${edge.token}","terminalId":"00000000",` +
      '"tradeNo":"demo\\/1","transType":"Purchase","transScheme":"Credit","callerName":"演示商户","transAmount":"1000","currencyCode":"458",' +
      '"reqTransDate":"20240812","reqTransTime":"034700","oriTransIndexCode":"","oriTraceNum":"","oriInvoiceNum":"","oriTransId":"","oriRrn":""}';
    const told = await edge.call('internetTrans', text, { 'user-agent': 'okhttp/4.9.0' });
    expect(told.status).toBe(200);
    expect(told.body).toEqual({ code: 200, msg: 'success', timestamp: expect.stringMatching(TIMESTAMP) });
    expect(told.headers.get('x-idempotent-replay')).toBeNull();
    const [heard] = edge.heardOf(initiateTransaction);
    expect(initiateTransaction.validate(heard?.payload)).toMatchObject({ ok: true });
    expect(heard?.payload).toMatchObject({
      posId: edge.token,
      tradeNo: 'demo/1',
      instruction: { callerName: '演示商户', amount: { amountMinor: 1000, currency: '458' }, reqTransTime: '034700' },
    });
  });

  it('marks a replay', async () => {
    edge.answer(initiateTransaction, replayed(accepted));
    const told = await edge.call('internetTrans', purchase());
    expect(told).toMatchObject({ status: 200, body: { code: 200, msg: 'success' } });
    expect(told.headers.get('x-idempotent-replay')).toBe('true');
  });

  it('binds a till, with no data in the answer', async () => {
    const told = await edge.call('registerTerminal', { ...who(), ...binding });
    expect(told.body).toEqual({ code: 200, msg: 'success', timestamp: expect.stringMatching(TIMESTAMP) });
    expect(edge.heardOf(bindTill)[0]?.payload).toEqual({ ...who(), ...binding });
  });

  it('lists the bound tills as an array, also when there are none', async () => {
    const { posId: bindPosId, ...terminal } = binding;
    expect((await edge.call('queryTerminalList', who())).body.data).toEqual([{ ...terminal, bindPosId }]);
    edge.answer(listBindings, done({ bindings: [] }));
    expect((await edge.call('queryTerminalList', who())).body.data).toEqual([]);
  });

  it('tells the result as an object, without a transType in the query', async () => {
    const result = { ...sampleResult, amountMinor: 1100 };
    edge.answer(findTransaction, done({ transaction: sampleTransaction('approved', 5, { result }) }));
    const told = await edge.call('getCashierAgentResult', { ...who(), tradeNo: 't1' });
    expect(told.body).toMatchObject({
      code: 200,
      data: { transResult: 0, state: 2, amount: '1100', cardNo: '411111******1111', mid: MERCHANT_ID },
    });
    expect(edge.heardOf(findTransaction)[0]?.payload).toEqual({ ...who(), tradeNo: 't1' });
  });

  it('passes on what the owner refuses, with its code, a message and advice', async () => {
    edge.answer(findTransaction, refused('transaction-not-found'));
    const told = await edge.call('getCashierAgentResult', { ...who(), tradeNo: 't1' });
    expect(told).toMatchObject({ status: 200, body: { code: 40402, msg: expect.any(String), advice: { moneyMoved: 'unknown' } } });
    expect(told.body).not.toHaveProperty('data');
  });
});

describe('a follow-up', () => {
  const refund = (more: object = {}): object => purchase({ transType: 'Refund', oriRrn: '000120324144', oriTransId: '', ...more });

  it('names its original to the owner, in version 1 as well', async () => {
    const text = JSON.stringify(refund({ version: '1.0.0' }));
    const told = [
      await edge.call('internetTrans', text),
      await edge.send('POST', '/ovstrade/semiOpen/internetTrans', text, { 'jwt-token': edge.token }),
    ];
    for (const { body } of told) expect(body).toMatchObject({ code: 200, msg: 'success' });
    const [first, second] = edge.heardOf(initiateTransaction);
    expect(initiateTransaction.validate(first?.payload)).toMatchObject({ ok: true });
    expect(first?.payload).toMatchObject({ instruction: { transType: 'Refund', original: { rrn: '000120324144' } } });
    expect(second?.payload).toEqual(first?.payload);
  });

  it.each([
    ['original-not-found', 40403, true, /query it first; else check the identifiers of the original$/],
    ['original-forbids', 40905, false, /query it first; else query the original to see what is left of it$/],
    ['terminal-offline', 50301, true, /query it first; else check the terminal, then send the request again$/],
    ['terminal-busy', 40902, true, /query it first; else wait until the terminal is free/],
  ] as const)('that is refused as %s (%i) started nothing', async (name, code, safeToRetry, action) => {
    edge.answer(initiateTransaction, refused(name, 'so it is'));
    const told = await edge.call('internetTrans', refund());
    const advice = { moneyMoved: 'no', safeToRetry, nextAction: expect.stringMatching(action) };
    expect(told).toMatchObject({ status: 200, body: { code, msg: expect.stringMatching(/: so it is$/), advice } });
    expect(edge.heardOf(initiateTransaction)).toHaveLength(1);
  });
});

describe('who calls is settled before what is asked', () => {
  it('refuses a body of which one byte was changed, and asks no owner to do anything', async () => {
    const text = JSON.stringify(purchase());
    const sign = signRequest(text, edge.caller.clientId, edge.caller.clientSecrets[0]!);
    const told = await edge.call('internetTrans', text.replace('1000', '9000'), { sign });
    expect(told).toMatchObject({ status: 200, body: { code: 40102 } });
    expect(edge.heardOf(initiateTransaction)).toEqual([]);
  });

  it('takes a signature with either of two valid secrets, in upper case as well', async () => {
    const text = JSON.stringify(purchase());
    const sign = signRequest(text, edge.caller.clientId, edge.caller.clientSecrets[1]!).toUpperCase();
    expect((await edge.call('internetTrans', text, { sign })).body.code).toBe(200);
  });

  it('answers with the first reason in the documented order', async () => {
    const stranger = { 'jwt-token': 'X'.repeat(32) };
    const wrong = { sign: 'f'.repeat(64) };
    const bad = { clientId: 'nobody', merchantId: 'another', transType: 'Sale' };
    const own = { ...bad, clientId: edge.caller.clientId };
    const codeOf = async (body: object | string, headers: Record<string, string> = {}): Promise<number> =>
      (await edge.call('internetTrans', body, headers)).body.code;
    expect(await codeOf('[1]', { ...stranger, ...wrong })).toBe(40002);
    expect(await codeOf('{"clientId":', stranger)).toBe(40002);
    expect(await codeOf(bad, { ...stranger, ...wrong })).toBe(40101);
    expect(await codeOf({ ...bad, clientId: undefined }, stranger)).toBe(40101);
    expect(await codeOf(bad, { 'jwt-token': '' })).toBe(40101);
    expect(await codeOf(bad, wrong)).toBe(40103);
    expect(await codeOf({ ...bad, clientId: undefined }, wrong)).toBe(40103);
    expect(await codeOf(own, wrong)).toBe(40102);
    expect(await codeOf(own)).toBe(40001);
    expect(await codeOf(purchase({ merchantId: 'another', transType: 'Sale' }))).toBe(40003);
    expect(await codeOf(purchase({ merchantId: 'another' }))).toBe(40301);
    expect(edge.heardOf(initiateTransaction)).toEqual([]);
  });

  it('refuses a call without a signature', async () => {
    const told = await edge.send('POST', '/ovstrade/semiOpen/v3/internetTrans', JSON.stringify(purchase()), { 'jwt-token': edge.token });
    expect(told).toMatchObject({ status: 200, body: { code: 40102 } });
  });

  it('names the wrong field and what is expected', async () => {
    const told = await edge.call('internetTrans', purchase({ transAmount: '10.00' }));
    expect(told.body).toMatchObject({ code: 40001, msg: expect.stringMatching(/transAmount: expected .* minor units/) });
  });

  it('never sends a token to an owner', async () => {
    await edge.call('internetTrans', purchase({ tradeNo: 'secret' }), { 'jwt-token': 'Y'.repeat(32) });
    expect(edge.heardOf(findCaller)).toHaveLength(1);
    expect(JSON.stringify(edge.heard)).not.toContain('Y'.repeat(32));
  });
});

describe('a till that was bound a moment ago', () => {
  it('is served as soon as the owner of transactions has heard of it', async () => {
    edge.answer(initiateTransaction, refused('till-not-bound'), refused('till-not-bound'), done(accepted));
    expect((await edge.call('internetTrans', purchase())).body.code).toBe(200);
    const payloads = edge.heardOf(initiateTransaction).map(({ payload }) => payload);
    expect(payloads).toHaveLength(3);
    expect(payloads[2]).toEqual(payloads[0]);
    expect(edge.heardOf(findBinding).map(({ payload }) => payload)).toEqual([{ ...who(), posId: 'TILL1' }]);
    expect(edge.heardOf(listBindings)).toEqual([]);
  });

  it('is refused in the end when the fact does not come', async () => {
    edge.answer(initiateTransaction, refused('till-not-bound'));
    expect((await edge.call('internetTrans', purchase())).body.code).toBe(40401);
    expect(edge.heardOf(initiateTransaction)).toHaveLength(5);
  });

  it('is not waited for when it is bound nowhere', async () => {
    edge.answer(initiateTransaction, refused('till-not-bound', 'posId NOBODY'));
    edge.answer(findBinding, refused('till-not-bound'));
    const told = await edge.call('internetTrans', purchase({ posId: 'NOBODY' }));
    expect(told.body).toMatchObject({ code: 40401, msg: expect.stringContaining('NOBODY') });
    expect(edge.heardOf(initiateTransaction)).toHaveLength(1);
  });
});

describe('the form of an answer is the same for what goes wrong', () => {
  const inTheDialect = { msg: expect.any(String), timestamp: expect.stringMatching(TIMESTAMP), advice: { moneyMoved: 'no' } };
  const path = '/ovstrade/semiOpen/v3/internetTrans';

  it.each([
    ['an unknown path', 'POST', '/ovstrade/semiOpen/v3/noSuch', '{}', {}, 404, 40400],
    ['an unknown root', 'GET', '/ovstrade', undefined, {}, 404, 40400],
    ['a wrong method', 'GET', path, undefined, {}, 405, 40500],
    ['another wrong method', 'PUT', path, '{}', {}, 405, 40500],
    ['a body above 64 KiB', 'POST', path, `{"a":"${'x'.repeat(65_536)}"}`, {}, 413, 41300],
    ['another media type', 'POST', path, '{}', { 'content-type': 'text/plain' }, 415, 41500],
    ['no body', 'POST', path, '', {}, 200, 40002],
    ['a wrong method with another media type', 'PUT', path, 'x', { 'content-type': 'text/plain' }, 405, 40500],
    ['a wrong method with a body above 64 KiB', 'PATCH', path, `{"a":"${'x'.repeat(65_536)}"}`, {}, 405, 40500],
    ['a wrong method without a body', 'DELETE', path, undefined, {}, 405, 40500],
    ['a path that cannot be decoded', 'POST', '/ovstrade/semiOpen/v3/%zz', '{}', {}, 404, 40400],
    ['a path that is no UTF-8', 'POST', '/ovstrade/%ff', '{}', {}, 404, 40400],
  ])('%s', async (_name, method, target, body, headers, status, code) => {
    expect(await edge.send(method, target, body, headers as Record<string, string>)).toMatchObject({
      status,
      body: { ...inTheDialect, code },
    });
  });

  it('the method that a path takes', async () => {
    expect((await edge.send('PUT', path, '{}')).headers.get('allow')).toBe('POST');
  });

  it.each([
    ['that is no HTTP', 'NONSENSE\r\n\r\n', 400],
    ['whose headers are too large', `POST ${path} HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['whose length is none', `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n`, 400],
  ])('a call %s', async (_name, bytes, status) => {
    const told = await edge.sendRaw(bytes);
    expect(told).toMatchObject({ status, body: { ...inTheDialect, code: 40000 } });
  });

  it('advice of a query is about the query', async () => {
    edge.answer(findTransaction, { outcome: 'unavailable', retryAfterMs: 1_000 });
    const query = { ...who(), tradeNo: 't1' };
    const advice = { moneyMoved: 'unknown', safeToRetry: true };
    expect(await edge.call('getCashierAgentResult', query)).toMatchObject({ status: 503, body: { code: 50302, advice } });
    const unread = await edge.send('POST', path.replace('internetTrans', 'getCashierAgentResult'), 'x', { 'content-type': 'text/plain' });
    expect(unread).toMatchObject({ status: 415, body: { code: 41500, advice } });
  });

  it('a body that is no UTF-8', async () => {
    const told = await edge.send('POST', path, Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]));
    expect(told).toMatchObject({ status: 200, body: { code: 40002 } });
  });

  it('an owner that has nothing to give now', async () => {
    edge.answer(initiateTransaction, { outcome: 'unavailable', retryAfterMs: 2_000 });
    const told = await edge.call('internetTrans', purchase());
    expect(told).toMatchObject({ status: 503, body: { ...inTheDialect, code: 50302 } });
    expect(told.headers.get('retry-after')).toBe('2');
  });

  it('an owner that found the request too late', async () => {
    edge.answer(initiateTransaction, { outcome: 'expired' });
    expect(await edge.call('internetTrans', purchase())).toMatchObject({
      status: 200,
      body: { code: 50401, advice: { moneyMoved: 'unknown' } },
    });
  });

  it('a defect, of which only an id is told', async () => {
    edge.answer(initiateTransaction, { outcome: 'defect', correlationId: 'id-of-the-defect' });
    const told = await edge.call('internetTrans', purchase());
    expect(told).toMatchObject({ status: 500, body: { code: 50001, msg: 'internal error: correlation id id-of-the-defect' } });
    // A reply that is none of ours breaks the edge itself.
    edge.answer(listBindings, {} as never);
    const broken = await edge.call('queryTerminalList', who(), { 'x-request-id': 'till-request-1' });
    expect(broken).toMatchObject({ status: 500, body: { code: 50001, msg: 'internal error: correlation id till-request-1' } });
  });
});

describe('one call is one trace', () => {
  it("passes the caller's ids on and gives them back", async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const told = await edge.call('internetTrans', purchase(), {
      'x-request-id': 'till-request-7',
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
    });
    expect(told.headers.get('x-request-id')).toBe('till-request-7');
    expect(told.headers.get('traceparent')).toContain(traceId);
    expect(edge.heardOf(initiateTransaction)[0]?.correlationId).toBe('till-request-7');
  });

  it('makes ids of its own where there are none that it can use', async () => {
    const told = await edge.call('internetTrans', purchase(), { 'x-request-id': 'a b', traceparent: 'x' });
    expect(told.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(told.headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });
});

describe('when NATS is away', () => {
  it('nothing is started, and the caller is told so at once; afterwards it works again by itself', async () => {
    await edge.nats.kill();
    const told = await edge.call('internetTrans', purchase());
    expect(told).toMatchObject({ status: 503, body: { code: 50302, advice: { moneyMoved: 'no' } } });
    expect(edge.heardOf(initiateTransaction)).toEqual([]);
    await edge.nats.restart();
    await eventually(async () => expect((await edge.call('internetTrans', purchase())).body.code).toBe(200), 10_000);
  }, 30_000);
});
