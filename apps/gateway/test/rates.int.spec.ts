import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { done, listBindings, registerDeveloper } from '@tillbridge/contracts';
import { eventually } from '@tillbridge/testkit';
import { ADMIN_TOKEN, MERCHANT_ID, startGateway, TestEdge } from './test-edge.js';

const TOKEN_LIMIT = 100;
const LIMITS = {
  TILLBRIDGE_RATE_TOKEN_PER_SECOND: '10',
  TILLBRIDGE_RATE_ADDRESS_PER_SECOND: '100',
  TILLBRIDGE_HTTP_TRUSTED_PROXIES: '127.0.0.1',
};
const ADDRESS_LIMIT = 1_000;

let edge: TestEdge;
let other: NestFastifyApplication;
let urls: string[];
beforeAll(async () => {
  edge = await TestEdge.start({ environment: LIMITS });
  other = await startGateway(edge.nats.url, { environment: LIMITS });
  urls = [edge.url, await other.getUrl()];
}, 30_000);
afterAll(async () => {
  await other.close();
  await edge.stop();
}, 30_000);
beforeEach(() => {
  edge.reset();
  edge.answer(listBindings, done({ bindings: [] }));
});

/** Waits until so much of the window of 10 s is left that a test fits into it. */
const windowWithRoom = (): Promise<void> => eventually(() => Promise.resolve(expect(Date.now() % 10_000).toBeLessThan(6_000)), 11_000);

let lastAddress = 0;
/** Callers of different tests share no address: a proxy in front of the gateway names it. */
const newAddress = (): string => `203.0.113.${(lastAddress += 1)}`;

type Answer = { status: number; headers: Headers; body: { code: number; msg: string } };
async function list(url: string, address: string, more: Record<string, string> = {}): Promise<Answer> {
  const text = JSON.stringify({ clientId: edge.caller.clientId, merchantId: MERCHANT_ID });
  const headers = { 'content-type': 'application/json', 'x-forwarded-for': address, ...edge.credentialsFor(text), ...more };
  const told = await fetch(`${url}/ovstrade/semiOpen/v3/queryTerminalList`, { method: 'POST', headers, body: text });
  return { status: told.status, headers: told.headers, body: (await told.json()) as Answer['body'] };
}

/** So many calls to all replicas in turn, some at a time. */
async function callAll(times: number, call: (url: string) => Promise<Answer>): Promise<Answer[]> {
  const answers: Answer[] = [];
  const lanes = Array.from({ length: 8 }, async () => {
    while (answers.length + 8 <= times) answers.push(await call(urls[answers.length % urls.length] ?? ''));
  });
  await Promise.all(lanes);
  return answers;
}

const countOf = (answers: Answer[], status: number): number => answers.filter((answer) => answer.status === status).length;

describe('two replicas share one limit', () => {
  it('of a token: never more than it, and almost all of it', async () => {
    await windowWithRoom();
    const address = newAddress();
    const answers = await callAll(TOKEN_LIMIT * 2, (url) => list(url, address));
    expect(countOf(answers, 200)).toBeLessThanOrEqual(TOKEN_LIMIT);
    expect(countOf(answers, 200)).toBeGreaterThanOrEqual(TOKEN_LIMIT * 0.8);
    expect(countOf(answers, 200) + countOf(answers, 429)).toBe(answers.length);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body).toMatchObject({ code: 42901, msg: 'too many requests', advice: { moneyMoved: 'no' } });
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(refused?.headers.get('retry-after'))).toBeLessThanOrEqual(10);
  }, 30_000);

  it('of an address, before anything is looked up', async () => {
    await windowWithRoom();
    const address = newAddress();
    const made = (url: string): Promise<Answer> => list(url, address, { 'jwt-token': 'X'.repeat(32) });
    const answers = await callAll(ADDRESS_LIMIT * 1.3, made);
    expect(countOf(answers, 200)).toBeLessThanOrEqual(ADDRESS_LIMIT);
    expect(countOf(answers, 200)).toBeGreaterThanOrEqual(ADDRESS_LIMIT * 0.8);
    const asked = edge.heard.length;
    expect((await made(edge.url)).status).toBe(429);
    expect(edge.heard.length).toBe(asked);
    // Whoever calls from elsewhere does not pay for it.
    expect((await list(edge.url, newAddress(), { 'jwt-token': 'X'.repeat(32) })).body.code).toBe(40101);
  }, 30_000);

  it('of wrong admin tokens, after which a right one is no way in either', async () => {
    edge.answer(registerDeveloper, done({ changed: true }));
    const address = newAddress();
    const login = async (url: string, token: string): Promise<number> => {
      const headers = { 'content-type': 'application/json', 'x-forwarded-for': address, authorization: `Bearer ${token}` };
      const told = await fetch(`${url}/admin/v1/developers`, { method: 'POST', headers, body: '{"name":"x"}' });
      expect(told.headers.get('content-type')).toMatch(told.status === 201 ? /json/ : /^application\/problem\+json/);
      return told.status;
    };
    await eventually(() => Promise.resolve(expect(Date.now() % 60_000).toBeLessThan(50_000)), 11_000);
    expect(await login(edge.url, ADMIN_TOKEN)).toBe(201);
    for (let guess = 0; guess < 20; guess += 1) expect(await login(urls[guess % 2] ?? '', 'guess')).toBe(401);
    expect([await login(edge.url, 'guess'), await login(urls[1] ?? '', 'guess')]).toEqual([429, 429]);
    expect([await login(edge.url, ADMIN_TOKEN), await login(urls[1] ?? '', ADMIN_TOKEN)]).toEqual([429, 429]);
  }, 30_000);
});

describe('an answer tells how the caller stands', () => {
  it('by its token when that was looked at, else by its address', async () => {
    await windowWithRoom();
    const known = await list(edge.url, newAddress());
    expect(known.headers.get('ratelimit-limit')).toBe(String(TOKEN_LIMIT));
    const made = await list(edge.url, newAddress(), { 'jwt-token': 'X'.repeat(32) });
    expect(made.headers.get('ratelimit-limit')).toBe(String(ADDRESS_LIMIT));
    expect(Number(made.headers.get('ratelimit-remaining'))).toBeGreaterThanOrEqual(ADDRESS_LIMIT - 40);
    expect(Number(made.headers.get('ratelimit-reset'))).toBeLessThanOrEqual(10);
    expect(made.headers.get('retry-after')).toBeNull();
  }, 30_000);

  it('but probes are not counted', async () => {
    const told = await fetch(`${edge.url}/health/live`);
    expect([told.status, told.headers.get('ratelimit-limit')]).toEqual([200, null]);
  });
});

describe('when NATS is away', () => {
  it('a replica limits by itself and answers at once, and shares the limit again when it is back', async () => {
    await edge.nats.kill();
    await windowWithRoom();
    const address = newAddress();
    const begin = performance.now();
    const answers: Answer[] = [];
    for (let call = 0; call < 30; call += 1) answers.push(await list(edge.url, address));
    expect(answers.map(({ status }) => status)).not.toContain(500);
    expect(performance.now() - begin).toBeLessThan(3_000);
    const garbage = async (): Promise<number> =>
      (await fetch(`${edge.url}/ovstrade/nothing`, { method: 'POST', headers: { 'x-forwarded-for': address } })).status;
    const statuses = await Promise.all(Array.from({ length: ADDRESS_LIMIT + 100 }, garbage));
    expect(statuses.filter((status) => status === 404)).toHaveLength(ADDRESS_LIMIT - 30);
    expect(statuses.filter((status) => status === 429)).toHaveLength(130);
    await edge.nats.restart();
    await eventually(async () => {
      await windowWithRoom();
      const shared = await callAll(TOKEN_LIMIT * 2, (url) => list(url, address));
      expect(countOf(shared, 200)).toBeLessThanOrEqual(TOKEN_LIMIT);
      expect(countOf(shared, 200)).toBeGreaterThanOrEqual(TOKEN_LIMIT * 0.8);
    }, 40_000);
  }, 60_000);
});
