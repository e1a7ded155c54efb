import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from '../src/ports.js';
import { identify, isRunning } from '../src/process-table.js';
import type { ServiceSpec } from '../src/supervisor/service-process.js';
import { Supervisor } from '../src/supervisor/supervisor.js';
import { becomesTrue } from '../src/waiting.js';

const FIXTURES = join(import.meta.dirname, 'fixtures');

let dir: string;
let supervisor: Supervisor;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tillbridge-supervisor-'));
  supervisor = new Supervisor({ logDir: dir, recordFile: join(dir, 'processes.json'), readyWithinMs: 20_000 });
});

afterEach(async () => {
  await supervisor.stopAll();
  await rm(dir, { recursive: true, force: true });
});

async function specOf(environment: Record<string, string> = {}): Promise<ServiceSpec> {
  const port = await freePort();
  const settings = { FIXTURE_PORT: String(port), ...environment };
  return { name: 'fixture', entry: join(FIXTURES, 'service.mjs'), port, readyPath: '/', environment: settings };
}

async function answerOf(port: number): Promise<{ pid: number; settings: string[] }> {
  return (await (await fetch(`http://127.0.0.1:${port}/`)).json()) as { pid: number; settings: string[] };
}

describe('the supervisor', () => {
  test('starts a service with its own settings and none of ours', async () => {
    process.env['TILLBRIDGE_LEAK'] = 'ours';
    const spec = await specOf({ TILLBRIDGE_OWN: 'its' });
    await supervisor.start(spec);
    delete process.env['TILLBRIDGE_LEAK'];
    expect(await answerOf(spec.port)).toEqual({ pid: supervisor.processes()['fixture'], settings: ['TILLBRIDGE_OWN'] });
  });

  test('starts a killed service again within a second, and says so', async () => {
    const spec = await specOf();
    await supervisor.start(spec);
    const first = supervisor.processes()['fixture'];
    const restarted = once(supervisor, 'started') as Promise<[string, number]>;
    const killedAt = performance.now();
    await supervisor.kill9('fixture');
    const [, second] = await restarted;
    expect(performance.now() - killedAt).toBeLessThan(1_000);
    expect(second).not.toBe(first);
    expect(await becomesTrue(async () => (await answerOf(spec.port).catch(() => undefined))?.pid === second, 10_000)).toBe(true);
  });

  test('gives up on a service that dies before it is ready, and shows what it said', async () => {
    const spec = await specOf({ FIXTURE_DIES: 'at-once' });
    await expect(supervisor.start(spec)).rejects.toThrow('the setting FIXTURE_COLOUR is missing');
    expect(supervisor.processes()).toEqual({});
  });

  test('a stopped service stays stopped', async () => {
    const spec = await specOf();
    await supervisor.start(spec);
    await supervisor.service('fixture').stop();
    expect(await becomesTrue(() => supervisor.service('fixture').pid !== undefined, 500)).toBe(false);
    await supervisor.service('fixture').start();
    expect((await answerOf(spec.port)).pid).toBe(supervisor.processes()['fixture']);
  });

  test('a paused service is alive and silent until it is resumed', async () => {
    const spec = await specOf();
    await supervisor.start(spec);
    supervisor.pause('fixture');
    const silent = fetch(`http://127.0.0.1:${spec.port}/`, { signal: AbortSignal.timeout(300) });
    await expect(silent).rejects.toThrow();
    supervisor.resume('fixture');
    expect((await answerOf(spec.port)).pid).toBe(supervisor.processes()['fixture']);
  });

  test('kills a service that does not listen when it is told to end', async () => {
    await supervisor.start(await specOf({ FIXTURE_DEAF: 'true' }));
    const process = identify(supervisor.processes()['fixture']!)!;
    await supervisor.stopAll();
    expect(isRunning(process)).toBe(false);
  }, 30_000);

  test('a service does not outlive a killed launcher, and the next launcher ends what did', async () => {
    const index = join(import.meta.dirname, '..', 'dist', 'index.js');
    const port = String(await freePort());
    const launcher = spawn(process.execPath, [join(FIXTURES, 'launcher.mjs'), index, dir, port, join(FIXTURES, 'service.mjs')]);
    const [said] = (await once(launcher.stdout, 'data')) as [Buffer];
    const { fixture } = JSON.parse(said.toString()) as { fixture: number };
    const service = identify(fixture)!;
    expect(await readFile(join(dir, 'processes.json'), 'utf8')).toContain(String(fixture));
    launcher.kill('SIGKILL');
    expect(await becomesTrue(() => !isRunning(service), 5_000)).toBe(true);
    await supervisor.endLeftovers();
    await expect(readFile(join(dir, 'processes.json'))).rejects.toThrow('ENOENT');
  });
});
