import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource, type MigrationInterface } from 'typeorm';
import { HealthRegistry } from '../http/health.js';
import type { DatabaseSettings } from '../config/settings.js';

export type MigrationClass = new () => MigrationInterface;
export type EntityClass = new () => object;

const CONNECT_TIMEOUT_MS = 5_000;
/** Longer than any statement of ours may take; a stuck one must not hold its connection for ever. */
const STATEMENT_TIMEOUT_MS = 10_000;
const IDLE_TRANSACTION_TIMEOUT_MS = 30_000;
/** The same on our side: a connection that went silent (a host that lost its power, a forgotten NAT entry) would keep us waiting for ever. */
const ANSWER_TIMEOUT_MS = 15_000;
/**
 * Every hot statement is a look-up by index. A table that is new, or has grown faster than its statistics, looks small to the planner, which
 * would then scan it whole, in a plan that stays cached: throughput fell by two thirds within 40 000 rows before this was set.
 */
const PLANNER_OPTIONS = '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off';
/** Any constant; all our migrations take the same lock, so that two jobs on one database wait for each other. */
const MIGRATION_LOCK = 7_140_553;

function dataSourceFor(url: string, migrations: readonly MigrationClass[], entities: readonly EntityClass[], poolSize: number): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    entities: [...entities],
    migrations: [...migrations],
    migrationsTransactionMode: 'each',
    synchronize: false,
    poolSize,
    extra: {
      options: PLANNER_OPTIONS,
      // Statements need not wait for the answers of those before them: `begin` travels with the first, the facts with `commit`.
      pipeline: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
    },
  });
}

/** Brings a service's database to the present schema; the job that runs before a rollout. Safe to run twice, also at the same time. */
export async function migrate(url: string, migrations: readonly MigrationClass[]): Promise<string[]> {
  const dataSource = await dataSourceFor(url, migrations, [], 2).initialize();
  const lock = dataSource.createQueryRunner();
  try {
    await lock.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const done = await dataSource.runMigrations();
    return done.map((migration) => migration.name);
  } finally {
    // The session's end frees the lock.
    await lock.release();
    await dataSource.destroy();
  }
}

/** The service's one pool, as a TypeORM DataSource. Refuses to start on a schema that is older than the program. */
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  static forRoot(settings: DatabaseSettings, migrations: readonly MigrationClass[], entities: readonly EntityClass[] = []): DynamicModule {
    const provider = {
      provide: DataSource,
      inject: [HealthRegistry],
      useFactory: async (health: HealthRegistry) => {
        const dataSource = await dataSourceFor(settings.postgresUrl.reveal(), migrations, entities, settings.postgresPoolSize).initialize();
        if (await dataSource.showMigrations()) throw new Error("the database has pending migrations: run this service's migrate job first");
        health.register('postgres', () => dataSource.query('select 1'));
        return dataSource;
      },
    };
    return { module: DatabaseModule, global: true, providers: [provider], exports: [DataSource] };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.dataSource.destroy();
  }
}
