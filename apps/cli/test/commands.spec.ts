import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commands, hyphenated } from '../src/commands.js';
import { FakeGateway, problem, TOKEN } from './fake-gateway.js';
import { runCli } from './run-cli.js';

/** A command is one call of the operators' API, and its answer is told to people or to programs. */

let gateway: FakeGateway;
let folder: string;
beforeAll(async () => {
  gateway = await FakeGateway.start();
  folder = mkdtempSync(join(tmpdir(), 'tillbridge-cli-'));
  mkdirSync(join(folder, '.tillbridge'));
  const sandbox = { admin: { url: `${gateway.url}/admin/v1`, token: TOKEN } };
  writeFileSync(join(folder, '.tillbridge', 'sandbox.json'), JSON.stringify(sandbox));
});
afterAll(() => {
  gateway.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => gateway.forget());

const admin = (...args: string[]) => runCli(['admin', ...args], { admin: { url: gateway.url, token: TOKEN } });

describe('one command is one call', () => {
  it.each([
    ['developers list --limit 2', 'GET', '/developers?limit=2', undefined],
    ['developers get c1', 'GET', '/developers/c1', undefined],
    ['developers add --name Demo --unsigned-allowed false', 'POST', '/developers', { name: 'Demo', unsignedAllowed: false }],
    ['developers change c1 --name New', 'PATCH', '/developers/c1', { name: 'New' }],
    ['developers suspend c1', 'PATCH', '/developers/c1', { standing: 'suspended' }],
    ['developers rotate c1', 'POST', '/developers/c1/secrets', undefined],
    ['developers revoke c1 s1', 'DELETE', '/developers/c1/secrets/s1', undefined],
    ['merchants activate c1 m/1', 'PATCH', '/merchants/c1/m%2F1', { standing: 'active' }],
    [
      'tokens add --client-id c --merchant-id m --channel Terminal',
      'POST',
      '/merchant-tokens',
      { clientId: 'c', merchantId: 'm', channel: 'Terminal' },
    ],
    ['tokens revoke u1', 'DELETE', '/merchant-tokens/u1', undefined],
    ['terminals revoke u1', 'DELETE', '/terminals/u1/key', undefined],
    ['tills suspend u1', 'PATCH', '/tills/u1', { standing: 'suspended' }],
    ['bindings revoke --client-id c --merchant-id m --pos-id p', 'DELETE', '/bindings?clientId=c&merchantId=m&posId=p', undefined],
    [
      'pairing-codes add --client-id c --merchant-id m --terminal-sn s --life-seconds 60 --renew',
      'POST',
      '/pairing-codes',
      { clientId: 'c', merchantId: 'm', terminalSn: 's', lifeSeconds: 60, renew: true },
    ],
    ['audit list --id u1', 'GET', '/audit-log?id=u1', undefined],
  ])('%s', async (line, method, path, body) => {
    expect(await admin(...line.split(' '))).toMatchObject({ code: 0, notes: '' });
    expect(gateway.heard).toEqual([{ method, url: `/admin/v1${path}`, body }]);
  });
});

describe('what is told', () => {
  const items = [
    { clientId: 'c1', name: 'Demo \u001b[2Jx', createdAt: 'a' },
    { clientId: 'c22', name: 'B', createdAt: 'b' },
  ];

  it('to people is a table, on which no name can play', async () => {
    gateway.says(() => ({ status: 200, body: { items, next: 'cursor' } }));
    const { out, notes } = await admin('developers', 'list');
    expect(out).toBe('clientId  name        createdAt\nc1        Demo �[2Jx  a\nc22       B           b\n');
    expect(notes).toBe("more: --after 'cursor'\n");
  });

  it('to programs is one JSON document, of all pages when that is asked for', async () => {
    gateway.says(({ url }) => ({ status: 200, body: url.includes('after=x') ? { items: [items[1]] } : { items: [items[0]], next: 'x' } }));
    const { out } = await admin('developers', 'list', '--all', '--json');
    expect(JSON.parse(out)).toEqual({ items });
  });

  it('of an error is a sentence, on standard error alone', async () => {
    gateway.says(() => problem(404, 40405, 'there is no such record'));
    expect(await admin('developers', 'get', 'c1', '--json')).toEqual({
      code: 1,
      out: '',
      notes: 'there is no such record (HTTP 404, code 40405, request request-1)\n',
    });
  });

  it('never is the admin token', async () => {
    const wrong = 'some-wrong-admin-token';
    const told = await runCli(['admin', 'developers', 'list', '--token', wrong], { admin: { url: gateway.url, token: undefined } });
    expect(told.code).toBe(1);
    expect(told.out + told.notes).not.toContain(wrong);
    const gone = await FakeGateway.start();
    const { url } = gone;
    gone.stop();
    const away = await runCli(['admin', 'developers', 'list'], { admin: { url, token: TOKEN } });
    expect(away).toMatchObject({ code: 1, notes: expect.stringContaining('ECONNREFUSED') });
    expect(away.notes).not.toContain(TOKEN);
  });
});

it('encrypts secrets again until none is left', async () => {
  let left = 3;
  gateway.says(() => ({ status: 200, body: { resealed: 100, left: --left } }));
  const { code, out } = await admin('reencrypt-secrets', '--json');
  expect([code, JSON.parse(out)]).toEqual([0, { resealed: 300, left: 0 }]);
  gateway.says(() => ({ status: 200, body: { resealed: 0, left: 4 } }));
  expect((await admin('reencrypt-secrets')).code).toBe(1);
});

describe('where the gateway is', () => {
  it.each([
    ['the sandbox of this folder', [], {}],
    ['a named sandbox, whatever the environment says', ['--sandbox', '.tillbridge'], { admin: { url: 'http://127.0.0.1:1', token: 'x' } }],
  ])('is known from %s', async (_name, more, around) => {
    expect(await runCli(['admin', 'developers', 'list', ...more], { folder, ...around })).toMatchObject({ code: 0, out: 'none\n' });
  });

  it("is never told a sandbox's token when it is another host", async () => {
    expect(await runCli(['admin', 'developers', 'list', '--url', gateway.url], { folder })).toMatchObject({ code: 2 });
    expect(gateway.heard).toEqual([]);
  });

  it('has to be said', async () => {
    expect(await runCli(['admin', 'developers', 'list'])).toMatchObject({ code: 2, notes: expect.stringContaining('--url') });
    expect(await admin('developers', 'list', '--sandbox', '/nowhere')).toMatchObject({ code: 1 });
  });
});

describe('a command line that is not understood', () => {
  it.each([
    ['', 2],
    ['admin', 2],
    ['admin developers', 2],
    ['admin developers remove', 2],
    ['admin nothing list', 2],
    ['admin developers get', 2],
    ['admin developers get a b', 2],
    ['admin developers add', 2],
    ['admin developers add --nme x', 2],
    ['admin developers change c1 --unsigned-allowed perhaps', 2],
    ['admin developers list --limit many', 2],
    ['admin terminals import', 2],
    ['serve', 2],
  ])('%p is told so, and nothing is sent', async (line, code) => {
    const told = await runCli(
      line.split(' ').filter((word) => word !== ''),
      { admin: { url: gateway.url, token: TOKEN } },
    );
    expect([told.code, told.out]).toEqual([code, '']);
    expect(told.notes).not.toBe('');
    expect(gateway.heard).toEqual([]);
  });
});

describe('help', () => {
  it('names every command', async () => {
    const { code, out } = await runCli(['--help']);
    expect(code).toBe(0);
    for (const { noun, verb } of commands) expect(out).toContain(`  ${noun} ${verb}`);
  });

  it.each(commands.map((command) => [`${command.noun} ${command.verb}`, command] as const))(
    '%s',
    async (_name, { noun, verb, options }) => {
      const { code, out } = await runCli(['admin', noun, verb, '--help']);
      expect(code).toBe(0);
      for (const name of Object.keys(options)) expect(out).toContain(`--${hyphenated(name)}`);
    },
  );
});

it('runs from any folder as npm links it', () => {
  const program = join(import.meta.dirname, '..', 'bin', 'tillbridge.mjs');
  const told = spawnSync(process.execPath, [program, 'admin', 'developers', 'list', '--help'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  expect(told).toMatchObject({ status: 0, stdout: expect.stringContaining('Usage: tillbridge admin developers list') });
}, 60_000);
