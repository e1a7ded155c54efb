import { execFile } from 'node:child_process';

import { inheritedEnvironment } from '../config.js';
import { StartFailed } from '../failures.js';

const MIGRATED_WITHIN_MS = 120_000;
const SHOWN_CHARACTERS = 2_000;

/** Runs the migrations of one app to their end. Throws StartFailed with what the program said last. */
export function migrate(program: string, environment: Readonly<Record<string, string>>): Promise<void> {
  const options = { env: { ...inheritedEnvironment(), ...environment }, timeout: MIGRATED_WITHIN_MS, windowsHide: true };
  return new Promise((done, fail) => {
    execFile(process.execPath, ['--enable-source-maps', program], options, (error, output, errors) => {
      if (error === null) done();
      else fail(new StartFailed(`The migrations of ${program} failed:\n${(output + errors).trim().slice(-SHOWN_CHARACTERS)}`));
    });
  });
}
