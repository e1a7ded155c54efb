import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DataDir } from './data-dir.js';

let path: string;

beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'tillbridge-data-')), 'sandbox');
});

afterEach(() => {
  rmSync(join(path, '..'), { recursive: true, force: true });
});

describe('the data folder', () => {
  test('belongs to one sandbox at a time', () => {
    const first = DataDir.take(path);
    expect(() => DataDir.take(path)).toThrow(/^A sandbox already runs on .* \(process \d+\): .* --data-dir\.$/);
    first.release();
    DataDir.take(path).release();
  });

  test('is not kept by a dead process, nor by a stranger with the number of one', () => {
    DataDir.take(path).release();
    writeFileSync(join(path, 'lock.json'), JSON.stringify({ pid: process.pid, startedAt: 'in an earlier life' }));
    DataDir.take(path).release();
  });

  test('remembers its state for its owner only, until it is reset', async () => {
    const first = DataDir.take(path);
    first.remember({ ports: { gateway: 8080 } });
    first.release();
    expect(statSync(join(path, 'state.json')).mode & 0o777).toBe(0o600);
    const second = DataDir.take(path);
    expect(second.state).toEqual(first.state);
    await second.reset();
    expect(second.state.ports).toEqual({});
    expect(second.state.secretsKey).not.toBe(first.state.secretsKey);
    second.release();
  });
});
