import { hkdfSync } from 'node:crypto';
import { join, resolve } from 'node:path';

import { createServiceDatabase, withDatabase } from '../databases.js';
import { demandPort, preferPort } from '../ports.js';
import { Supervisor } from '../supervisor/supervisor.js';
import { migrate } from './migration.js';
import {
  addressesOf,
  allProcessNames,
  channelUrls,
  type DatabaseApp,
  databaseApps,
  databaseOf,
  entryOf,
  type FleetApp,
  type FleetPlan,
  planFleet,
  processNames,
} from './plan.js';

const ROLE_PASSWORD_BYTES = 24;
const MOST_REPLICAS = 8;

/** What a whole Tillbridge is built from. */
export interface FleetOptions {
  /** Holds logs, records and the compile cache. */
  readonly dataDir: string;
  /** The server that holds the databases: the superuser's address of a database by its name. A PostgresServer is one. */
  readonly postgres: { url(database?: string): string };
  /** The bus. A NatsServer is one. */
  readonly nats: { readonly url: string };
  /** The folder of the repository. */
  readonly repositoryRoot: string;
  /** The folder whose `apps/<app>/dist` is run; default the repository. Tests run an altered copy. */
  readonly distRoot?: string;
  /** The port of the (first) gateway. Default a free one. */
  readonly gatewayPort?: number;
  /** Ports to use again when they are free, by the name of the process (`terminal-simulator`, `terminals`, …). */
  readonly preferredPorts?: Readonly<Record<string, number>>;
  /** How many of each service. Default 1, at most 8. */
  readonly replicas?: number;
  /** Bearer token of the gateway's admin API. */
  readonly adminToken: string;
  /** Seals secrets at rest, form `k1:<base64 of 32 bytes>`; the databases' passwords follow from it. */
  readonly secretsKey: string;
  /** Default `info`. */
  readonly logLevel?: string;
  /** Settings on top of the usual ones, by app. */
  readonly settings?: FleetPlan['settings'];
}

/**
 * The whole system as processes on this machine: databases, migrations, every service in its replicas, and one virtual terminal.
 * Replicas are named `gateway-1`, `gateway-2`; a single one is just `gateway`.
 */
export class Fleet {
  /** Who runs, and the means to disturb them. */
  readonly supervisor: Supervisor;
  readonly #options: FleetOptions;
  readonly #plan: FleetPlan;

  private constructor(options: FleetOptions, plan: FleetPlan) {
    this.#options = options;
    this.#plan = plan;
    this.supervisor = supervisorOf(options.dataDir);
  }

  /**
   * Chooses ports and ends what a crashed launcher left behind; starts nothing yet. Throws AlreadyInUse when the gateway's port is taken
   * (`--port` is named as the way out).
   */
  static async prepare(options: FleetOptions): Promise<Fleet> {
    const replicas = options.replicas ?? 1;
    if (!Number.isInteger(replicas) || replicas < 1 || replicas > MOST_REPLICAS)
      throw new RangeError(`replicas must be 1 to ${MOST_REPLICAS}`);
    // Leftovers may still hold the ports that are wanted again.
    await endLeftoverServices(options.dataDir);
    const distRoot = resolve(options.distRoot ?? options.repositoryRoot);
    const ports = await choosePorts(options, replicas);
    const databaseUrls = Object.fromEntries(databaseApps.map((app) => [app, databaseUrl(options, app)])) as Record<DatabaseApp, string>;
    return new Fleet(options, {
      replicas,
      ports,
      distRoot,
      natsUrl: options.nats.url,
      databaseUrls,
      adminToken: options.adminToken,
      secretsKey: options.secretsKey,
      logLevel: options.logLevel ?? 'info',
      compileCache: resolve(options.dataDir, 'cache'),
      settings: options.settings ?? {},
    });
  }

  /** Prepares, migrates and starts. */
  static async start(options: FleetOptions): Promise<Fleet> {
    const fleet = await Fleet.prepare(options);
    await fleet.migrate();
    await fleet.startServices();
    return fleet;
  }

  /** Makes the databases that are missing and brings all of them to the newest schema. */
  async migrate(): Promise<void> {
    await Promise.all(
      databaseApps.map(async (app) => {
        await createServiceDatabase(this.#options.postgres.url(), { database: databaseOf[app], ...loginOf(this.#options, app) });
        await migrate(entryOf(this.#plan, app, 'migrate.js'), {
          NODE_COMPILE_CACHE: this.#plan.compileCache,
          TILLBRIDGE_POSTGRES_URL: this.databaseUrl(app),
          TILLBRIDGE_LOG_LEVEL: this.#plan.logLevel,
        });
      }),
    );
  }

  /** Starts every process at once and waits until all are ready. When one fails, all are stopped again and its StartFailed is thrown. */
  async startServices(): Promise<void> {
    const starts = await Promise.allSettled(planFleet(this.#plan).map((spec) => this.supervisor.start(spec)));
    const failed = starts.find((start) => start.status === 'rejected');
    if (failed === undefined) return;
    await this.stop();
    throw failed.reason;
  }

  /** Stops every process, the last started first. The servers stay: they are stopped by whoever started them. */
  async stop(): Promise<void> {
    await this.supervisor.stopAll();
  }

  /** The address of each gateway. */
  get gatewayUrls(): string[] {
    return addressesOf(this.#plan, 'gateway');
  }

  /** The WebSocket address of each `terminals` replica. */
  get terminalsUrls(): string[] {
    return channelUrls(this.#plan);
  }

  /** The HTTP address of each replica of an app. */
  urlsOf(app: FleetApp): string[] {
    return addressesOf(this.#plan, app);
  }

  /** The control address of the virtual terminal. */
  get simulatorUrl(): string {
    return addressesOf(this.#plan, 'terminal-simulator').join('');
  }

  /** The port of each process, by name: to be asked for again at the next start. */
  get ports(): Record<string, number> {
    return Object.fromEntries(this.#plan.ports);
  }

  /** The processes of an app, by name. */
  namesOf(app: FleetApp): string[] {
    return processNames(app, this.#plan.replicas);
  }

  /** The address of a service's own database, with its own role. */
  databaseUrl(app: DatabaseApp): string {
    return this.#plan.databaseUrls[app];
  }
}

/** Ends the services that a crashed launcher left behind in this data folder. */
export async function endLeftoverServices(dataDir: string): Promise<void> {
  await supervisorOf(dataDir).endLeftovers();
}

const supervisorOf = (dataDir: string): Supervisor =>
  new Supervisor({ logDir: join(dataDir, 'logs'), recordFile: join(dataDir, 'processes.json') });

function loginOf(options: FleetOptions, app: DatabaseApp): { role: string; password: string } {
  const bytes = hkdfSync('sha256', options.secretsKey, '', `tillbridge database role ${app}`, ROLE_PASSWORD_BYTES);
  return { role: databaseOf[app], password: Buffer.from(bytes).toString('base64url') };
}

function databaseUrl(options: FleetOptions, app: DatabaseApp): string {
  return withDatabase(options.postgres.url(), databaseOf[app], loginOf(options, app));
}

async function choosePorts(options: FleetOptions, replicas: number): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  const [firstGateway] = processNames('gateway', replicas);
  for (const name of allProcessNames(replicas)) {
    if (name === firstGateway && options.gatewayPort !== undefined) {
      await demandPort(options.gatewayPort, 'choose another with --port');
      ports.set(name, options.gatewayPort);
    } else {
      ports.set(name, await preferPort(options.preferredPorts?.[name]));
    }
  }
  return ports;
}
