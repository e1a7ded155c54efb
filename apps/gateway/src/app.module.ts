import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import type { Clock } from '@tillbridge/kernel';
import { Bus, Counters, MessagingModule } from '@tillbridge/messaging';
import { CLOCK, LOG, type Log } from '@tillbridge/platform';
import { DiscoveryModule } from '@nestjs/core';
import type { Config } from './config.js';
import { AdminDesk } from './http/admin/admin-desk.js';
import { adminControllers } from './http/admin/controllers.js';
import { OPERATORS } from './http/admin/operators.js';
import { Timelines } from './http/admin/timelines.js';
import { AccessTokenController, ENVIRONMENT, SemiOpenController } from './http/semi-open.controller.js';
import { ResultReportsController } from './http/result-reports.controller.js';
import { TerminalOperationsController } from './http/terminal-operations.controller.js';
import { Admission } from './identity/admission.js';
import { CallerDirectory } from './identity/caller-directory.js';
import { AccessOffice } from './access.js';
import { Initiation } from './initiation.js';
import { ApiDescription, DocsController } from './openapi/docs.controller.js';
import { Registration } from './registration.js';
import { ResultReports } from './result-reports.js';
import { TerminalDesk } from './terminal-desk.js';
import { CALL_RATES, CallRates } from './rates/call-rates.js';
import { RateLimiter } from './rates/rate-limiter.js';
import { ResultWatch } from './waiting/result-watch.js';

@Module({})
export class AppModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DiscoveryModule,
        MessagingModule.forEdge({ app: 'gateway', natsUrl: config.natsUrl, streamReplicas: config.natsStreamReplicas }),
      ],
      controllers: [
        ...[SemiOpenController, TerminalOperationsController, ResultReportsController, AccessTokenController],
        ...[...adminControllers, DocsController],
      ],
      providers: [
        ...[Admission, CallerDirectory, CallRates, Initiation, Registration, ResultWatch],
        ...[TerminalDesk, ResultReports, AccessOffice, AdminDesk, Timelines, ApiDescription],
        { provide: CALL_RATES, useValue: config },
        rateLimiter(config.natsStreamReplicas),
        { provide: OPERATORS, useValue: config.operators },
        { provide: ENVIRONMENT, useValue: config.environment },
      ],
    };
  }
}

const rateLimiter = (streamReplicas: number): Provider => ({
  provide: RateLimiter,
  inject: [Bus, LOG, CLOCK],
  useFactory: async (bus: Bus, log: Log, clock: Clock) => new RateLimiter(await Counters.open(bus, { streamReplicas, log }), clock),
});
