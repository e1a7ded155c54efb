import { Module, type DynamicModule } from '@nestjs/common';
import { MessagingModule, MessagingTables1767225600000 } from '@tillbridge/messaging';
import { DatabaseModule } from '@tillbridge/platform';
import type { Config } from './config.js';
import { BindingFactsController } from './consumers/binding-facts.controller.js';
import { InitiationController } from './consumers/initiation.controller.js';
import { QueriesController } from './consumers/queries.controller.js';
import { TerminalFactsController } from './consumers/terminal-facts.controller.js';
import { TransactionsTables1767225600100 } from './store/migration.js';
import { TillStore } from './store/till-store.js';
import { TransactionStore } from './store/transaction-store.js';
import { WeighEvidence } from './weigh-evidence.js';
import { Deadlines } from './workers/deadlines.js';

export const migrations = [MessagingTables1767225600000, TransactionsTables1767225600100];

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
      controllers: [InitiationController, TerminalFactsController, BindingFactsController, QueriesController],
      providers: [TransactionStore, TillStore, WeighEvidence, Deadlines],
    };
  }
}
