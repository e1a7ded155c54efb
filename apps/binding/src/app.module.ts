import { Module, type DynamicModule } from '@nestjs/common';
import { MessagingModule, MessagingTables1767225600000 } from '@tillbridge/messaging';
import { DatabaseModule } from '@tillbridge/platform';
import type { Config } from './config.js';
import { DevelopersController } from './consumers/developers.controller.js';
import { ListsController } from './consumers/lists.controller.js';
import { MerchantsController } from './consumers/merchants.controller.js';
import { PairingController } from './consumers/pairing.controller.js';
import { QueriesController } from './consumers/queries.controller.js';
import { TerminalsController } from './consumers/terminals.controller.js';
import { TillsController } from './consumers/tills.controller.js';
import { ENVIRONMENT } from './options.js';
import { AuditLog } from './store/audit-log.js';
import { CallerStore } from './store/caller-store.js';
import { ClientSecrets } from './store/client-secrets.js';
import { DeveloperStore } from './store/developer-store.js';
import { IdentityLife1767225600400 } from './store/identity-migration.js';
import { MerchantPolicies1767225600500 } from './store/merchant-policies-migration.js';
import { MerchantStore } from './store/merchant-store.js';
import { BindingTables1767225600100 } from './store/migration.js';
import { PairingStore } from './store/pairing-store.js';
import { RecordLists } from './store/record-lists.js';
import { TerminalStore } from './store/terminal-store.js';
import { TillStore } from './store/till-store.js';
import { TokenStore } from './store/token-store.js';

export const migrations = [
  MessagingTables1767225600000,
  BindingTables1767225600100,
  IdentityLife1767225600400,
  MerchantPolicies1767225600500,
];

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
      controllers: [
        DevelopersController,
        MerchantsController,
        TerminalsController,
        PairingController,
        TillsController,
        QueriesController,
        ListsController,
      ],
      providers: [
        { provide: ENVIRONMENT, useValue: config.environment },
        { provide: ClientSecrets, useFactory: () => new ClientSecrets(config.secretsKeys) },
        AuditLog,
        DeveloperStore,
        MerchantStore,
        TokenStore,
        CallerStore,
        TerminalStore,
        PairingStore,
        TillStore,
        RecordLists,
      ],
    };
  }
}
