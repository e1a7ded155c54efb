import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  addClientSecret,
  bindTill,
  changeDeveloper,
  changeMerchant,
  changeTerminal,
  changeTill,
  done,
  inviteTerminal,
  issueMerchantToken,
  listAuditEntries,
  listDevelopers,
  listMerchants,
  listMerchantTokens,
  listPairingCodes,
  listTerminals,
  listTills,
  refused,
  removeClientSecret,
  resealClientSecrets,
  revokeMerchantToken,
  revokePairingCode,
  unbindTill,
  type ErrorName,
} from '@tillbridge/contracts';
import { sha256Hex } from '@tillbridge/kernel';
import { ALICE_TOKEN, TestEdge } from './test-edge.js';

/** What operators ask reaches the owner as it is meant, under the operator's name; what is not understood reaches nobody. */

const merchant = { clientId: '825429536610058240', merchantId: '10800000003' };
const uid = '0193aa3e-7c1b-7d30-9a51-2f60c1f7a002';
const otherUid = '0193aa3e-7c1b-7d30-9a51-2f60c1f7a003';
const at = '2026-11-01T09:00:00.000Z';
const recorded = done({ changed: true });

let edge: TestEdge;
beforeAll(async () => {
  edge = await TestEdge.start();
}, 30_000);
afterAll(() => edge.stop(), 30_000);
beforeEach(() => edge.reset());

const payloads = (): unknown[] => edge.heard.map(({ payload }) => payload);
const admin = (method: string, path: string, body?: object) => edge.admin(method, path, body, ALICE_TOKEN);

describe('a change reaches its owner with the name of the operator', () => {
  const changes = [
    ['PATCH', `developers/${merchant.clientId}`, { unsignedAllowed: false }, changeDeveloper, { clientId: merchant.clientId }],
    ['PATCH', `developers/${merchant.clientId}`, { name: 'New', standing: 'active' }, changeDeveloper, { clientId: merchant.clientId }],
    [
      'DELETE',
      `developers/${merchant.clientId}/secrets/${uid}`,
      undefined,
      removeClientSecret,
      { clientId: merchant.clientId, secretUid: uid },
    ],
    ['PATCH', `merchants/${merchant.clientId}/${merchant.merchantId}`, { terminalPolicy: 'create-on-register' }, changeMerchant, merchant],
    ['DELETE', `merchant-tokens/${uid}`, undefined, revokeMerchantToken, { tokenUid: uid }],
    ['PATCH', `terminals/${uid}`, { standing: 'suspended' }, changeTerminal, { terminalUid: uid }],
    ['PATCH', `terminals/${uid}`, { terminalId: '12345678' }, changeTerminal, { terminalUid: uid }],
    ['DELETE', `terminals/${uid}/key`, undefined, changeTerminal, { terminalUid: uid, revokeKey: true }],
    ['DELETE', `pairing-codes/${uid}`, undefined, revokePairingCode, { codeUid: uid }],
    ['PATCH', `tills/${uid}`, { standing: 'active' }, changeTill, { tillUid: uid }],
    [
      'DELETE',
      `bindings?clientId=c&merchantId=m&posId=TILL%201`,
      undefined,
      unbindTill,
      { clientId: 'c', merchantId: 'm', posId: 'TILL 1' },
    ],
  ] as const;

  it.each(changes)('%s %s %j', async (method, path, body, definition, ids) => {
    edge.answer(definition as typeof changeTill, recorded);
    expect(await admin(method, path, body)).toMatchObject({ status: 200, body: { changed: true } });
    expect(payloads()).toEqual([{ ...ids, ...body, by: 'alice' }]);
    expect(definition.validate(payloads()[0])).toMatchObject({ ok: true });
  });

  it('a currency with four digits is kept with three', async () => {
    edge.answer(changeMerchant, recorded);
    await admin('PATCH', `merchants/${merchant.clientId}/${merchant.merchantId}`, { currencyCode: '0978' });
    expect(payloads()).toEqual([{ ...merchant, currencyCode: '978', by: 'alice' }]);
  });

  it('a second secret is shown once', async () => {
    edge.answer(addClientSecret, recorded);
    const told = await admin('POST', `developers/${merchant.clientId}/secrets`);
    expect(told).toMatchObject({ status: 201, body: { clientSecret: expect.stringMatching(/^[0-9a-f]{32}$/) } });
    expect(payloads()).toEqual([{ clientId: merchant.clientId, ...told.body, by: 'alice' }]);
  });

  it('a token may end', async () => {
    edge.answer(issueMerchantToken, recorded);
    const told = await admin('POST', 'merchant-tokens', { ...merchant, channel: 'Terminal', expiresAt: '2099-01-01T00:00:00Z' });
    expect(told.status).toBe(201);
    expect(payloads()).toMatchObject([{ expiresAt: '2099-01-01T00:00:00.000Z', by: 'alice' }]);
    for (const expiresAt of ['2020-01-01T00:00:00Z', '2099-13-01T00:00:00Z', '2099-01-01', '2099-01-01T00:00:00+01:00']) {
      const refusal = await admin('POST', 'merchant-tokens', { ...merchant, channel: 'Terminal', expiresAt });
      expect(refusal).toMatchObject({ status: 400, body: { code: 40001, detail: expect.stringContaining('expiresAt') } });
    }
    expect(payloads()).toHaveLength(1);
  });

  it('a till is bound, and bound anew only when that is asked for', async () => {
    edge.answer(bindTill, done({ tillUid: uid, terminalUid: otherUid }));
    const binding = { ...merchant, posId: 'TILL1', terminalSn: 'SN1' };
    expect(await admin('POST', 'bindings', binding)).toMatchObject({ status: 200, body: { tillUid: uid, terminalUid: otherUid } });
    await admin('POST', 'bindings', { ...binding, terminalId: '12345678', rebind: true });
    expect(payloads()).toEqual([
      { ...binding, terminalId: '00000000', by: 'alice' },
      { ...binding, terminalId: '12345678', mayRebind: true, by: 'alice' },
    ]);
  });
});

describe('secrets are encrypted again', () => {
  it('in batches, until none is left', async () => {
    edge.answer(resealClientSecrets, done({ resealed: 100, left: 30 }), done({ resealed: 30, left: 0 }));
    expect(await admin('POST', 'client-secrets/re-encryption')).toMatchObject({ status: 200, body: { resealed: 130, left: 0 } });
    expect(payloads()).toEqual([
      { limit: 100, by: 'alice' },
      { limit: 100, by: 'alice' },
    ]);
  });

  it('for no longer than a client waits, and not when nothing goes on', async () => {
    edge.answer(resealClientSecrets, done({ resealed: 100, left: 9_999 }));
    expect(await admin('POST', 'client-secrets/re-encryption')).toMatchObject({ body: { resealed: 2_000, left: 9_999 } });
    edge.reset();
    edge.answer(resealClientSecrets, done({ resealed: 0, left: 5 }));
    expect(await admin('POST', 'client-secrets/re-encryption')).toMatchObject({ body: { resealed: 0, left: 5 } });
    expect(payloads()).toHaveLength(1);
  });
});

describe('a pairing code', () => {
  const terminal = { ...merchant, terminalSn: 'SN1' };

  it('is shown once, and only its hash travels', async () => {
    edge.answer(inviteTerminal, done({ terminalUid: uid, invited: true }));
    const began = Date.now();
    const told = await admin('POST', 'pairing-codes', terminal);
    expect(told).toMatchObject({ status: 200, body: { terminalUid: uid, invited: true } });
    const { code, codeUid, expiresAt } = told.body as Record<string, unknown>;
    expect(code).toMatch(/^[A-HJKMNP-Z2-9]{8}$/);
    expect(payloads()).toMatchObject([{ ...terminal, terminalId: '00000000', codeUid, codeHash: sha256Hex(String(code)), by: 'alice' }]);
    expect(JSON.stringify(payloads())).not.toContain(code);
    const lifeMs = Date.parse(String(expiresAt)) - began;
    expect(lifeMs).toBeGreaterThanOrEqual(900_000);
    expect(lifeMs).toBeLessThan(930_000);
    expect(inviteTerminal.validate(payloads()[0])).toMatchObject({ ok: true });
  });

  it('is not given to a terminal that has a key or a code, unless it is renewed', async () => {
    edge.answer(inviteTerminal, done({ terminalUid: uid, invited: false }));
    expect((await admin('POST', 'pairing-codes', { ...terminal, lifeSeconds: 2_592_000, renew: true })).body).toEqual({
      terminalUid: uid,
      invited: false,
    });
    expect(payloads()).toMatchObject([{ renew: true }]);
  });

  it.each([59, 2_592_001, 1.5, '900'])('does not live for %p seconds', async (lifeSeconds) => {
    expect(await admin('POST', 'pairing-codes', { ...terminal, lifeSeconds })).toMatchObject({ status: 400, body: { code: 40001 } });
    expect(payloads()).toEqual([]);
  });
});

const developer = {
  clientId: merchant.clientId,
  version: 1,
  name: 'Demo',
  createdAt: at,
  secrets: [{ secretUid: uid, keyId: 'k1', createdAt: at }],
};
const records = [
  ['developers', listDevelopers, developer],
  ['merchants', listMerchants, { ...merchant, version: 1, name: 'Shop', currencyCode: '840', createdAt: at }],
  ['merchant-tokens', listMerchantTokens, { tokenUid: uid, version: 1, ...merchant, channel: 'Terminal', createdAt: at }],
  [
    'terminals',
    listTerminals,
    { terminalUid: uid, version: 1, ...merchant, terminalSn: 'SN1', terminalId: '1', credential: 'key', createdAt: at },
  ],
  ['tills', listTills, { tillUid: uid, version: 1, ...merchant, posId: 'TILL1', changedAt: at }],
  [
    'pairing-codes',
    listPairingCodes,
    { codeUid: uid, terminalUid: uid, ...merchant, terminalSn: 'SN1', state: 'open', createdAt: at, expiresAt: at },
  ],
  [
    'audit-log',
    listAuditEntries,
    {
      auditId: '7',
      at,
      by: 'alice',
      action: 'change-till',
      kind: 'till',
      recordId: uid,
      after: { standing: 'active' },
      correlationId: 'c',
    },
  ],
] as const;
type List = typeof listDevelopers;

describe.each(records)('the list of %s', (path, definition, record) => {
  it('comes in pages, and each page names the next one', async () => {
    edge.answer(definition as List, done({ items: [record as never], next: 'a/b&c' }));
    const told = await admin('GET', `${path}?limit=1&clientId=${merchant.clientId}&merchantId=${merchant.merchantId}`);
    expect(told).toMatchObject({ status: 200, body: { items: [record], next: 'a/b&c' } });
    const link = /^<([^>]+)>; rel="next"$/.exec(told.headers.get('link') ?? '')?.[1] ?? '';
    expect(definition.answer.name).toMatch(/Page/);
    await edge.send('GET', link, undefined, { authorization: `Bearer ${ALICE_TOKEN}` });
    expect(payloads()).toEqual([
      { ...merchant, limit: 1 },
      { ...merchant, limit: 1, after: 'a/b&c' },
    ]);
    expect(definition.validate(payloads()[1])).toMatchObject({ ok: true });
  });

  it('has an end, and a length of 50 when none is asked for', async () => {
    edge.answer(definition as List, done({ items: [] }));
    const told = await admin('GET', path);
    expect([told.status, told.body, told.headers.get('link')]).toEqual([200, { items: [] }, null]);
    expect(payloads()).toEqual([{ limit: 50 }]);
  });

  it.each(['limit=0', 'limit=201', 'limit=x', 'after=', 'page=2', 'clientId=a&clientId=b', 'clientId=%00'])(
    'refuses ?%s',
    async (query) => {
      expect(await admin('GET', `${path}?${query}`)).toMatchObject({ status: 400, body: { code: 40001, title: 'invalid input' } });
      expect(payloads()).toEqual([]);
    },
  );
});

describe('one record is found by its id', () => {
  const ids: Record<string, readonly [string, object]> = {
    developers: [merchant.clientId, { id: merchant.clientId }],
    merchants: [`${merchant.clientId}/${merchant.merchantId}`, { clientId: merchant.clientId, id: merchant.merchantId }],
  };

  it.each(records.filter(([path]) => path !== 'audit-log'))('in %s', async (path, definition, record) => {
    const [id, filter] = ids[path] ?? [uid, { id: uid }];
    edge.answer(definition as List, done({ items: [record as never] }), done({ items: [] }));
    expect(await admin('GET', `${path}/${id}`)).toMatchObject({ status: 200, body: record });
    expect(await admin('GET', `${path}/${id}`)).toMatchObject({ status: 404, body: { code: 40405, status: 404 } });
    expect(payloads()[0]).toEqual({ ...filter, limit: 1 });
  });

  it('the audit log of one record', async () => {
    edge.answer(listAuditEntries, done({ items: [] }));
    await admin('GET', `audit-log?id=${uid}`);
    expect(payloads()).toEqual([{ id: uid, limit: 50 }]);
  });
});

describe('what is not understood reaches nobody', () => {
  it.each([
    ['PATCH', 'developers/c1', {}, 'at least one member'],
    ['PATCH', 'developers/c1', { standing: 'asleep' }, 'standing'],
    ['PATCH', 'developers/c1', { standing: 'active', by: 'bob' }, 'by must be absent'],
    ['PATCH', `developers/${'9'.repeat(41)}`, { standing: 'active' }, 'clientId'],
    ['PATCH', 'merchants/c1/m1', { clientId: 'c2' }, 'clientId must be absent'],
    ['PATCH', 'terminals/1', { standing: 'active' }, 'terminalUid'],
    ['PATCH', `tills/${uid}`, { standing: null }, 'standing'],
    ['DELETE', 'merchant-tokens/none', undefined, 'tokenUid'],
    ['DELETE', 'bindings?clientId=c&merchantId=m', undefined, 'posId'],
    ['GET', 'pairing-codes/none', undefined, 'codeUid'],
    ['POST', 'bindings', { ...merchant, posId: 'a\nb', terminalSn: 'S' }, 'posId'],
    ['POST', 'developers', { name: 'x', __proto__x: 1 }, '__proto__x'],
    ['POST', 'developers', { name: 'x'.repeat(201) }, 'name'],
  ])('%s %s %j', async (method, path, body, detail) => {
    const told = await admin(method, path, body);
    expect(told).toMatchObject({ status: 400, body: { code: 40001, status: 400, detail: expect.stringContaining(detail) } });
    expect(payloads()).toEqual([]);
  });

  it('a body that is no object, none at all, another media type', async () => {
    const headers = { authorization: `Bearer ${ALICE_TOKEN}` };
    expect(await edge.send('POST', '/admin/v1/developers', '[]', headers)).toMatchObject({ status: 400, body: { code: 40001 } });
    expect(await edge.send('POST', '/admin/v1/developers', undefined, headers)).toMatchObject({ status: 400, body: { code: 40001 } });
    const plain = await edge.send('POST', '/admin/v1/developers', 'x', { ...headers, 'content-type': 'text/plain' });
    expect(plain).toMatchObject({ status: 415, body: { code: 41500 } });
    expect(payloads()).toEqual([]);
  });
});

describe('what the owner says no to', () => {
  it.each<[ErrorName, number, number]>([
    ['record-unknown', 404, 40405],
    ['record-conflict', 409, 40906],
    ['bound-otherwise', 409, 40904],
    ['not-yours', 403, 40301],
    ['invalid-field', 422, 40001],
  ])('%s', async (name, status, code) => {
    edge.answer(changeTill, refused(name, 'so it is'));
    const told = await admin('PATCH', `tills/${uid}`, { standing: 'active' });
    expect(told).toMatchObject({ status, body: { status, code, detail: 'so it is' } });
    expect(told.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it('is told from what nobody knows', async () => {
    edge.answer(changeTill, { outcome: 'expired' });
    expect(await admin('PATCH', `tills/${uid}`, { standing: 'active' })).toMatchObject({ status: 504, body: { code: 50401 } });
    edge.answer(changeTill, { outcome: 'unavailable', retryAfterMs: 200 });
    const away = await admin('PATCH', `tills/${uid}`, { standing: 'active' });
    expect(away).toMatchObject({ status: 503, body: { code: 50302 } });
    expect(away.headers.get('retry-after')).toBe('1');
  });
});

it.each([
  ['GET', 'developers'],
  ['PATCH', `tills/${uid}`],
  ['DELETE', `merchant-tokens/${uid}`],
  ['GET', 'audit-log'],
])('%s %s is closed to everybody else, before anything is said about the call', async (method, path) => {
  for (const token of ['guess', 'operator', ALICE_TOKEN.slice(0, -1), `alice=${ALICE_TOKEN}`]) {
    const told = await edge.send(method, `/admin/v1/${path}`, method === 'PATCH' ? 'x' : undefined, { authorization: `Bearer ${token}` });
    expect(told).toMatchObject({ status: 401, body: { status: 401, code: 40101 } });
    expect(told.headers.get('www-authenticate')).toBe('Bearer');
  }
  expect(payloads()).toEqual([]);
});
