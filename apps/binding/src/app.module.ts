import { Module, type DynamicModule } from '@nestjs/common';
import { MessagingModule, MessagingTables1767225600000 } from '@tillbridge/messaging';
import { DatabaseModule } from '@tillbridge/platform';
import type { Config } from './config.js';
import { DevelopersController } from './consumers/developers.controller.js';
import { MerchantsController } from './consumers/merchants.controller.js';
import { QueriesController } from './consumers/queries.controller.js';
import { TerminalsController } from './consumers/terminals.controller.js';
import { ENVIRONMENT } from './options.js';
import { ClientSecrets } from './store/client-secrets.js';
import { DeveloperStore } from './store/developer-store.js';
import { MerchantStore } from './store/merchant-store.js';
import { BindingTables1767225600100 } from './store/migration.js';
import { TerminalStore } from './store/terminal-store.js';
import { TillStore } from './store/till-store.js';
import { TokenStore } from './store/token-store.js';

export const migrations = [MessagingTables1767225600000, BindingTables1767225600100];

@Module({})
export class AppModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DatabaseModule.forRoot(config, migrations),
        MessagingModule.forOwner({
          app: 'binding',
          context: 'binding',
          natsUrl: config.natsUrl,
          streamReplicas: config.natsStreamReplicas,
        }),
      ],
      controllers: [DevelopersController, MerchantsController, TerminalsController, QueriesController],
      providers: [
        { provide: ENVIRONMENT, useValue: config.environment },
        { provide: ClientSecrets, useFactory: () => new ClientSecrets(config.secretsKeys) },
        DeveloperStore,
        MerchantStore,
        TokenStore,
        TerminalStore,
        TillStore,
      ],
    };
  }
}
