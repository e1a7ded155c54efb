import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '@tillbridge/kernel';
import Fastify, { type FastifyInstance } from 'fastify';
import { createControlApi } from './control-api.js';
import { Fleet } from './fleet.js';

describe('the control API', () => {
  let fleet: Fleet;
  let app: FastifyInstance;

  beforeEach(() => {
    // Port 9 (discard): nobody listens there, so the terminals of these tests stay offline.
    fleet = new Fleet({ urls: ['ws://127.0.0.1:9'], clock: systemClock, random: () => 0, log: () => undefined });
    app = createControlApi(fleet, false);
  });

  afterEach(async () => {
    await app.close();
    await fleet.stop();
  });

  const put = (payload: object) => app.inject({ method: 'POST', url: '/terminals', payload });
  const offline = (terminalSn: string) => ({ terminalSn, connected: false, busy: false, unacknowledged: 0 });

  it('starts a terminal once, however often it is asked to', async () => {
    for (let time = 0; time < 2; time += 1) {
      const response = await put({ terminalSn: 'WP1', key: 'k', thinkTimeMs: 1 });
      expect([response.statusCode, response.json()]).toEqual([200, offline('WP1')]);
    }
    await put({ terminalSn: 'WP2', key: 'k' });
    expect((await app.inject('/terminals')).json()).toEqual([offline('WP1'), offline('WP2')]);
  });

  it('shows an empty ledger for a terminal whose card paid nothing', async () => {
    await put({ terminalSn: 'WP1', key: 'k' });
    expect((await app.inject('/terminals/WP1/ledger')).json()).toEqual({ entries: [] });
  });

  it('switches a terminal off', async () => {
    await put({ terminalSn: 'WP1', key: 'k' });
    expect((await app.inject({ method: 'DELETE', url: '/terminals/WP1' })).statusCode).toBe(204);
    expect((await app.inject('/terminals')).json()).toEqual([]);
  });

  it.each([
    ['GET', '/terminals/WP9/ledger'],
    ['DELETE', '/terminals/WP9'],
  ] as const)('%s %s of an unknown terminal is a 404 that names it', async (method, url) => {
    const response = await app.inject({ method, url });
    expect([response.statusCode, response.json()]).toEqual([404, { message: 'no terminal WP9' }]);
  });

  it.each([
    [{}, 'terminalSn'],
    [{ terminalSn: 'WP1' }, 'key'],
    [{ terminalSn: '', key: 'k' }, 'terminalSn'],
    [{ terminalSn: 5, key: 'k' }, 'terminalSn'],
    [{ terminalSn: 'WP1', key: 'k', thinkTimeMs: '5' }, 'thinkTimeMs'],
    [{ terminalSn: 'WP1', key: 'k', thinkTimeMs: -1 }, 'thinkTimeMs'],
    [{ terminalSn: 'WP1', key: 'k', thinkTime: 1 }, 'additional properties'],
    [{ terminalSn: 'WP1', pairingCode: 'ABCD2345' }, 'pairingUrl'],
    [{ terminalSn: 'WP1', key: 'k', pairingUrl: 'http://h' }, 'pairingUrl'],
    [{ terminalSn: 'WP1', key: 'k', pairingCode: 'ABCD2345', pairingUrl: 'http://h' }, 'key'],
    [{ terminalSn: 'WP1', pairingCode: 'ABCD2345', pairingUrl: 'file:///etc' }, 'pairingUrl'],
  ])('%j is a 400 that names %s', async (payload, named) => {
    const response = await put(payload);
    expect(response.statusCode).toBe(400);
    expect(response.json<{ message: string }>().message).toContain(named);
    expect(fleet.all()).toEqual([]);
  });

  describe('pairing', () => {
    const asked: unknown[] = [];
    let pairingUrl: string;
    const server = Fastify();
    server.post('/pairing', async (request, reply) => {
      asked.push(request.body);
      const { code } = request.body as { code: string };
      return code === 'ABCD2345' ? { key: 'its key' } : reply.code(404).send({ title: 'no such code' });
    });
    beforeAll(async () => void (pairingUrl = new URL('/pairing', await server.listen({ port: 0, host: '127.0.0.1' })).href));
    afterAll(() => server.close());

    it('gets the key of a new terminal for its code', async () => {
      const response = await put({ terminalSn: 'WP1', pairingCode: 'ABCD2345', pairingUrl });
      expect([response.statusCode, response.json()]).toEqual([200, offline('WP1')]);
      expect(asked).toEqual([{ code: 'ABCD2345', terminalSn: 'WP1' }]);
    });

    it('starts no terminal whose code was not taken', async () => {
      const response = await put({ terminalSn: 'WP1', pairingCode: 'wrong', pairingUrl });
      expect([response.statusCode, response.json()]).toEqual([422, { message: 'pairing failed: 404 no such code' }]);
      expect(fleet.all()).toEqual([]);
    });
  });

  it('lives', async () => {
    expect((await app.inject('/health/live')).json()).toEqual({ status: 'ok' });
  });
});
