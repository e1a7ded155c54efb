import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  bindTill,
  credentialsChanged,
  done,
  findMerchantAccess,
  findOpenTransaction,
  initiateTransaction,
  issueMerchantToken,
  listBindings,
  refused,
  replayed,
  unbindTill,
} from '@tillbridge/contracts';
import { newClientSecret, newPlatformId, plusMs, sha256Hex } from '@tillbridge/kernel';
import { eventually } from '@tillbridge/testkit';
import { someCaller } from './some-caller.js';
import { BEHIND_PROXY, elsewhere, MERCHANT_ID, TestEdge } from './test-edge.js';

const V1 = '/ovstrade/semiOpen';
const WITHIN_MS = 2_000;
const accepted = {
  transactionId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a001',
  transIndexCode: '848981718949036032',
  acceptedAt: '2026-11-01T10:00:00.000Z',
};
const bound = { tillUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a004', terminalUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a002' };
const binding = { posId: 'TILL1', terminalSn: 'WP123987987897', terminalId: '00000000' };

let edge: TestEdge;
beforeAll(async () => {
  edge = await TestEdge.start(BEHIND_PROXY);
}, 30_000);
afterAll(() => edge.stop(), 30_000);
beforeEach(() => {
  edge.reset();
  edge.answer(initiateTransaction, done(accepted));
  edge.answer(bindTill, done(bound));
  edge.answer(unbindTill, done({ changed: true }));
  edge.answer(listBindings, done({ bindings: [binding] }));
});

const who = (): object => ({ clientId: edge.caller.clientId, merchantId: MERCHANT_ID });
const purchase = (): object => ({ ...who(), posId: 'TILL1', tradeNo: 't1', transType: 'Purchase', transAmount: 1000 });

/** A call of version 1: the token and nothing else. */
const callV1 = (operation: string, body: object, token = edge.token) =>
  edge.send('POST', `${V1}/${operation}`, JSON.stringify({ ...body, version: '1.0.0' }), {
    'jwt-token': token,
    'x-forwarded-for': elsewhere(),
  });

describe('version 1', () => {
  it('asks the owners for the very same as version 3, without a signature', async () => {
    for (const [operation, definition, body] of [
      ['registerTerminal', bindTill, { ...who(), ...binding }],
      ['queryTerminalList', listBindings, who()],
      ['unbindTerminal', unbindTill, { ...who(), posId: 'TILL1' }],
      ['internetTrans', initiateTransaction, purchase()],
    ] as const) {
      const [v1, v3] = [await callV1(operation, body), await edge.call(operation, body)];
      expect([operation, v1.body.code, v3.body.code]).toEqual([operation, 200, 200]);
      expect(v1.body.data).toEqual(v3.body.data);
      const [first, second, ...more] = edge.heardOf(definition).map(({ payload }) => payload);
      expect(first).toEqual(second);
      expect(more).toEqual([]);
    }
  });

  it('is refused when it is switched off for the developer, whose version 3 goes on', async () => {
    const { caller, token } = edge.admit(someCaller({ ...edge.caller, unsignedAllowed: false }));
    const list = { clientId: caller.clientId, merchantId: MERCHANT_ID };
    expect((await callV1('queryTerminalList', list, token)).body.code).toBe(40104);
    expect((await edge.call('queryTerminalList', list, { 'jwt-token': token })).body.code).toBe(200);
  });
});

describe('unbindTerminal', () => {
  it('takes the till off its terminal, with no data in the answer', async () => {
    const told = await edge.call('unbindTerminal', { ...who(), posId: 'TILL1', terminalId: '00000000', terminalSn: 'another device' });
    expect(told.body).toEqual({ code: 200, msg: 'success', timestamp: expect.any(String) });
    // The posId wins: what the demo client sends beside it is a placeholder, or the serial of another device.
    expect(edge.heardOf(unbindTill).map(({ payload }) => payload)).toEqual([{ ...who(), posId: 'TILL1' }]);
  });

  it('goes by the TID alone when there is no posId, also when that was sent as a number', async () => {
    expect((await edge.call('unbindTerminal', { ...who(), posId: '', terminalId: 12_345_678 })).body.code).toBe(200);
    expect(edge.heardOf(unbindTill).map(({ payload }) => payload)).toEqual([{ ...who(), terminalId: '12345678' }]);
  });

  it('needs one of the two', async () => {
    const told = await edge.call('unbindTerminal', { ...who(), terminalSn: 'SN1' });
    expect(told.body).toMatchObject({ code: 40001, msg: expect.stringContaining('posId') });
    expect(edge.heardOf(unbindTill)).toEqual([]);
  });
});

describe('registerTerminal of a till that is bound to another terminal', () => {
  it('binds it anew when no transaction is open on it', async () => {
    edge.answer(bindTill, refused('bound-otherwise'), done(bound));
    edge.answer(findOpenTransaction, done({}));
    expect((await edge.call('registerTerminal', { ...who(), ...binding })).body.code).toBe(200);
    expect(edge.heardOf(bindTill).map(({ payload }) => payload['mayRebind'])).toEqual([undefined, true]);
  });

  it('is refused while one is open, and says which', async () => {
    edge.answer(bindTill, refused('bound-otherwise'), done(bound));
    edge.answer(findOpenTransaction, done({ tradeNo: 't77' }));
    const told = await edge.call('registerTerminal', { ...who(), ...binding });
    expect(told.body).toMatchObject({ code: 40904, msg: expect.stringContaining('t77'), advice: { moneyMoved: 'no' } });
    expect(edge.heardOf(bindTill)).toHaveLength(1);
  });

  it('is not bound anew when nobody can say', async () => {
    edge.answer(bindTill, refused('bound-otherwise'), done(bound));
    edge.answer(findOpenTransaction, { outcome: 'unavailable', retryAfterMs: 1_000 });
    expect(await edge.call('registerTerminal', { ...who(), ...binding })).toMatchObject({ status: 503, body: { code: 50302 } });
    expect(edge.heardOf(bindTill)).toHaveLength(1);
  });
});

describe('generateAccessToken', () => {
  const access = (more: object = {}) =>
    done({ clientSecrets: edge.caller.clientSecrets, unsignedAllowed: true, merchantName: 'Corner Shop', revocations: 0, ...more });
  const ask = (more: object = {}) =>
    callV1('generateAccessToken', { ...who(), clientSecret: edge.caller.clientSecrets[1], channelName: 'epx', ...more }, '');
  const tokensOf = async (): Promise<string[]> => ((await ask()).body.data as { token: string }[]).map(({ token }) => token);

  beforeEach(() => {
    edge.answer(findMerchantAccess, access());
    edge.answer(issueMerchantToken, done({ changed: true }), done({ changed: true }), replayed({ changed: false }));
  });

  it('gives the two tokens of the merchant in the form of the vendor', async () => {
    const told = await ask();
    const entry = { merchantId: MERCHANT_ID, merchantName: 'Corner Shop', channelName: 'epx', expiryTime: -1 };
    const token = expect.stringMatching(/^[A-Z0-9]{32}$/);
    expect(told.body).toMatchObject({
      code: 200,
      data: [
        { ...entry, token, type: 'Terminal' },
        { ...entry, token, type: 'eCommerce' },
      ],
    });
    const tokens = (told.body.data as { token: string }[]).map((each) => sha256Hex(each.token));
    expect(edge.heardOf(issueMerchantToken).map(({ payload }) => payload['tokenHash'])).toEqual(tokens);
    for (const { payload } of edge.heardOf(issueMerchantToken)) expect(issueMerchantToken.validate(payload)).toMatchObject({ ok: true });
  });

  it('gives the same tokens each time, until one was revoked', async () => {
    const tokens = await tokensOf();
    expect(await tokensOf()).toEqual(tokens);
    edge.answer(findMerchantAccess, access({ revocations: 1 }));
    for (const token of await tokensOf()) expect(tokens).not.toContain(token);
  });

  it.each([
    ['an unknown developer', () => refused('client-mismatch'), {}],
    ['a wrong secret', () => access(), { clientSecret: newClientSecret() }],
    ['no secret', () => access(), { clientSecret: '' }],
  ])('says the same of %s', async (_what, found, more) => {
    edge.answer(findMerchantAccess, found());
    expect((await ask(more)).body).toMatchObject({ code: 40103, msg: expect.stringContaining('unknown clientId, or wrong clientSecret') });
    expect(edge.heardOf(issueMerchantToken)).toEqual([]);
  });

  it("does not tell another's merchant from none", async () => {
    edge.answer(findMerchantAccess, access({ merchantName: undefined }));
    expect((await ask()).body.code).toBe(40301);
    expect(edge.heardOf(issueMerchantToken)).toEqual([]);
  });

  it('is limited hard: ten in a minute by address', async () => {
    const from = { 'x-forwarded-for': elsewhere() };
    const told = [];
    for (let call = 0; call < 11; call += 1) told.push(await edge.send('POST', `${V1}/generateAccessToken`, '{}', from));
    expect(told.map(({ status }) => status)).toEqual([...Array.from({ length: 10 }, () => 200), 429]);
    expect(told[10]?.body).toMatchObject({ code: 42901, advice: { moneyMoved: 'no' } });
    expect(Number(told[10]?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('never sends the secret to an owner', async () => {
    await ask();
    expect(JSON.stringify(edge.heard)).not.toContain(edge.caller.clientSecrets[1]);
  });
});

describe('credentials that end', () => {
  const freshCaller = (more: object = {}) =>
    edge.admit(
      someCaller({ clientId: newPlatformId(new Date()), clientSecrets: edge.caller.clientSecrets, merchantId: MERCHANT_ID, ...more }),
    );
  const list = async ({ caller, token }: ReturnType<typeof freshCaller>): Promise<number> =>
    (await callV1('queryTerminalList', { clientId: caller.clientId, merchantId: MERCHANT_ID }, token)).body.code;

  it('a token works until it expires, also when it is remembered', async () => {
    const soon = plusMs(new Date(), 500).toISOString();
    const caller = freshCaller({ tokenExpiresAt: soon });
    expect(await list(caller)).toBe(200);
    await eventually(async () => expect(await list(caller)).toBe(40101), WITHIN_MS);
  });

  it('a suspended merchant is like one that does not exist', async () => {
    expect(await list(freshCaller({ merchantStanding: 'suspended' }))).toBe(40301);
  });

  it('a revoked token ends at once, as soon as the owner says so', async () => {
    const caller = freshCaller();
    expect(await list(caller)).toBe(200);
    edge.revoke(caller.token);
    expect(await list(caller)).toBe(200);
    const { clientId, merchantId, tokenUid } = caller.caller;
    edge.tell(credentialsChanged, { clientId, merchantId, tokenUid, version: 2 });
    await eventually(async () => expect(await list(caller)).toBe(40101), WITHIN_MS);
  });
});
