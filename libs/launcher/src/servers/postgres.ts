import { join } from 'node:path';

import pg from 'pg';

import { AlreadyInUse, StartFailed } from '../failures.js';
import { freePort } from '../ports.js';
import { OwnedProcess, type ServerCommand } from './owned-process.js';
import { type Cluster, openCluster, removeCluster, SUPERUSER } from './postgres-cluster.js';

/** Two starts may pick the same port at the same moment, and a killed server's memory may be freed a moment after its last process ended. */
const START_ATTEMPTS = 3;
const MAX_CONNECTIONS = 200;
const PROBE_WITHIN_MS = 2_000;

/** How to run a PostgreSQL server. */
export interface PostgresOptions {
  /** Holds the data, the superuser's password and the log; made when absent, found again when present. */
  readonly dataDir: string;
  /** The port on 127.0.0.1; 0 or absent takes a free one. */
  readonly port?: number;
  /** False only in tests: the death of a process loses nothing without it, a power cut does. Default true. */
  readonly fsync?: boolean;
  /** Called when the server ends without having been told to. */
  readonly onUnexpectedExit?: () => void;
}

/** A user of the database and his password. */
export interface DatabaseLogin {
  readonly role: string;
  readonly password: string;
}

/** A running PostgreSQL server of ours. Port, data and passwords stay the same over kill and restart. */
export interface PostgresServer {
  readonly port: number;
  /** The postmaster's process number; changes with restart. */
  readonly pid: number;
  readonly logFile: string;
  /** The address of a database, by default for the superuser and his database `postgres`. */
  url(database?: string, login?: DatabaseLogin): string;
  /** Ends it after a checkpoint; connections are closed. */
  stop(): Promise<void>;
  /** SIGKILL for the whole server, its children included; returns when all are gone. */
  kill(): Promise<void>;
  /** Starts it again (after stop or kill) on the same port and data, and waits until it serves. */
  restart(): Promise<void>;
}

/**
 * Starts PostgreSQL on its data folder and waits until it answers a query. Throws ServerUnavailable (no binaries for this platform),
 * AlreadyInUse (a living server on the same data) or StartFailed (with the end of the log).
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const server = new Postgres(options);
  await server.restart();
  return server;
}

const ownership = (dataDir: string): { title: string; recordFile: string; politeSignal: 'SIGINT' } => ({
  title: 'PostgreSQL',
  recordFile: join(dataDir, 'server.json'),
  politeSignal: 'SIGINT',
});

/** Deletes a server's data, wherever it was placed, after stopping an orphan that still runs on it. Throws AlreadyInUse when it is in use. */
export async function removePostgres(dataDir: string): Promise<void> {
  await OwnedProcess.takeOver(ownership(dataDir));
  removeCluster(dataDir);
}

class Postgres implements PostgresServer {
  readonly logFile: string;
  readonly #options: PostgresOptions;
  #port: number;
  #password = '';
  #process: OwnedProcess | undefined;

  constructor(options: PostgresOptions) {
    this.#options = options;
    this.#port = options.port ?? 0;
    this.logFile = join(options.dataDir, 'server.log');
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  url(database = 'postgres', login: DatabaseLogin = { role: SUPERUSER, password: this.#password }): string {
    const user = `${encodeURIComponent(login.role)}:${encodeURIComponent(login.password)}`;
    return `postgres://${user}@127.0.0.1:${this.#port}/${encodeURIComponent(database)}`;
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
    await OwnedProcess.takeOver(ownership(this.#options.dataDir));
    const cluster = await openCluster(this.#options.dataDir, this.#options.fsync ?? true);
    this.#password = cluster.password;
    return OwnedProcess.start(this.#command(cluster));
  }

  #command(cluster: Cluster): ServerCommand {
    const fsync = (this.#options.fsync ?? true) ? 'on' : 'off';
    const settings = {
      listen_addresses: '127.0.0.1',
      port: this.#port,
      unix_socket_directories: '',
      max_connections: MAX_CONNECTIONS,
      fsync,
      full_page_writes: fsync,
      synchronous_commit: 'on',
      timezone: 'UTC',
      log_timezone: 'UTC',
    };
    return {
      ...ownership(this.#options.dataDir),
      program: cluster.binaries.postgres,
      args: ['-D', cluster.folder, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      user: cluster.user,
      logFile: this.logFile,
      isReady: () => this.#answers(),
      onUnexpectedExit: this.#options.onUnexpectedExit,
    };
  }

  /** Whether it answers a query. Wrong credentials mean that another server took the port between our choice and our start. */
  async #answers(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.url(), connectionTimeoutMillis: PROBE_WITHIN_MS });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('select 1');
      return true;
    } catch (error) {
      if ((error as { code?: string }).code === '28P01')
        throw new AlreadyInUse(`Port ${this.#port} is taken by another PostgreSQL server.`);
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
