import {
  Catch,
  Inject,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
  type Provider,
  type RpcExceptionFilter,
} from '@nestjs/common';
import type { NestMicroservice } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { HealthRegistry, LOG, type Log } from '@tillbridge/platform';
import { throwError, type Observable } from 'rxjs';
import { Bus } from './bus/bus.js';
import { ensureFactStream } from './bus/streams.js';
import { FactListener } from './client/fact-listener.js';
import { RequestClient } from './client/request-client.js';
import { DeadLetters } from './consuming/dead-letters.js';
import { JetStreamServer } from './consuming/jetstream-server.js';
import { Housekeeping } from './housekeeping.js';
import { MESSAGING_OPTIONS, type MessagingOptions } from './options.js';
import { EventLog } from './outbox/event-log.js';
import { OutboxRelay } from './outbox/relay.js';
import { Transactions } from './write-path/transactions.js';

type EdgeOptions = Omit<MessagingOptions, 'context'>;

/** Messaging of a service that owns data (`forOwner`), of an edge that only asks (`forEdge`). */
@Module({})
export class MessagingModule implements OnApplicationShutdown {
  constructor(
    @Inject(Bus) private readonly bus: Bus,
    @Inject(RequestClient) private readonly client: RequestClient,
  ) {}

  static forOwner(options: MessagingOptions): DynamicModule {
    const bus = busProvider(options, (connected) => ensureFactStream(connected.manager, options.context, options.streamReplicas));
    const owner = [
      { provide: MESSAGING_OPTIONS, useValue: options },
      Transactions,
      EventLog,
      DeadLetters,
      JetStreamServer,
      OutboxRelay,
      Housekeeping,
    ];
    return {
      module: MessagingModule,
      global: true,
      providers: [bus, RequestClient, FactListener, ...owner],
      exports: [Bus, RequestClient, FactListener, Transactions, EventLog, JetStreamServer],
    };
  }

  static forEdge(options: EdgeOptions): DynamicModule {
    const clients = [RequestClient, FactListener];
    return { module: MessagingModule, global: true, providers: [busProvider(options), ...clients], exports: [Bus, ...clients] };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.client.close();
    await this.bus.close();
  }
}

function busProvider(options: EdgeOptions, prepare?: (bus: Bus) => Promise<void>): Provider {
  return {
    provide: Bus,
    inject: [LOG, HealthRegistry],
    useFactory: async (log: Log, health: HealthRegistry) => {
      const bus = await Bus.connect({ url: options.natsUrl.reveal(), name: options.app, log });
      await prepare?.(bus);
      health.register('nats', () => bus.check());
      return bus;
    },
  };
}

/** NestJS would replace what a handler threw by "Internal server error"; the consumers need the thing itself to settle its message. */
@Catch()
class RethrowFilter implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/** Connects the controllers' message handlers to the bus; for `Service.prepare`. */
export function connectHandlers(app: NestFastifyApplication): void {
  const microservice = app.connectMicroservice(
    { strategy: app.get(JetStreamServer) },
    { inheritAppConfig: false, deferInitialization: true },
  );
  microservice.useGlobalFilters(new RethrowFilter());
  // It shares its modules with the HTTP application, which calls their start-up hooks; once is enough.
  (microservice as NestMicroservice).setIsInitHookCalled(true);
}
