import { Module, type DynamicModule } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { MessagingModule } from '@tillbridge/messaging';
import type { Config } from './config.js';
import { AdminDesk } from './http/admin/admin-desk.js';
import { adminControllers } from './http/admin/controllers.js';
import { OPERATORS } from './http/admin/operators.js';
import { AccessTokenController, ENVIRONMENT, SemiOpenController } from './http/semi-open.controller.js';
import { Admission } from './identity/admission.js';
import { CallerDirectory } from './identity/caller-directory.js';
import { AccessOffice } from './access.js';
import { Initiation } from './initiation.js';
import { ApiDescription, DocsController } from './openapi/docs.controller.js';
import { Registration } from './registration.js';

@Module({})
export class AppModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DiscoveryModule,
        MessagingModule.forEdge({ app: 'gateway', natsUrl: config.natsUrl, streamReplicas: config.natsStreamReplicas }),
      ],
      controllers: [SemiOpenController, AccessTokenController, ...adminControllers, DocsController],
      providers: [
        ...[Admission, CallerDirectory, Initiation, Registration, AccessOffice, AdminDesk, ApiDescription],
        { provide: OPERATORS, useValue: config.operators },
        { provide: ENVIRONMENT, useValue: config.environment },
      ],
    };
  }
}
