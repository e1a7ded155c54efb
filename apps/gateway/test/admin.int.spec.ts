import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  done,
  enrolTerminal,
  findCommandHistory,
  findTimeline,
  findTimelineById,
  issueMerchantToken,
  refused,
  registerDeveloper,
  registerEndpoint,
  registerMerchant,
  type ErrorName,
} from '@tillbridge/contracts';
import { sha256Hex } from '@tillbridge/kernel';
import { TestEdge } from './test-edge.js';

const merchant = { clientId: '825429536610058240', merchantId: '10800000003' };
const timeline = {
  ...{ transactionId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a001', traceId: '4bf92f3577b34da6a3ce929d0e0e4736' },
  ...{ tradeNo: 'demo/1', transIndexCode: '848981718949036032', state: 'accepted' as const },
  hops: [
    { at: '2026-11-01T10:00:00.000Z', what: 'transaction-requested', by: 'transactions' },
    { at: '2026-11-01T10:00:00.020Z', what: 'transaction-dispatched', by: 'transactions' },
  ],
};

let edge: TestEdge;
beforeAll(async () => {
  edge = await TestEdge.start();
}, 30_000);
afterAll(() => edge.stop(), 30_000);
beforeEach(() => edge.reset());

describe('operators', () => {
  it('admit a developer, whose secret is shown once', async () => {
    edge.answer(registerDeveloper, done({ changed: true }));
    const told = await edge.admin('POST', 'developers', { name: 'Demo Tills Ltd' });
    expect(told).toMatchObject({
      status: 201,
      body: { clientId: expect.stringMatching(/^\d{18}$/), clientSecret: expect.stringMatching(/^[0-9a-f]{32}$/) },
    });
    expect(edge.heard[0]?.payload).toEqual({ name: 'Demo Tills Ltd', ...told.body, by: 'operator' });
  });

  it('admit a merchant, whose currency may have four digits', async () => {
    edge.answer(registerMerchant, done({ changed: true }));
    const told = await edge.admin('POST', 'merchants', { ...merchant, name: 'Corner Shop', currencyCode: '0840' });
    expect(told).toMatchObject({ status: 201, body: merchant });
    expect(edge.heard[0]?.payload).toEqual({ ...merchant, name: 'Corner Shop', currencyCode: '840', by: 'operator' });
  });

  it('issue a token and enrol a terminal, of whose secrets only hashes travel', async () => {
    edge.answer(issueMerchantToken, done({ changed: true }));
    edge.answer(enrolTerminal, done({ changed: true }));
    const issued = await edge.admin('POST', 'merchant-tokens', { ...merchant, channel: 'Terminal' });
    const enrolled = await edge.admin('POST', 'terminals', { ...merchant, terminalSn: 'SN1', terminalId: '00000000' });
    expect([issued.status, enrolled.status]).toEqual([201, 201]);
    const { tokenUid, token } = issued.body as Record<string, unknown>;
    expect(token).toMatch(/^[A-Z0-9]{32}$/);
    expect(edge.heard[0]?.payload).toEqual({
      ...merchant,
      channel: 'Terminal',
      tokenUid,
      tokenHash: sha256Hex(String(token)),
      by: 'operator',
    });
    expect(edge.heard[1]?.payload).toMatchObject({ terminalSn: 'SN1', keyHash: sha256Hex(String(enrolled.body['key'])) });
  });

  it('register an endpoint, and change it under its id', async () => {
    edge.answer(registerEndpoint, done({ changed: true }));
    const endpoint = { ...merchant, url: 'https://host.example/hook', signingSecret: '0123456789abcdef' };
    const first = await edge.admin('POST', 'endpoints', endpoint);
    const { endpointId } = first.body;
    const second = await edge.admin('POST', 'endpoints', { ...endpoint, endpointId });
    expect([first.status, second.status, second.body]).toEqual([201, 201, { endpointId }]);
    expect(edge.heard.map(({ payload }) => payload)).toEqual([
      { ...endpoint, endpointId },
      { ...endpoint, endpointId },
    ]);
  });

  it('read the timeline of a transaction, whatever characters its number has', async () => {
    edge.answer(findTimeline, done(timeline));
    const dispatched = { at: '2026-11-01T10:00:00.010Z', what: 'command-dispatched', by: 'terminals' };
    edge.answer(findCommandHistory, done({ hops: [dispatched] }));
    const told = await edge.admin('GET', `transactions/${merchant.clientId}/${encodeURIComponent('demo/1')}/timeline`);
    const [requested, taken] = timeline.hops;
    expect(told).toMatchObject({ status: 200, body: { ...timeline, hops: [requested, dispatched, taken] } });
    expect(edge.heard[1]?.payload).toEqual({ transactionId: timeline.transactionId });
    expect(edge.heard[0]?.payload).toEqual({ clientId: merchant.clientId, tradeNo: 'demo/1' });
  });
});

describe('a timeline', () => {
  it.each([timeline.transactionId, timeline.transIndexCode])('is found by the id %s', async (id) => {
    edge.answer(findTimelineById, done(timeline));
    edge.answer(findCommandHistory, done({ hops: [] }));
    expect(await edge.admin('GET', `transactions/${id}/timeline`)).toMatchObject({ status: 200, body: { tradeNo: 'demo/1' } });
    expect(edge.heard[0]?.payload).toEqual({ id });
  });

  it('says whose part is missing', async () => {
    edge.answer(findTimelineById, done(timeline));
    edge.answer(findCommandHistory, { outcome: 'unavailable', retryAfterMs: 1_000 });
    const told = await edge.admin('GET', `transactions/${timeline.transactionId}/timeline`);
    expect(told).toMatchObject({ status: 200, body: { hops: timeline.hops, missing: ['terminals'] } });
  });
});

describe('what goes wrong is told as problem details', () => {
  const PROBLEM = /^application\/problem\+json/;

  it.each([
    ['no token', {}],
    ['a wrong token', { authorization: 'Bearer guess' }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: 'Basic b3BlcmF0b3JzLW9ubHk=' }],
  ])('%s', async (_name, headers) => {
    const told = await edge.send('POST', '/admin/v1/developers', '{"name":"x"}', headers);
    expect(told.status).toBe(401);
    expect(told.headers.get('content-type')).toMatch(PROBLEM);
    expect(edge.heard).toEqual([]);
  });

  it.each<[ErrorName, number, number]>([
    ['not-yours', 403, 40301],
    ['terminal-unknown', 404, 40404],
    ['bound-otherwise', 409, 40904],
    ['invalid-field', 422, 40001],
  ])('the refusal %s', async (name, status, code) => {
    edge.answer(registerMerchant, refused(name, 'so it is'));
    const told = await edge.admin('POST', 'merchants', { ...merchant, name: 'Corner Shop', currencyCode: '840' });
    expect(told).toMatchObject({ status, body: { status, code, title: expect.any(String), detail: 'so it is' } });
    expect(told.headers.get('content-type')).toMatch(PROBLEM);
  });

  it.each([
    ['no name', {}, /name/],
    ['an unknown currency', { ...merchant, name: 'x', currencyCode: '999' }, /currencyCode/],
    ['a merchantId of another type', { ...merchant, merchantId: 5, name: 'x', currencyCode: '840' }, /merchantId/],
  ])('a body with %s', async (_name, body, detail) => {
    expect(await edge.admin('POST', 'merchants', body)).toMatchObject({ status: 400, body: { detail: expect.stringMatching(detail) } });
    expect(edge.heard).toEqual([]);
  });

  it.each([
    ['in a name', { name: 'card 4111 1111 1111 1111' }, 'name'],
    ['in a member that nobody knows', { name: 'x', note: { cvv: '123' } }, 'note.cvv'],
  ])('card data %s', async (_name, body, detail) => {
    const told = await edge.admin('POST', 'developers', body);
    expect(told).toMatchObject({ status: 422, body: { code: 40004, detail } });
    expect(told.headers.get('content-type')).toMatch(PROBLEM);
    expect(edge.heard).toEqual([]);
  });

  it.each([
    ['NUL in the name of a merchant', 'merchants', { ...merchant, name: 'a\0b', currencyCode: '840' }, /^name /],
    ['half a character in the name', 'merchants', { ...merchant, name: 'a\ud800b', currencyCode: '840' }, /^name /],
    ['NUL in a clientId', 'merchant-tokens', { ...merchant, clientId: '\0', channel: 'Terminal' }, /^clientId /],
    ['NUL in a serial number', 'terminals', { ...merchant, terminalSn: 'S\0', terminalId: '1' }, /^terminalSn /],
    ['NUL in a URL', 'endpoints', { ...merchant, url: 'https://a.example/\0', signingSecret: '0123456789abcdef' }, /^url /],
    ['NUL in the name of a developer', 'developers', { name: '\0' }, /^name /],
  ])('%s', async (_name, path, body, detail) => {
    const told = await edge.admin('POST', path, body);
    expect(told).toMatchObject({ status: 400, body: { detail: expect.stringMatching(detail) } });
    expect(told.headers.get('content-type')).toMatch(PROBLEM);
    expect(edge.heard).toEqual([]);
  });

  it.each([
    ['NUL in the tradeNo', `${merchant.clientId}/a%00b`, 400],
    ['NUL in the clientId', '%00/t1', 400],
    ['a path that is no UTF-8', `${merchant.clientId}/%ff`, 404],
    ['half a character in it', `${merchant.clientId}/%ed%a0%80`, 404],
  ])('a path with %s', async (_name, path, status) => {
    edge.answer(findTimeline, refused('transaction-not-found'));
    const told = await edge.admin('GET', `transactions/${path}/timeline`);
    expect(told.status).toBe(status);
    expect(told.headers.get('content-type')).toMatch(PROBLEM);
  });

  it('an owner out of reach, a fault, an unknown path', async () => {
    const name = { name: 'Demo Tills Ltd' };
    edge.answer(registerDeveloper, { outcome: 'unavailable', retryAfterMs: 1_000 });
    const away = await edge.admin('POST', 'developers', name);
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '1']);
    edge.answer(registerDeveloper, { outcome: 'defect', correlationId: 'id-of-the-defect' });
    expect(await edge.admin('POST', 'developers', name)).toMatchObject({ status: 500, body: { correlationId: 'id-of-the-defect' } });
    expect((await edge.admin('GET', 'nothing')).status).toBe(404);
  });
});
