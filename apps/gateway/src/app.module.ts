import { Module, type DynamicModule } from '@nestjs/common';
import { MessagingModule } from '@tillbridge/messaging';
import type { Config } from './config.js';
import { AdminGuard, ADMIN_TOKEN } from './http/admin.guard.js';
import { AdminController } from './http/admin.controller.js';
import { AccessTokenController, ENVIRONMENT, SemiOpenController } from './http/semi-open.controller.js';
import { Admission } from './identity/admission.js';
import { CallerDirectory } from './identity/caller-directory.js';
import { AccessOffice } from './access.js';
import { Initiation } from './initiation.js';
import { Registration } from './registration.js';

@Module({})
export class AppModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [MessagingModule.forEdge({ app: 'gateway', natsUrl: config.natsUrl, streamReplicas: config.natsStreamReplicas })],
      controllers: [SemiOpenController, AccessTokenController, AdminController],
      providers: [
        ...[Admission, CallerDirectory, Initiation, Registration, AccessOffice, AdminGuard],
        { provide: ADMIN_TOKEN, useValue: config.adminToken },
        { provide: ENVIRONMENT, useValue: config.environment },
      ],
    };
  }
}
