import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Inject, Injectable, Module, type DynamicModule } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  done,
  registerEndpoint,
  terminalBound,
  type Answer,
  type RecordedV1,
  type RegisterEndpointV1,
  type TillBindingV1,
} from '@tillbridge/contracts';
import { newId, Secret } from '@tillbridge/kernel';
import { startNats, type NatsServer } from '@tillbridge/launcher';
import { createLog, createService, DatabaseModule, migrate, type DatabaseSettings, type ServiceSettings } from '@tillbridge/platform';
import { createTestDatabase, type TestDatabase } from '@tillbridge/testkit';
import pg from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import {
  connectHandlers,
  MessagingModule,
  MessagingTables1767225600000,
  OnFact,
  OnRequest,
  statement,
  type MessageContext,
} from '../src/index.js';

/** A small service on the real library: it counts, in its own table, how often each thing took effect. */

class ProbeTables1 implements MigrationInterface {
  name = 'ProbeTables1767225600001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table effects (subject text primary key, times integer not null)');
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}

const countEffect = statement(
  'probe_count_effect',
  'insert into effects as e values ($1, 1) on conflict (subject) do update set times = e.times + 1',
);

/** What a test tells the handlers to do; by subject. */
@Injectable()
export class Behaviour {
  readonly failing = new Map<string, Error>();
  /** Resolves before a handler returns, so that a test can hold it. */
  beforeReturn: () => Promise<void> = () => Promise.resolve();
}

@Controller()
class ProbeController {
  constructor(@Inject(Behaviour) private readonly behaviour: Behaviour) {}

  @OnFact(terminalBound)
  async bound(@Payload() fact: TillBindingV1, @Ctx() { tx }: MessageContext): Promise<void> {
    await tx.query(countEffect, [fact.tillUid]);
    const failure = this.behaviour.failing.get(fact.posId);
    if (failure !== undefined) throw failure;
  }

  @OnRequest(registerEndpoint)
  async register(@Payload() request: RegisterEndpointV1, @Ctx() { tx }: MessageContext): Promise<Answer<RecordedV1>> {
    await tx.query(countEffect, [request.endpointId]);
    await this.behaviour.beforeReturn();
    return done({ changed: true });
  }
}

@Module({})
class ProbeModule {
  static forRoot(settings: ServiceSettings & DatabaseSettings): DynamicModule {
    return {
      module: ProbeModule,
      imports: [
        DatabaseModule.forRoot(settings, migrations),
        MessagingModule.forOwner({ app: 'probe', context: 'host-delivery', natsUrl: settings.natsUrl, streamReplicas: 1 }),
      ],
      controllers: [ProbeController],
      providers: [Behaviour],
      exports: [Behaviour],
    };
  }
}

const migrations = [MessagingTables1767225600000, ProbeTables1];

export class Probe {
  private readonly apps: NestFastifyApplication[] = [];

  private constructor(
    readonly nats: NatsServer,
    readonly database: TestDatabase,
    readonly db: pg.Pool,
    private readonly dir: string,
  ) {}

  /** Its own nats-server, because these tests take it down; its own database on the run's PostgreSQL. */
  static async open(): Promise<Probe> {
    const dir = mkdtempSync(join(tmpdir(), 'tillbridge-probe-'));
    const [nats, database] = await Promise.all([
      startNats({ storeDir: dir }),
      createTestDatabase('probe', async (url) => {
        await migrate(url, migrations);
      }),
    ]);
    return new Probe(nats, database, openPool(database.url), dir);
  }

  /** One more replica of the service. */
  async start(): Promise<NestFastifyApplication> {
    const settings: ServiceSettings & DatabaseSettings = {
      environment: 'sandbox',
      httpHost: '127.0.0.1',
      httpPort: 0,
      logLevel: 'error',
      natsUrl: new Secret(this.nats.url),
      natsStreamReplicas: 1,
      exitWithParent: false,
      ...{ httpTrustedProxies: [], tlsCert: undefined, tlsKey: undefined },
      postgresUrl: new Secret(this.database.url),
      postgresPoolSize: 12,
    };
    const log = createLog('probe', 'silent');
    const app = await createService({ name: 'probe', module: ProbeModule.forRoot(settings), settings, prepare: connectHandlers }, log);
    this.apps.push(app);
    await app.startAllMicroservices();
    await app.init();
    return app;
  }

  async close(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.close()));
    await this.db.end();
    await Promise.all([this.nats.stop(), this.database.drop()]);
    rmSync(this.dir, { recursive: true, force: true });
  }

  async effects(subject: string): Promise<number> {
    const { rows } = await this.db.query<{ times: number }>('select times from effects where subject = $1', [subject]);
    return rows[0]?.times ?? 0;
  }

  async count(table: 'outbox' | 'events' | 'inbox'): Promise<number> {
    const { rows } = await this.db.query<{ n: number }>(`select count(*)::int as n from ${table}`);
    return rows[0]?.n ?? 0;
  }

  async deadLetters(): Promise<{ message_id: string; attempts: number; parked: boolean; last_error: string }[]> {
    const { rows } = await this.db.query<{ message_id: string; attempts: number; parked: boolean; last_error: string }>(
      'select message_id, attempts, parked_at is not null as parked, last_error from dead_letters',
    );
    return rows;
  }
}

export const newBinding = (posId = 'till'): TillBindingV1 => ({ ...terminalBound.sample, tillUid: newId(), posId });

/** Dropping the database cuts idle connections; that is no failure of a test. */
function openPool(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pool.on('error', () => undefined);
  return pool;
}
