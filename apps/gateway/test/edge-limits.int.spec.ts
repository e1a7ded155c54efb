import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findCaller } from '@tillbridge/contracts';
import { selfSigned } from '@tillbridge/testkit';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { startGateway, TestEdge } from './test-edge.js';

/** Short enough to wait for, and far apart enough to tell which one struck. */
const limits = { headersTimeoutMs: 400, requestTimeoutMs: 1_200, keepAliveTimeoutMs: 300, timeoutCheckEveryMs: 50, connections: 12 };
const path = '/ovstrade/semiOpen/v3/internetTrans';

let edge: TestEdge;
beforeAll(async () => {
  edge = await TestEdge.start({ limits });
}, 30_000);
afterAll(() => edge.stop(), 30_000);

const open = (): Socket => {
  const { hostname, port } = new URL(edge.url);
  return createConnection({ host: hostname, port: Number(port) }).on('error', () => undefined);
};

/** Sends the start, then a byte of the rest every now and then, until the other side closes; returns what was answered and after how long. */
async function dribble(start: string, rest: string): Promise<{ answer: string; afterMs: number }> {
  const socket = open();
  const begin = performance.now();
  socket.write(start);
  let sent = 0;
  const timer = setInterval(() => socket.write(rest.charAt(sent++ % rest.length)), 30);
  try {
    return { answer: await readToEnd(socket), afterMs: performance.now() - begin };
  } finally {
    clearInterval(timer);
    socket.destroy();
  }
}

/** What came until the other side closed; it may have reset the connection because a byte of ours crossed with its answer. */
async function readToEnd(socket: Socket): Promise<string> {
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  await new Promise((resolve) => socket.once('close', resolve));
  return answer;
}

describe('who is slow is cut off', () => {
  it('with its headers', async () => {
    const { answer, afterMs } = await dribble(`POST ${path} HTTP/1.1\r\nhost: a\r\nx-slow: `, 'x');
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      code: 40000,
      msg: expect.any(String),
      advice: { moneyMoved: 'no' },
    });
    expect(afterMs).toBeGreaterThanOrEqual(350);
  });

  it('with its body', async () => {
    const head = `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"a":"`;
    const { answer, afterMs } = await dribble(head, 'x');
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(afterMs).toBeGreaterThanOrEqual(1_100);
  });

  it('without a word', async () => {
    const { answer } = await dribble('', '\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  });

  it('after its last answer', async () => {
    const socket = open();
    const begin = performance.now();
    socket.write('GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    // Node keeps a connection for a second longer than it says, so that nobody is cut off while it sends.
    expect(performance.now() - begin).toBeLessThan(3_000);
  });

  it('and who only waits for his answer is not', async () => {
    edge.answer(findCaller, undefined);
    const begin = performance.now();
    const told = await edge.call('internetTrans', { clientId: edge.caller.clientId });
    expect([told.status, told.body.code]).toEqual([503, 50302]);
    expect(performance.now() - begin).toBeGreaterThan(limits.requestTimeoutMs);
    edge.reset();
  }, 20_000);
});

describe('who is large is refused', () => {
  const inTheDialect = { code: 40000, msg: expect.any(String), timestamp: expect.any(String), advice: { moneyMoved: 'no' } };
  const longUrl = (prefix: string, length: number): string => prefix + 'x'.repeat(length - prefix.length);

  it('by a URL of more than 2 048 characters', async () => {
    expect(await edge.send('POST', longUrl(`${path}?`, 2_049), '{}')).toMatchObject({ status: 414, body: inTheDialect });
    expect((await edge.send('POST', longUrl(`${path}?`, 2_048), '{}')).status).toBe(200);
    const admin = await edge.send('GET', longUrl('/admin/v1/', 2_049));
    expect([admin.status, admin.headers.get('content-type')]).toEqual([414, 'application/problem+json; charset=utf-8']);
  });

  it('but not by one that only grows because it cannot be decoded', async () => {
    expect((await edge.send('POST', `/ovstrade/${'%zz'.repeat(600)}`, '{}')).status).toBe(404);
  });

  it('by more than 100 headers, of which none may get lost in silence', async () => {
    const call = (headers: number): Promise<{ status: number; body: object }> =>
      edge.sendRaw(`GET ${path} HTTP/1.1\r\nconnection: close\r\nhost: a\r\n${'x: y\r\n'.repeat(headers - 2)}\r\n`);
    expect(await call(101)).toMatchObject({ status: 431, body: inTheDialect });
    expect(await call(500)).toMatchObject({ status: 431, body: inTheDialect });
    expect((await call(100)).status).toBe(405);
  });

  it('by more connections than there may be', async () => {
    const sockets = Array.from({ length: limits.connections + 5 }, open);
    const closed = await Promise.all(
      sockets.map(async (socket) => {
        const answer = await text(socket).catch(() => '');
        return answer === '';
      }),
    );
    // Those above the limit hear nothing at all; the others are cut off with an answer, as they say nothing.
    expect(closed.filter(Boolean).length).toBeGreaterThanOrEqual(5);
    expect(closed.filter((each) => !each).length).toBeGreaterThanOrEqual(1);
  });
});

describe('a browser is told to be careful', () => {
  it.each([
    ['with an answer', 'POST', path, 200],
    ['with a refusal', 'GET', path, 405],
    ['with an unknown path', 'GET', '/docs/none', 404],
    ['with an operator who is not let in', 'POST', '/admin/v1/developers', 401],
  ])('%s', async (_name, method, target, status) => {
    const told = await edge.send(method, target, method === 'POST' ? '{}' : undefined);
    expect(told.status).toBe(status);
    expect(told.headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
    expect(told.headers.get('x-content-type-options')).toBe('nosniff');
    expect(told.headers.get('x-frame-options')).toBe('DENY');
    expect(told.headers.get('strict-transport-security')).toBe('max-age=31536000');
    expect(told.headers.get('cache-control')).toBe('no-store');
  });
});

describe('a certificate of its own', () => {
  it('lets callers in by TLS, and no others', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tillbridge-tls-'));
    const { cert, key } = selfSigned();
    const [certFile, keyFile] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key);
    const environment = { TILLBRIDGE_TLS_CERT_FILE: certFile, TILLBRIDGE_TLS_KEY_FILE: keyFile };
    const gateway = await startGateway(edge.nats.url, { environment, limits });
    try {
      const url = await gateway.getUrl();
      expect(url).toMatch(/^https:/);
      const status = await new Promise((resolve, reject) => {
        request(`${url}/health/live`, { ca: cert }, (answer) => resolve(answer.resume().statusCode))
          .on('error', reject)
          .end();
      });
      expect(status).toBe(200);
      await expect(fetch(url.replace('https:', 'http:'))).rejects.toThrow();
    } finally {
      await gateway.close();
      rmSync(dir, { recursive: true });
    }
  }, 30_000);
});
