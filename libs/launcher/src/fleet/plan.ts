import { join } from 'node:path';

import type { ServiceSpec } from '../supervisor/service-process.js';

/** The services that keep something, each with the name of its database (its role has the same name). */
export const databaseOf = {
  binding: 'binding',
  transactions: 'transactions',
  terminals: 'terminals',
  'host-delivery': 'host_delivery',
} as const;

/** A service with a database of its own. */
export type DatabaseApp = keyof typeof databaseOf;
export const databaseApps = Object.keys(databaseOf) as DatabaseApp[];

/** A service that runs in as many replicas as are asked for. */
export type ServiceApp = 'gateway' | DatabaseApp;
export const serviceApps: readonly ServiceApp[] = ['gateway', ...databaseApps];

/** Any program of the fleet. The simulator, being one virtual device, runs once. */
export type FleetApp = ServiceApp | 'terminal-simulator';

/** Where terminals connect. The same text as in libs/protocol, which this library may not import; the system's tests would find them apart. */
const TERMINAL_CHANNEL_PATH = '/terminal-channel/v1';

/** The services that keep secrets of others, sealed. */
const SEALS_SECRETS: ReadonlySet<FleetApp> = new Set(['binding', 'host-delivery']);

/** Everything that the settings of the services follow from. */
export interface FleetPlan {
  readonly replicas: number;
  /** By the name of the process. */
  readonly ports: ReadonlyMap<string, number>;
  /** The folder that holds `apps/<app>/dist`. */
  readonly distRoot: string;
  readonly natsUrl: string;
  readonly databaseUrls: Readonly<Record<DatabaseApp, string>>;
  readonly adminToken: string;
  /** Form `k1:<base64 of 32 bytes>`. */
  readonly secretsKey: string;
  readonly logLevel: string;
  readonly compileCache: string;
  /** Settings on top, by app. */
  readonly settings: Readonly<Partial<Record<FleetApp, Readonly<Record<string, string>>>>>;
}

/** `gateway` when there is one, else `gateway-1`, `gateway-2`, … */
export function processNames(app: FleetApp, replicas: number): string[] {
  if (app === 'terminal-simulator' || replicas === 1) return [app];
  return Array.from({ length: replicas }, (_, index) => `${app}-${index + 1}`);
}

/** The names of all processes of a fleet. */
export function allProcessNames(replicas: number): string[] {
  return [...serviceApps, 'terminal-simulator' as const].flatMap((app) => processNames(app, replicas));
}

/** The addresses of the replicas of an app, in the order of their numbers. */
export function addressesOf(plan: Pick<FleetPlan, 'ports' | 'replicas'>, app: FleetApp, scheme = 'http'): string[] {
  return processNames(app, plan.replicas).map((name) => `${scheme}://127.0.0.1:${portOf(plan, name)}`);
}

/** The addresses that terminals connect to. */
export function channelUrls(plan: Pick<FleetPlan, 'ports' | 'replicas'>): string[] {
  return addressesOf(plan, 'terminals', 'ws').map((url) => url + TERMINAL_CHANNEL_PATH);
}

/** What to run, with every setting: the services first, then the virtual terminal. */
export function planFleet(plan: FleetPlan): ServiceSpec[] {
  const services = serviceApps.flatMap((app) => processNames(app, plan.replicas).map((name) => service(plan, app, name)));
  return [...services, simulator(plan)];
}

function service(plan: FleetPlan, app: ServiceApp, name: string): ServiceSpec {
  const port = portOf(plan, name);
  const environment = {
    NODE_COMPILE_CACHE: plan.compileCache,
    TILLBRIDGE_ENVIRONMENT: 'sandbox',
    TILLBRIDGE_HTTP_HOST: '127.0.0.1',
    TILLBRIDGE_HTTP_PORT: String(port),
    TILLBRIDGE_NATS_URL: plan.natsUrl,
    TILLBRIDGE_LOG_LEVEL: plan.logLevel,
    TILLBRIDGE_EXIT_WITH_PARENT: 'true',
    ...(app === 'gateway' ? { TILLBRIDGE_ADMIN_TOKEN: plan.adminToken } : { TILLBRIDGE_POSTGRES_URL: plan.databaseUrls[app] }),
    ...(SEALS_SECRETS.has(app) ? { TILLBRIDGE_SECRETS_KEYS: plan.secretsKey } : {}),
    ...plan.settings[app],
  };
  return { name, entry: entryOf(plan, app, 'main.js'), port, readyPath: '/health/ready', environment };
}

function simulator(plan: FleetPlan): ServiceSpec {
  const name = 'terminal-simulator';
  const port = portOf(plan, name);
  const environment = {
    NODE_COMPILE_CACHE: plan.compileCache,
    TILLBRIDGE_SIMULATOR_HTTP_HOST: '127.0.0.1',
    TILLBRIDGE_SIMULATOR_HTTP_PORT: String(port),
    TILLBRIDGE_SIMULATOR_TERMINALS_URL: channelUrls(plan).join(','),
    ...plan.settings[name],
  };
  return { name, entry: entryOf(plan, name, 'main.js'), port, readyPath: '/health/live', environment };
}

/** A compiled program of an app. */
export function entryOf(plan: Pick<FleetPlan, 'distRoot'>, app: FleetApp, file: 'main.js' | 'migrate.js'): string {
  return join(plan.distRoot, 'apps', app, 'dist', file);
}

function portOf(plan: Pick<FleetPlan, 'ports'>, name: string): number {
  const port = plan.ports.get(name);
  if (port === undefined) throw new RangeError(`no port was chosen for ${name}`);
  return port;
}
