import { Module, type DynamicModule } from '@nestjs/common';
import { MessagingModule, MessagingTables1767225600000 } from '@tillbridge/messaging';
import { DatabaseModule } from '@tillbridge/platform';
import type { Config } from './config.js';
import { EndpointsController } from './consumers/endpoints.controller.js';
import { TransactionFactsController } from './consumers/transaction-facts.controller.js';
import { decidedPatience, ENVIRONMENT, PATIENCE, type Patience } from './options.js';
import { DeliveryStore } from './store/delivery-store.js';
import { EndpointStore } from './store/endpoint-store.js';
import { HostDeliveryClaims1767225600200, HostDeliveryTables1767225600100 } from './store/migration.js';
import { SigningSecrets } from './store/signing-secrets.js';
import { Courier } from './workers/courier.js';
import { HttpPoster } from './workers/http-poster.js';
import { Pusher } from './workers/pusher.js';

export const migrations = [MessagingTables1767225600000, HostDeliveryTables1767225600100, HostDeliveryClaims1767225600200];

@Module({})
export class AppModule {
  static forRoot(config: Config, patience: Patience = decidedPatience): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DatabaseModule.forRoot(config, migrations),
        MessagingModule.forOwner({
          app: 'host-delivery',
          context: 'host-delivery',
          natsUrl: config.natsUrl,
          streamReplicas: config.natsStreamReplicas,
        }),
      ],
      controllers: [EndpointsController, TransactionFactsController],
      providers: [
        { provide: ENVIRONMENT, useValue: config.environment },
        { provide: PATIENCE, useValue: patience },
        { provide: SigningSecrets, useFactory: () => new SigningSecrets(config.secretsKeys) },
        EndpointStore,
        DeliveryStore,
        HttpPoster,
        Courier,
        Pusher,
      ],
    };
  }
}
