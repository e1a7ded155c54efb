import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

it('says in one sentence that there is no sandbox to sign for', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tillbridge sign-'));
  const signer = join(import.meta.dirname, 'sign.mjs');
  const told = spawnSync(process.execPath, [signer, 'internetTrans', '--data-dir', folder], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  expect(told).toMatchObject({ status: 1, stdout: '' });
  expect(told.stderr).toBe(
    `There is no ${join(folder, 'sandbox.json')}: start the sandbox with npm start, or name its folder with --data-dir.\n`,
  );
});
