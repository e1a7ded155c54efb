import { Module, type DynamicModule } from '@nestjs/common';
import { MessagingModule, MessagingTables1767225600000 } from '@tillbridge/messaging';
import { DatabaseModule } from '@tillbridge/platform';
import type { Config } from './config.js';
import { BindingFactsController } from './consumers/binding-facts.controller.js';
import { CancellationController } from './consumers/cancellation.controller.js';
import { InitiationController } from './consumers/initiation.controller.js';
import { QueriesController } from './consumers/queries.controller.js';
import { TerminalFactsController } from './consumers/terminal-facts.controller.js';
import { FindTransactions } from './find-transactions.js';
import { DueStore } from './store/due-store.js';
import { TransactionLife1767225600500 } from './store/life-migration.js';
import { MerchantStore } from './store/merchant-store.js';
import { TransactionsTables1767225600100 } from './store/migration.js';
import { OriginalStore } from './store/original-store.js';
import { PresenceStore } from './store/presence-store.js';
import { TillStore } from './store/till-store.js';
import { TransactionStore } from './store/transaction-store.js';
import { WeighEvidence } from './weigh-evidence.js';
import { AutoVoids } from './workers/auto-voids.js';
import { Deadlines } from './workers/deadlines.js';
import { Resolver } from './workers/resolver.js';

export const migrations = [MessagingTables1767225600000, TransactionsTables1767225600100, TransactionLife1767225600500];

@Module({})
export class AppModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DatabaseModule.forRoot(config, migrations),
        MessagingModule.forOwner({
          app: 'transactions',
          context: 'transactions',
          natsUrl: config.natsUrl,
          streamReplicas: config.natsStreamReplicas,
        }),
      ],
      controllers: [InitiationController, CancellationController, TerminalFactsController, BindingFactsController, QueriesController],
      providers: [
        TransactionStore,
        OriginalStore,
        DueStore,
        TillStore,
        MerchantStore,
        PresenceStore,
        FindTransactions,
        WeighEvidence,
        Deadlines,
        Resolver,
        AutoVoids,
      ],
    };
  }
}
