import 'reflect-metadata';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ConfigurationError, type ServiceSettings } from './config/settings.js';
import { HealthRegistry } from './http/health.js';
import { defaultHttpLimits, fastifyLimits, limitServer, serverLimits, type HttpLimits } from './http/limits.js';
import { ProblemFilter } from './http/problem.filter.js';
import { createLog, NestLog, type Log } from './log.js';
import { PlatformModule } from './platform.module.js';

const SHUTDOWN_LIMIT_MS = 15_000;
const EXIT_CONFIGURATION = 78;

export type Service = {
  /** The app's name, as in the logs and in the names of its durables. */
  readonly name: string;
  readonly module: Type | DynamicModule;
  readonly settings: ServiceSettings;
  /** False when the service reads bodies itself, because it needs their exact bytes. */
  readonly bodyParser?: boolean;
  /** Where this service limits its callers otherwise than the others do. */
  readonly limits?: Partial<HttpLimits>;
  /** What is set up between creation and listening: transports, parsers, WebSocket servers. */
  readonly prepare?: (app: NestFastifyApplication) => Promise<void> | void;
};

/** The application of a service, not yet listening. Tests use it as it is. */
export async function createService(service: Service, log: Log): Promise<NestFastifyApplication> {
  @Module({ imports: [PlatformModule.forRoot(log), service.module] })
  class Root {}

  const limits = { ...defaultHttpLimits, ...service.limits };
  const adapter = adapterFor(service.settings, limits);
  limitServer(adapter.getHttpServer(), limits);
  const app = await NestFactory.create<NestFastifyApplication>(Root, adapter, {
    logger: new NestLog(log),
    abortOnError: false,
    bodyParser: service.bodyParser ?? true,
  });
  app.useGlobalFilters(new ProblemFilter(log));
  await service.prepare?.(app);
  return app;
}

function adapterFor({ tlsCert, tlsKey, httpTrustedProxies }: ServiceSettings, limits: HttpLimits): FastifyAdapter {
  const trustProxy = httpTrustedProxies.length > 0 && [...httpTrustedProxies];
  const options = { ...fastifyLimits(limits), trustProxy, forceCloseConnections: 'idle' } as const;
  if (tlsCert === undefined || tlsKey === undefined) return new FastifyAdapter({ ...options, http: serverLimits(limits) });
  const tls = { cert: tlsCert.reveal(), key: tlsKey.reveal(), handshakeTimeout: limits.headersTimeoutMs };
  return new FastifyAdapter({ ...options, https: { ...serverLimits(limits), ...tls } });
}

/** Runs a service until it is told to stop. Reads from top to bottom: create, connect, listen, wait for the end. */
export async function runService(service: Service): Promise<void> {
  const log = createLog(service.name, service.settings.logLevel);
  try {
    const app = await createService(service, log);
    endOnSignals(app, service, log);
    await app.startAllMicroservices();
    await app.listen(service.settings.httpPort, service.settings.httpHost);
    log.info({ url: await app.getUrl() }, 'listening');
  } catch (error) {
    log.error({ err: error }, 'the service could not start');
    process.exit(1);
  }
}

/** For `main.ts`: reads the configuration and says every problem of it, instead of a stack trace. */
export function readConfigurationOrExit<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CONFIGURATION);
  }
}

function endOnSignals(app: NestFastifyApplication, service: Service, log: Log): void {
  let ending = false;
  const end = (reason: string): void => {
    if (ending) return;
    ending = true;
    log.info({ reason }, 'stopping');
    app.get(HealthRegistry).startDraining();
    const limit = setTimeout(() => {
      log.error('the service did not stop in time');
      process.exit(1);
    }, SHUTDOWN_LIMIT_MS);
    limit.unref();
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'the service did not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('unhandledRejection', (error) => {
    log.error({ err: error }, 'a promise was rejected and nobody listened');
    process.exit(1);
  });
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
  if (service.settings.exitWithParent) {
    process.stdin.on('end', () => end('the parent process is gone')).on('error', () => end('the parent process is gone'));
    process.stdin.resume();
  }
}
