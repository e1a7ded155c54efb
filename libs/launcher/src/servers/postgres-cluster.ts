import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { inheritedEnvironment } from '../config.js';
import { AlreadyInUse, ServerUnavailable, StartFailed } from '../failures.js';
import { writeAtomically } from '../ownership.js';
import { commandLine, identify } from '../process-table.js';
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { databaseUser, reachableBy, relocationRoot, type SystemUser } from './system-user.js';

export const SUPERUSER = 'tillbridge';
const INITDB_WITHIN_MS = 120_000;
const READABLE_FOLDER = 0o755;
const PRIVATE_FOLDER = 0o700;

/** Where a cluster's files are, and who may touch them. */
export interface Cluster {
  readonly folder: string;
  readonly password: string;
  readonly user: SystemUser | undefined;
  readonly binaries: PostgresBinaries;
}

const passwordFile = (dataDir: string): string => join(dataDir, 'password');

function relocatedFolder(dataDir: string): string {
  const key = createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 16);
  return join(relocationRoot(), key, 'cluster');
}

/** The cluster's folder: inside the data folder, or, when the user that PostgreSQL must run as cannot get there, in the relocation root. */
function place(dataDir: string): { folder: string; user: SystemUser | undefined } {
  const inside = join(dataDir, 'cluster');
  const user = databaseUser(inside);
  if (user === undefined || reachableBy(user, dataDir)) return { folder: inside, user };
  const folder = relocatedFolder(dataDir);
  return { folder, user: databaseUser(folder) };
}

/**
 * Finds the cluster of a data folder or makes a new one. A new one is made beside its place and moved there when it is complete, so that a
 * crash in the middle leaves no half-made cluster to be found. Its superuser has a random password, kept in the data folder (0600).
 */
export async function openCluster(dataDir: string, durable: boolean): Promise<Cluster> {
  mkdirSync(dataDir, { recursive: true, mode: READABLE_FOLDER });
  const { folder, user } = place(resolve(dataDir));
  const binaries = postgresBinaries(user);
  for (const path of [passwordFile(dataDir), folder]) demandOurs(path);
  const known = existsSync(passwordFile(dataDir)) ? readFileSync(passwordFile(dataDir), 'utf8') : undefined;
  if (known !== undefined && existsSync(join(folder, 'PG_VERSION'))) {
    removeStaleLock(folder);
    return { folder, password: known, user, binaries };
  }
  const password = randomBytes(24).toString('base64url');
  // Without its password a cluster is of no use: its data folder was deleted and this one, kept elsewhere, was left behind.
  rmSync(folder, { recursive: true, force: true });
  await initialise({ folder, password, user, binaries }, durable);
  writeAtomically(passwordFile(dataDir), password);
  return { folder, password, user, binaries };
}

/** Deletes a cluster and its password, wherever it was placed. Nobody may be running on it. */
export function removeCluster(dataDir: string): void {
  if (!existsSync(dataDir)) return;
  const { folder } = place(resolve(dataDir));
  rmSync(dirname(folder), { recursive: true, force: true });
  rmSync(dataDir, { recursive: true, force: true });
}

async function initialise(cluster: Cluster, durable: boolean): Promise<void> {
  const { folder, user } = cluster;
  const draft = `${folder}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true, mode: READABLE_FOLDER });
  mkdirSync(draft, { mode: PRIVATE_FOLDER });
  const secrets = mkdtempSync(join(tmpdir(), 'tillbridge-'));
  const secretFile = join(secrets, 'password');
  writeFileSync(secretFile, `${cluster.password}\n`, { mode: 0o600 });
  if (user !== undefined) for (const path of [draft, secrets, secretFile]) chownSync(path, user.uid, user.gid);
  try {
    await runInitdb(cluster, draft, secretFile, durable);
  } finally {
    rmSync(secrets, { recursive: true, force: true });
  }
  renameSync(draft, folder);
}

function runInitdb(cluster: Cluster, folder: string, secretFile: string, durable: boolean): Promise<void> {
  const args = [
    `--pgdata=${folder}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${secretFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The built-in locale sorts the same on every system, whatever its libraries say.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ];
  const options = {
    ...cluster.user,
    cwd: process.platform === 'win32' ? dirname(folder) : '/',
    env: { ...inheritedEnvironment(), LC_ALL: 'C', TZ: 'UTC' },
    timeout: INITDB_WITHIN_MS,
  };
  return new Promise((done, fail) => {
    execFile(cluster.binaries.initdb, args, options, (error, _output, errors) => {
      if (error === null) done();
      else fail(new StartFailed(`PostgreSQL could not make its data folder ${folder}: ${errors.trim() || error.message}`));
    });
  });
}

/** An ordinary user cannot run PostgreSQL on the files of another user (root made the sandbox the first time). */
function demandOurs(path: string): void {
  const uid = process.getuid?.();
  const owner = statSync(path, { throwIfNoEntry: false })?.uid;
  if (uid === undefined || uid === 0 || owner === undefined || owner === uid) return;
  throw new ServerUnavailable(`The PostgreSQL data in ${path} belongs to another user: start as that user, or choose another data folder.`);
}

/**
 * A lock file whose process is dead, or is by now another program with the same number (process numbers repeat soon in a container), must
 * not keep PostgreSQL from starting. One whose process does run on this folder, unknown to us, must.
 */
function removeStaleLock(folder: string): void {
  const lock = join(folder, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const pid = Number(readFileSync(lock, 'utf8').split('\n')[0]);
  if (Number.isInteger(pid) && identify(pid) !== undefined && commandLine(pid).includes(folder)) {
    throw new AlreadyInUse(`A PostgreSQL server (process ${pid}) already runs on ${folder}: stop it first, or use another data folder.`);
  }
  rmSync(lock, { force: true });
}
