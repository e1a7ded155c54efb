import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  AlreadyInUse,
  asIdentity,
  isRunning,
  ourselves,
  readJson,
  removeNats,
  removePostgres,
  writeAtomically,
} from '@tillbridge/launcher';

import { SandboxFailure } from './failure.js';

const READABLE_FOLDER = 0o755;
const SECRETS_KEY_BYTES = 32;
const TOKEN_BYTES = 24;

/** What a till needs to buy something at this sandbox. Made once, at the first start. */
export interface Credentials {
  readonly developer: { readonly clientId: string; readonly clientSecret: string };
  readonly merchant: { readonly merchantId: string; readonly token: string; readonly currencyCode: string };
  readonly till: { readonly posId: string };
  readonly terminal: { readonly terminalSn: string; readonly terminalId: string; readonly key: string };
  /** Where results are pushed, the secret that signs them, and the id under which the place can be changed. */
  readonly endpoint: { readonly endpointId: string; readonly url: string; readonly signingSecret: string };
}

/** What the sandbox remembers from one start to the next. */
export interface State {
  readonly adminToken: string;
  /** Seals secrets in the databases, form `k1:<base64>`. */
  readonly secretsKey: string;
  /** Ports of the last start, by process, to be used again. */
  readonly ports: Readonly<Record<string, number>>;
  readonly credentials?: Credentials;
}

/** The folder that holds everything of one sandbox, taken for this process alone. */
export class DataDir {
  readonly path: string;
  #state: State;

  private constructor(path: string) {
    this.path = path;
    this.#state = (readJson(this.in('state.json')) as State | undefined) ?? freshState();
  }

  /** Takes the folder, making it when absent. Throws AlreadyInUse when another living sandbox has it, SandboxFailure when another user does. */
  static take(path: string): DataDir {
    mkdirSync(path, { recursive: true, mode: READABLE_FOLDER });
    demandOurs(path);
    takeLock(join(path, 'lock.json'), path);
    return new DataDir(path);
  }

  /** A path inside the folder. */
  in(...names: string[]): string {
    return join(this.path, ...names);
  }

  get state(): State {
    return this.#state;
  }

  /** Changes and keeps the state. */
  remember(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    writeAtomically(this.in('state.json'), JSON.stringify(this.#state, undefined, 2));
  }

  /** Deletes what earlier starts have left: databases, streams, credentials, logs. The packaged servers of a crashed start are stopped first. */
  async reset(): Promise<void> {
    await Promise.all([removePostgres(this.in('postgres')), removeNats(this.in('nats'))]);
    for (const name of ['state.json', 'sandbox.json', 'logs', 'cache']) rmSync(this.in(name), { recursive: true, force: true });
    this.#state = freshState();
  }

  /** Gives the folder back. */
  release(): void {
    rmSync(this.in('lock.json'), { force: true });
  }
}

function freshState(): State {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  return { adminToken: token, secretsKey: `k1:${randomBytes(SECRETS_KEY_BYTES).toString('base64')}`, ports: {} };
}

/** What root has made here, an ordinary user can neither read nor replace as a whole; half of it would be worse than a refusal. */
function demandOurs(path: string): void {
  const uid = process.getuid?.();
  if (uid === undefined || uid === 0) return;
  const paths = ['', 'lock.json', 'state.json', 'postgres', 'nats'].map((name) => join(path, name));
  const foreign = paths.find((name) => (statSync(name, { throwIfNoEntry: false })?.uid ?? uid) !== uid);
  if (foreign === undefined) return;
  throw new SandboxFailure(`${foreign} belongs to another user: start as that user, or choose another folder with --data-dir.`);
}

function takeLock(file: string, path: string): void {
  const holder = asIdentity(readJson(file));
  if (holder !== undefined && isRunning(holder)) {
    throw new AlreadyInUse(
      `A sandbox already runs on ${path} (process ${holder.pid}): stop it first, or choose another folder with --data-dir.`,
    );
  }
  // The lock of a dead process is cleared away; then only one of several starts can make the new one.
  rmSync(file, { force: true });
  try {
    writeFileSync(file, JSON.stringify(ourselves()), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new AlreadyInUse(`Another sandbox is just starting on ${path}: wait for it, or choose another folder with --data-dir.`);
  }
}
