import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '@tillbridge/kernel';
import Fastify, { type FastifyInstance } from 'fastify';
import { createControlApi } from './control-api.js';
import { Fleet } from './fleet.js';

describe('the control API', () => {
  let fleet: Fleet;
  let app: FastifyInstance;

  // One for all tests: it checks what comes by schemas that are slow to compile.
  beforeAll(() => {
    // Port 9 (discard): nobody listens there, so the terminals of these tests stay offline.
    fleet = new Fleet({ urls: ['ws://127.0.0.1:9'], clock: systemClock, random: () => 0, log: () => undefined });
    app = createControlApi(fleet, false);
  });

  afterEach(async () => {
    for (const { terminalSn } of fleet.all().map((terminal) => terminal.status())) await fleet.remove(terminalSn);
  });

  afterAll(() => app.close());

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
    ['DELETE', '/terminals/WP9/script'],
    ['POST', '/terminals/WP9/power-cycle'],
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
    [{ terminalSn: 'WP1', key: 'k', strict: 'yes' }, 'strict'],
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

  describe('scripts', () => {
    const script = (payload: unknown[]) => app.inject({ method: 'POST', url: '/terminals/WP1/script', payload });
    beforeEach(() => put({ terminalSn: 'WP1', key: 'k' }));

    it('come behind one another and can be cleared', async () => {
      const whole = { outcome: 'approve', respCode: '08', delayMs: 5, tipAmount: 100, fault: 'late-result' };
      expect((await script([whole, { outcome: 'hang' }])).json()).toEqual({ waiting: 2 });
      expect((await script([{ outcome: 'no-card', fault: 'clock-skew', skewMs: -1 }])).json()).toEqual({ waiting: 3 });
      expect((await app.inject({ method: 'DELETE', url: '/terminals/WP1/script' })).statusCode).toBe(204);
      expect((await script([{ outcome: 'decline' }])).json()).toEqual({ waiting: 1 });
    });

    it('have an end', async () => {
      const long = Array.from({ length: 1000 }, () => ({ outcome: 'approve' }));
      expect((await script(long)).json()).toEqual({ waiting: 1000 });
      expect((await script([{ outcome: 'approve' }])).statusCode).toBe(409);
      expect((await script([...long, { outcome: 'approve' }])).statusCode).toBe(400);
    });

    it.each([
      [[], 'fewer than 1 items'],
      [[{}], 'outcome'],
      [[{ outcome: 'approved' }], 'body/0/outcome'],
      [[{ outcome: 'approve' }, { outcome: 'approve', fault: 'fire' }], 'body/1/fault'],
      [[{ outcome: 'approve', delayMs: -1 }], 'body/0/delayMs'],
      [[{ outcome: 'approve', tipAmount: 1.5 }], 'body/0/tipAmount'],
      [[{ outcome: 'approve', respCode: 5 }], 'body/0/respCode'],
      [[{ outcome: 'approve', delay: 5 }], 'additional properties'],
      [[{ outcome: 'approve', fault: 'late-result' }], 'delayMs'],
      [[{ outcome: 'approve', fault: 'clock-skew' }], 'skewMs'],
      [[{ outcome: 'approve', skewMs: 5 }], 'body/0/skewMs'],
    ])('%j is a 400 that names %s', async (payload, named) => {
      const response = await script(payload);
      expect([response.statusCode, response.json<{ message: string }>().message]).toEqual([400, expect.stringContaining(named)]);
    });

    it('of an unknown terminal are a 404', async () => {
      const response = await app.inject({ method: 'POST', url: '/terminals/WP9/script', payload: [{ outcome: 'approve' }] });
      expect(response.statusCode).toBe(404);
    });
  });

  describe('the whole fleet', () => {
    const behave = (payload: object) => app.inject({ method: 'POST', url: '/behaviour', payload });

    it('behaves by chance, and in the ordinary way again', async () => {
      const behaviour = {
        seed: 7,
        outcomes: { approve: 80, decline: 20 },
        faults: { none: 90, 'drop-ack': 10 },
        delayMs: { min: 0, max: 5 },
      };
      expect((await behave(behaviour)).json()).toEqual(behaviour);
      expect((await app.inject({ method: 'DELETE', url: '/behaviour' })).statusCode).toBe(204);
    });

    it.each([
      [{ outcomes: { approve: 1 } }, 'seed'],
      [{ seed: 1 }, 'outcomes'],
      [{ seed: -1, outcomes: { approve: 1 } }, 'body/seed'],
      [{ seed: 1, outcomes: {} }, 'body/outcomes'],
      [{ seed: 1, outcomes: { approve: 0 } }, 'outcomes must have a weight'],
      [{ seed: 1, outcomes: { maybe: 1 } }, 'body/outcomes'],
      [{ seed: 1, outcomes: { approve: -1 } }, 'body/outcomes/approve'],
      [{ seed: 1, outcomes: { approve: 1 }, faults: { fire: 1 } }, 'body/faults'],
      [{ seed: 1, outcomes: { approve: 1 }, delayMs: { min: 2, max: 1 } }, 'delayMs.min'],
      [{ seed: 1, outcomes: { approve: 1 }, delayMs: 5 }, 'body/delayMs'],
    ])('%j is a 400 that names %s', async (payload, named) => {
      const response = await behave(payload);
      expect([response.statusCode, response.json<{ message: string }>().message]).toEqual([400, expect.stringContaining(named)]);
    });

    it('goes off and on again, one terminal or all', async () => {
      await put({ terminalSn: 'WP1', key: 'k' });
      await put({ terminalSn: 'WP2', key: 'k' });
      const one = await app.inject({ method: 'POST', url: '/terminals/WP1/power-cycle' });
      expect([one.statusCode, one.json()]).toEqual([200, offline('WP1')]);
      expect((await app.inject({ method: 'POST', url: '/power-cycle' })).json()).toEqual({ terminals: 2 });
    });

    it('has a terminal go silent', async () => {
      await put({ terminalSn: 'WP1', key: 'k' });
      const silence = (payload: object) => app.inject({ method: 'POST', url: '/terminals/WP1/silence', payload });
      expect((await silence({ on: true })).json()).toEqual(offline('WP1'));
      const wrong = await silence({ on: 'yes' });
      expect([wrong.statusCode, wrong.json<{ message: string }>().message]).toEqual([400, expect.stringContaining('on')]);
    });
  });

  it('lives', async () => {
    expect((await app.inject('/health/live')).json()).toEqual({ status: 'ok' });
  });
});
