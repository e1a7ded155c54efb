import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Fastify, { type FastifyInstance } from 'fastify';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server } from '../../test/channel-server.js';
import { runSim } from './run.js';

let folder: string;
let server: Server;
let interruption: AbortController;
let said: string;
let noted: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tillbridge-sim-'));
  server = await Server.open();
  interruption = new AbortController();
  said = '';
  noted = '';
});

afterEach(async () => {
  interruption.abort();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: string[]): Promise<number> =>
  runSim(args, {
    folder,
    say: (text) => void (said += text),
    note: (text) => void (noted += text),
    interrupted: interruption.signal,
  });
const inFolder = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return name;
};

describe('tillbridge-sim', () => {
  it('runs a terminal until it is interrupted, and then closes its channel', async () => {
    const running = run('--url', server.url, '--sn', 'WP1', '--key', 'k', '--think-ms', '0');
    const connection = await server.accept();
    expect(await connection.welcome()).toMatchObject({ terminalSn: 'WP1', key: 'k' });
    interruption.abort();
    expect([await running, said, noted]).toEqual([
      0,
      expect.stringMatching(/^1 of 1 terminals started for ws:.*; Ctrl-C ends\nconnected\n$/),
      '',
    ]);
  });

  it('with --control-port is controlled, and with --seed left to chance', async () => {
    const running = run('--url', server.url, '--sn', 'WP1', '--key', 'k', '--control-port', '0', '--seed', '7');
    await (await server.accept()).welcome();
    const api = /control API: (http:\S+)\n/.exec(said)?.[1] ?? '';
    expect(await (await fetch(`${api}/terminals`)).json()).toMatchObject([{ terminalSn: 'WP1', connected: true }]);
    interruption.abort();
    expect(await running).toBe(0);
    await expect(fetch(api)).rejects.toThrow();
  });

  it('says once what is in the way of a terminal', async () => {
    const running = run('--url', server.url, '--sn', 'WP1', '--key', 'wrong');
    (await server.accept()).close(4003);
    (await server.accept()).close(4003);
    await server.accept();
    interruption.abort();
    await running;
    expect(noted).toBe('WP1 is not let in: the server does not know it, or its key is another one\n');
  });

  it('is help when it is asked for', async () => {
    expect([await run('--help'), said, noted]).toEqual([0, expect.stringContaining('Usage: tillbridge-sim'), '']);
  });

  it('with a control port that is taken does not start', async () => {
    const { port } = new URL(server.url);
    expect(await run('--url', server.url, '--sn', 'WP1', '--key', 'k', '--control-port', port)).toBe(1);
    expect(noted).toContain('the control API cannot listen');
  });

  it.each([
    [['--sn', 'A', '--key', 'k'], '--url is needed'],
    [['--url', 'http://h', '--sn', 'A', '--key', 'k'], 'http://h is no ws:// or wss:// URL'],
    [['--url', 'ws://h'], '--sn or --fleet is needed'],
    [['--url', 'ws://h', '--sn', 'A'], '--key or --pairing-code is needed'],
    [['--url', 'ws://h', '--sn', 'A', '--key', 'k', '--pairing-code', 'c'], 'do not go together'],
    [['--url', 'ws://h', '--fleet', 'f.csv', '--sn', 'A'], '--sn does not go with it'],
    [['--url', 'ws://h', '--fleet', 'missing.csv'], 'missing.csv cannot be read (ENOENT)'],
    [['--url', 'ws://h', '--sn', 'A', '--pairing-code', 'c', '--pairing-url', 'ftp://h'], '--pairing-url'],
    [['--url', 'ws://h', '--sn', 'A', '--key', 'k', '--think-ms', '600001'], '--think-ms must be'],
    [['--url', 'ws://h', '--sn', 'A', '--key', 'k', '--seed', '-1'], 'seed'],
    [['--url', 'ws://h', '--sn', 'A', '--key', 'k', '--control-port', '65536'], '--control-port must be'],
    [['--url', 'ws://h', '--speed', '9'], '--speed'],
    [['start'], 'start'],
  ])('%j is refused: %s', async (args, problem) => {
    expect([await run(...args), said]).toEqual([2, '']);
    expect(noted).toContain(problem);
    expect(noted).toContain('--help shows how');
  });
});

describe('a fleet', () => {
  it.each([
    ['', 'the first line must name terminalSn'],
    ['sn,key\nA,k\n', 'the first line must name terminalSn'],
    ['terminalSn,key\n', 'names no terminal'],
    ['terminalSn,key\nA,k\nA,l\n', 'line 3: A stands in an earlier line already'],
    ['terminalSn,key\nA,\n', 'line 2: A has neither a key nor a code'],
    ['terminalSn,key\n,k\n', 'line 2: terminalSn must have'],
    ['terminalSn,key\n"A,k\n', 'Quote Not Closed'],
  ])('file %j is refused: %s', async (text, problem) => {
    expect([await run('--url', 'ws://h', '--fleet', inFolder('fleet.csv', text)), said]).toEqual([2, '']);
    expect(noted).toContain(problem);
  });

  describe('with pairing codes', () => {
    let pairing: FastifyInstance;
    let pairingUrl: string;
    beforeEach(async () => {
      pairing = Fastify();
      pairing.post('/pairing', async (request, reply) => {
        const { code, terminalSn } = request.body as { code: string; terminalSn: string };
        return code === 'good' ? { key: `key of ${terminalSn}` } : reply.code(404).send({ title: 'no such code' });
      });
      pairingUrl = `${await pairing.listen({ port: 0, host: '127.0.0.1' })}/pairing`;
    });
    afterEach(() => pairing.close());

    it('keeps the keys for the next time, where only their owner reads them, and starts what can be started', async () => {
      const file = inFolder('fleet.csv', 'status,terminalSn,code\ninvited,WP1,good\ninvited,WP2,used\ninvited,WP3,good\n');
      const running = run('--url', server.url, '--fleet', file, '--pairing-url', pairingUrl);
      const keys = [await (await server.accept()).welcome(), await (await server.accept()).welcome()].map(({ key }) => key);
      interruption.abort();
      expect(await running).toBe(0);
      expect(keys.sort()).toEqual(['key of WP1', 'key of WP3']);
      expect(noted).toBe(`WP2 cannot be paired at ${pairingUrl}: 404 no such code\n`);
      expect(said).toContain('2 of 3 terminals started');
      const kept = join(folder, 'fleet.csv.keys.csv');
      expect(readFileSync(kept, 'utf8')).toBe('terminalSn,key\nWP1,key of WP1\nWP3,key of WP3\n');
      expect(statSync(kept).mode & 0o777).toBe(0o600);
    });

    it('fails when nothing could be started', async () => {
      expect(await run('--url', server.url, '--sn', 'WP1', '--pairing-code', 'used', '--pairing-url', pairingUrl)).toBe(1);
      expect(noted).toContain('WP1 cannot be paired');
      expect(existsSync(join(folder, 'tillbridge-sim.keys.csv'))).toBe(false);
    });
  });
});
