import { Module, type DynamicModule } from '@nestjs/common';
import { MessagingModule, MessagingTables1767225600000 } from '@tillbridge/messaging';
import { DatabaseModule } from '@tillbridge/platform';
import type { Config } from './config.js';
import { BindingFactsController } from './consumers/binding-facts.controller.js';
import { CancellationController } from './consumers/cancellation.controller.js';
import { ConnectionFactsController } from './consumers/connection-facts.controller.js';
import { InitiationController } from './consumers/initiation.controller.js';
import { QueriesController } from './consumers/queries.controller.js';
import { TerminalFactsController } from './consumers/terminal-facts.controller.js';
import { FollowUps1767225600500 } from './store/follow-ups-migration.js';
import { MerchantStore } from './store/merchant-store.js';
import { TransactionsTables1767225600100 } from './store/migration.js';
import { OriginalStore } from './store/original-store.js';
import { TerminalStore } from './store/terminal-store.js';
import { TillStore } from './store/till-store.js';
import { TransactionStore } from './store/transaction-store.js';
import { WeighEvidence } from './weigh-evidence.js';
import { Asking } from './workers/asking.js';
import { AutoVoids } from './workers/auto-voids.js';
import { Deadlines } from './workers/deadlines.js';

export const migrations = [MessagingTables1767225600000, TransactionsTables1767225600100, FollowUps1767225600500];

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
      controllers: [
        ...[InitiationController, CancellationController, QueriesController],
        ...[TerminalFactsController, ConnectionFactsController, BindingFactsController],
      ],
      providers: [
        ...[TransactionStore, OriginalStore, TillStore, TerminalStore, MerchantStore],
        ...[WeighEvidence, Deadlines, Asking, AutoVoids],
      ],
    };
  }
}
