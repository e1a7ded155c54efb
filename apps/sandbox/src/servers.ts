import { setTimeout as sleep } from 'node:timers/promises';

import { startNats, startPostgres, withDatabase } from '@tillbridge/launcher';

import type { Config } from './config.js';
import type { DataDir } from './data-dir.js';
import { complain } from './output.js';

const RESTART_DELAY_MS = 200;
const RESTART_ATTEMPTS = 5;

/** The two servers everything stands on: ours, or running ones that were named. */
export interface Servers {
  readonly postgres: { url(database?: string): string };
  readonly nats: { readonly url: string };
  /** Stops those that we started. */
  stop(): Promise<void>;
}

interface OwnServer {
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts both servers at once, each only when no running one was named. When one cannot be started, the other is stopped again. */
export async function startServers(config: Config, dataDir: DataDir): Promise<Servers> {
  const own: OwnServer[] = [];
  // First the bus, which hears of changes, then the database, which keeps them.
  const stop = async (): Promise<void> => {
    for (const server of own.reverse()) await server.stop();
  };
  const [postgres, nats] = await Promise.allSettled([postgresOf(config, dataDir, own), natsOf(config, dataDir, own)]);
  if (postgres.status === 'fulfilled' && nats.status === 'fulfilled') return { postgres: postgres.value, nats: nats.value, stop };
  await stop();
  throw postgres.status === 'rejected' ? postgres.reason : nats.status === 'rejected' ? nats.reason : undefined;
}

async function postgresOf({ postgresUrl }: Config, dataDir: DataDir, own: OwnServer[]): Promise<Servers['postgres']> {
  if (postgresUrl !== undefined) return { url: (database) => (database === undefined ? postgresUrl : withDatabase(postgresUrl, database)) };
  const server = await startPostgres({ dataDir: dataDir.in('postgres'), onUnexpectedExit: () => void startAgain('PostgreSQL', server) });
  own.unshift(server);
  return server;
}

async function natsOf({ natsUrl }: Config, dataDir: DataDir, own: OwnServer[]): Promise<Servers['nats']> {
  if (natsUrl !== undefined) return { url: natsUrl };
  const server = await startNats({
    storeDir: dataDir.in('nats'),
    syncAlways: true,
    onUnexpectedExit: () => void startAgain('nats-server', server),
  });
  own.push(server);
  return server;
}

/** A server that died is started again on the same port and data; the services find it again by themselves. */
async function startAgain(title: string, server: OwnServer): Promise<void> {
  for (let attempt = 1; attempt <= RESTART_ATTEMPTS; attempt += 1) {
    await sleep(RESTART_DELAY_MS * attempt);
    try {
      await server.restart();
      complain(`${title} had ended and was started again.`);
      return;
    } catch (error) {
      complain(`${title} has ended and could not be started again: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
