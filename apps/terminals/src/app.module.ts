import { Module, type DynamicModule } from '@nestjs/common';
import { MessagingModule, MessagingTables1767225600000, Transactions, WriteLane } from '@tillbridge/messaging';
import { DatabaseModule } from '@tillbridge/platform';
import { Channels } from './channel/channels.js';
import { ChannelServer } from './channel/channel-server.js';
import { CredentialWatch } from './channel/credential-watch.js';
import { Intake } from './channel/intake.js';
import { Operations } from './channel/operations.js';
import { Pokes } from './channel/pokes.js';
import { Reception } from './channel/reception.js';
import { SessionsHere } from './channel/sessions-here.js';
import type { Config } from './config.js';
import { QueriesController } from './consumers/queries.controller.js';
import { ReportsController } from './consumers/reports.controller.js';
import { TransactionFactsController } from './consumers/transaction-facts.controller.js';
import { PairingAttempts } from './http/pairing-attempts.js';
import { PairingController } from './http/pairing.controller.js';
import { PollController } from './http/poll.controller.js';
import { AgendaStore } from './store/agenda-store.js';
import { Cancellations1767225600400 } from './store/cancellations-migration.js';
import { CommandStore } from './store/command-store.js';
import { ConnectionStore } from './store/connection-store.js';
import { JournalGenerations1767225600300 } from './store/journal-generations-migration.js';
import { JournalStore } from './store/journal-store.js';
import { TerminalsTables1767225600200 } from './store/migration.js';
import { Dispatcher } from './workers/dispatcher.js';
import { Expiry } from './workers/expiry.js';
import { Presence } from './workers/presence.js';

export const migrations = [
  MessagingTables1767225600000,
  TerminalsTables1767225600200,
  JournalGenerations1767225600300,
  Cancellations1767225600400,
];

/** One lane for all that is written about terminals: works are keyed by terminal, so those of one terminal keep their order. */
const lane = { provide: WriteLane, inject: [Transactions], useFactory: (transactions: Transactions) => new WriteLane(transactions) };

@Module({})
export class AppModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DatabaseModule.forRoot(config, migrations),
        MessagingModule.forOwner({
          app: 'terminals',
          context: 'terminals',
          natsUrl: config.natsUrl,
          streamReplicas: config.natsStreamReplicas,
        }),
      ],
      controllers: [TransactionFactsController, QueriesController, ReportsController, PairingController, PollController],
      providers: [
        lane,
        CommandStore,
        AgendaStore,
        ConnectionStore,
        JournalStore,
        Pokes,
        Operations,
        SessionsHere,
        CredentialWatch,
        PairingAttempts,
        Reception,
        Intake,
        Channels,
        ChannelServer,
        Dispatcher,
        Expiry,
        Presence,
      ],
    };
  }
}
