import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ServerUnavailable } from '../failures.js';

/** A user of the operating system by numbers. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** Users that exist on common systems and own nothing of value, in order of preference. */
const UNPRIVILEGED = ['postgres', 'nobody'];
const READABLE_FOLDER = 0o755;

const weAreRoot = (): boolean => process.getuid?.() === 0;

function numberOf(flag: '-u' | '-g', name: string): number | undefined {
  const result = spawnSync('id', [flag, name], { encoding: 'utf8' });
  // macOS prints nobody as 4294967294; spawn takes 32-bit signed numbers.
  return result.status === 0 ? Number(result.stdout.trim()) | 0 : undefined;
}

/**
 * The user that PostgreSQL must run as: it refuses to run as root. Undefined for an ordinary user, who runs it as himself. Root runs it as
 * the owner of data that is there already, so that data made by an ordinary user stays his, and else as an unprivileged user of the system.
 */
export function databaseUser(clusterDir: string): SystemUser | undefined {
  if (!weAreRoot()) return undefined;
  const existing = statSync(clusterDir, { throwIfNoEntry: false });
  if (existing !== undefined && existing.uid !== 0) return { uid: existing.uid, gid: existing.gid };
  for (const name of UNPRIVILEGED) {
    const [uid, gid] = [numberOf('-u', name), numberOf('-g', name)];
    if (uid !== undefined && gid !== undefined && uid !== 0) return { uid, gid };
  }
  throw new ServerUnavailable(
    'PostgreSQL refuses to run as root and this system has no unprivileged user named postgres or nobody: run as an ordinary user, or name a running server in TILLBRIDGE_POSTGRES_URL.',
  );
}

/** Whether this user can enter the folder or run the program. The system is asked as that user, because permissions are more than the mode bits. */
export function reachableBy(user: SystemUser, path: string): boolean {
  const question = ['-c', 'test -x "$1"', 'sh', path];
  return spawnSync('/bin/sh', question, { uid: user.uid, gid: user.gid, cwd: '/', stdio: 'ignore' }).status === 0;
}

/**
 * Where root keeps what an unprivileged user must reach when the project itself lies out of his reach (a clone below /root, mode 0700).
 * /var/lib outlives a reboot, which the temporary folder does not: the data is the sandbox's truth. Only a system without a writable
 * /var/lib gets the temporary folder.
 */
export function relocationRoot(): string {
  for (const root of ['/var/lib/tillbridge', join(tmpdir(), 'tillbridge')]) {
    try {
      mkdirSync(root, { recursive: true, mode: READABLE_FOLDER });
      return root;
    } catch {
      continue;
    }
  }
  throw new ServerUnavailable('Neither /var/lib nor the temporary folder is writable: PostgreSQL has no place for its data.');
}
