import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { catalogue, findCaller, refused } from '@tillbridge/contracts';
import { createLog } from '@tillbridge/platform';
import { signRequest } from '@tillbridge/protocol';
import fc from 'fast-check';
import { request } from 'undici';
import { ADMIN_TOKEN, MERCHANT_ID, TestEdge } from './test-edge.js';

/**
 * Whatever is sent: no fault of the gateway, no hang, nothing of its inside in an answer, always the form that the caller can read, and
 * nothing of what was sent in the log.
 */
const SEED = Number(process.env['TILLBRIDGE_TEST_SEED'] ?? Date.now() % 1_000_000);
const ANSWERED_WITHIN_MS = 5_000;
const ROUNDS = 1_500;
const PAN = '4111111111111111';
const UNLIMITED = { TILLBRIDGE_RATE_ADDRESS_PER_SECOND: '1000000', TILLBRIDGE_RATE_TOKEN_PER_SECOND: '1000000' };

type Route = { method: string; url: string };
const routes: Route[] = [];
const lines: string[] = [];
let edge: TestEdge;
beforeAll(async () => {
  const log = createLog('gateway', 'debug', { write: (line: string) => void lines.push(line) });
  const onRoute = ({ method, url }: { method: string | string[]; url: string }): void => {
    const methods = [method]
      .flat()
      .filter((each) => each === 'GET' || each === 'POST' || each === 'PUT' || each === 'PATCH' || each === 'DELETE');
    routes.push(...methods.map((each) => ({ method: each, url })));
  };
  edge = await TestEdge.start({ environment: UNLIMITED, log, onRoute });
  for (const definition of catalogue.all()) {
    if (definition.kind !== 'fact' && definition.type !== findCaller.type) edge.answer(definition as never, refused('not-yours'));
  }
}, 30_000);
afterAll(() => edge.stop(), 30_000);

/** Values that break careless readers. */
const nasty = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value)),
  fc.constantFrom(
    'null',
    'true',
    '{}',
    '[]',
    '""',
    '0',
    '-0',
    '-1',
    '1e400',
    '1e-400',
    '9007199254740993',
    '1000.00000000000000001',
    '9'.repeat(400),
  ),
  fc.constantFrom(
    String.raw`"\ud800"`,
    String.raw`"\udfff\ud800"`,
    String.raw`"\u0000"`,
    '"\u202e\u0007"',
    '"__proto__"',
    '"constructor"',
    `"${'x'.repeat(5_000)}"`,
  ),
  fc.constantFrom(
    `"${PAN}"`,
    PAN,
    `"%B${PAN}^A/B^2912101?"`,
    '"../../etc/passwd"',
    '"\'; drop table x; --"',
    '"${7*7}"',
    '"https://127.0.0.1/"',
  ),
  fc.integer({ min: 1, max: 60 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
);
const names = [
  ...['clientId', 'merchantId', 'posId', 'tradeNo', 'transType', 'transAmount', 'tipAmount', 'otherAmount', 'currencyCode', 'callBackUrl'],
  ...['callerName', 'appendingReceiptInfo', 'reqTransDate', 'oriRrn', 'enableReceipt', 'terminalId', 'terminalSn', 'operationType', 'wait'],
  ...[
    'sn',
    'transResult',
    'transIndexCode',
    'cardNum',
    'transID',
    'entryMode',
    'transDate',
    'CallerName',
    'lateResults',
    'deadlineSeconds',
  ],
  ...[
    'name',
    'channel',
    'url',
    'signingSecret',
    'endpointId',
    'limit',
    'cursor',
    '__proto__',
    'constructor',
    'toString',
    'then',
    'CallBackURL',
  ],
];

/** A request that is right but for the members that are made worse. */
const spoilt = fc.array(fc.tuple(fc.constantFrom(...names), nasty), { minLength: 0, maxLength: 4 }).map((worse) => {
  const right = { clientId: edge.caller.clientId, merchantId: MERCHANT_ID, posId: 'TILL1', terminalSn: 'SN1', terminalId: '00000000' };
  const payment = {
    tradeNo: 't1',
    transType: 'Purchase',
    transAmount: 1000,
    currencyCode: '840',
    name: 'Corner Shop',
    channel: 'Terminal',
    ...{ sn: 'SN1', operationType: 3, transResult: true, transIndexCode: '848981718949036032' },
  };
  const members = Object.entries({ ...right, ...payment }).filter(([name]) => !worse.some(([other]) => other === name));
  return `{${[...members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`), ...worse.map(([name, value]) => `"${name}":${value}`)].join(',')}}`;
});
/** A body as it is told in a report: a text, so often, as UTF-8 or as single bytes. */
type Body = { text: string; times: number; encoding: 'utf8' | 'latin1' };
const utf8 = (text: string): Body => ({ text, times: 1, encoding: 'utf8' });
const body: fc.Arbitrary<Body> = fc.oneof(
  { weight: 4, arbitrary: spoilt.map(utf8) },
  { weight: 1, arbitrary: nasty.map(utf8) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }).map(utf8) },
  { weight: 1, arbitrary: spoilt.map((text) => utf8(text.slice(0, -2))) },
  {
    weight: 1,
    arbitrary: fc
      .uint8Array({ maxLength: 200 })
      .map((array) => ({ ...utf8(''), text: String.fromCharCode(...array), encoding: 'latin1' }) as const),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('[', '{"a":', 'x', ' ').map((text) => ({ ...utf8(text), times: Math.floor(65_000 / text.length) })),
  },
  { weight: 1, arbitrary: fc.constantFrom('\ufeff{}', '').map(utf8) },
);
const bytesOf = ({ text, times, encoding }: Body): Buffer => Buffer.from(text.repeat(times), encoding);

const headers = fc.record({
  token: fc.constantFrom('right', 'right', 'right', 'wrong', 'none'),
  sign: fc.constantFrom('right', 'right', 'right', 'wrong', 'odd', 'none'),
  admin: fc.constantFrom('right', 'right', 'right', 'none'),
  type: fc.constantFrom(
    'application/json',
    'application/json',
    'application/json; charset=utf-8',
    'application/json; charset=x',
    'text/plain',
    '',
    '\u00ff',
  ),
});
type Headers = { token: string; sign: string; admin: string; type: string };

function headersOf({ token, sign, admin, type }: Headers, content: Buffer): Record<string, string> {
  const tokens: Record<string, object> = { right: { 'jwt-token': edge.token }, wrong: { 'jwt-token': 'X'.repeat(32) } };
  const { clientId, clientSecrets } = edge.caller;
  const signs: Record<string, object> = {
    right: { sign: signRequest(content, clientId, clientSecrets[0] ?? '') },
    wrong: { sign: 'f'.repeat(64) },
    odd: { sign: '\u00ff'.repeat(300) },
  };
  return {
    ...tokens[token],
    ...signs[sign],
    ...(admin === 'right' ? { authorization: `Bearer ${ADMIN_TOKEN}` } : {}),
    'content-type': type,
  };
}

const segment = fc.oneof(
  fc.constantFrom('1', '%00', '%ff', '%ed%a0%80', '..%2F', 'a%2Fb', PAN, "'"),
  fc.string({ maxLength: 20 }).map((text) => encodeURIComponent(text.toWellFormed())),
);
const query = fc.oneof(
  fc.constant(''),
  fc.tuple(fc.constantFrom('limit', 'cursor', '__proto__', 'a[b]'), segment).map(([name, value]) => `?${name}=${value}`),
);

/** What tells of the inside: frames of a stack, paths, names of what we are built of. */
const INSIDE = /\bat \S+ \(|node_modules|\/src\/|\.[jt]s:\d|TypeError|SyntaxError|RangeError|ECONN|postgres|typeorm|fastify|nats/i;

async function attack(route: Route, path: string, given: Headers, content: Buffer): Promise<void> {
  const hasBody = route.method !== 'GET';
  const begin = performance.now();
  const told = await request(edge.url + path, {
    method: route.method as 'POST',
    headers: headersOf(given, content),
    ...(hasBody ? { body: content } : {}),
    headersTimeout: ANSWERED_WITHIN_MS,
    bodyTimeout: ANSWERED_WITHIN_MS,
  });
  const answer = await told.body.text();
  const seen = [route.method, path.slice(0, 100), told.statusCode, answer.slice(0, 300)];
  expect([...seen, performance.now() - begin < ANSWERED_WITHIN_MS]).toEqual([...seen, true]);
  expect([...seen, told.statusCode < 500]).toEqual([...seen, true]);
  expect([...seen, INSIDE.exec(answer)?.[0]]).toEqual([...seen, undefined]);
  expect([...seen, answer.includes(PAN)]).toEqual([...seen, false]);
  if (path.startsWith('/ovstrade')) return expectEnvelope(seen, answer, told.headers['content-type']);
  if (told.statusCode < 400) return;
  expect([...seen, told.headers['content-type']]).toEqual([...seen, expect.stringMatching(/^application\/problem\+json/)]);
  expect(JSON.parse(answer)).toMatchObject({ status: told.statusCode, title: expect.any(String) });
}

function expectEnvelope(seen: unknown[], answer: string, contentType: unknown): void {
  expect([...seen, contentType]).toEqual([...seen, 'application/json; charset=utf-8']);
  expect([...seen, JSON.parse(answer)]).toEqual([
    ...seen,
    expect.objectContaining({ code: expect.any(Number), msg: expect.any(String), timestamp: expect.any(String) }),
  ]);
}

describe('whatever is sent', () => {
  it(`every path keeps its form and its secrets (seed ${SEED})`, async () => {
    process.stderr.write(`hostile input: seed ${SEED}\n`);
    const open = routes.filter(({ url }) => !url.startsWith('/health') && !url.includes('*'));
    expect(open.filter(({ url }) => url.startsWith('/ovstrade')).length).toBeGreaterThanOrEqual(4);
    expect(open.filter(({ url }) => url.startsWith('/admin')).length).toBeGreaterThanOrEqual(6);
    const route = fc.constantFrom(...open, { method: 'POST', url: '/ovstrade/:a' }, { method: 'PATCH', url: '/admin/v1/:a' });
    await fc.assert(
      fc.asyncProperty(
        route,
        fc.array(segment, { minLength: 4, maxLength: 4 }),
        query,
        headers,
        body,
        async (at, segments, search, given, content) => {
          let next = 0;
          await attack(at, at.url.replace(/:[A-Za-z]+/g, () => segments[next++ % segments.length] ?? '') + search, given, bytesOf(content));
        },
      ),
      { numRuns: ROUNDS, seed: SEED, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false },
    );
  }, 120_000);

  it('nothing of it is in the log, and no defect was met', () => {
    const log = lines.join('');
    for (const secret of [PAN, edge.token, ...edge.caller.clientSecrets, ADMIN_TOKEN]) expect(log.includes(secret)).toBe(false);
    expect(lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });

  it('and it is served as before', async () => {
    const told = await edge.call('queryTerminalList', { clientId: edge.caller.clientId, merchantId: MERCHANT_ID });
    expect(told).toMatchObject({ status: 200, body: { code: 40301 } });
  });
});
