import { jetstream } from '@nats-io/jetstream';
import { headers } from '@nats-io/nats-core';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { registerEndpoint, transactionApproved, type FactDefinition, type RecordedV1, type TransactionV1 } from '@tillbridge/contracts';
import { newClientSecret, newId, newTransIndexCode } from '@tillbridge/kernel';
import { startNats, type NatsServer } from '@tillbridge/launcher';
import { connectHandlers, newCause, RequestClient, type Outcome } from '@tillbridge/messaging';
import { createLog, createService, databaseSettings, migrate, readSettings, serviceSettings, setting } from '@tillbridge/platform';
import { verifyPush, verifyWebhook, type PushFields } from '@tillbridge/protocol';
import { createTestDatabase, type HostSink, type ReceivedPush, type TestDatabase } from '@tillbridge/testkit';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { AppModule, migrations } from '../src/app.module.js';
import type { Patience } from '../src/options.js';

/** A merchant as one developer sees it; each test has its own, so that no test hears of another's results. */
export type Owner = { readonly clientId: string; readonly merchantId: string };
export type TestEndpoint = Owner & { readonly endpointId: string; readonly url: string; readonly signingSecret: string };
export type DeliveryRow = {
  delivery_id: string;
  state: string;
  version: number;
  attempts: number;
  claims: number | null;
  last_status: number | null;
  last_error: string | null;
};
export type AttemptRow = { attempt_no: number; status: number | null; error_class: string | null; response_excerpt: string | null };
type Told = { name: string; payload: Record<string, unknown>; correlation_id: string; causation_id: string | null };

export const newOwner = (): Owner => ({ clientId: newTransIndexCode(new Date()), merchantId: newTransIndexCode(new Date()) });

/**
 * The service on real servers, with the test as its neighbours: it plays the edge that registers endpoints, and the service of the transactions.
 * It has a nats-server of its own, because on a shared one another file's service would take its share of the facts.
 */
export class TestOffice {
  readonly replicas: NestFastifyApplication[] = [];
  private readonly secretsKeys = `k1:${randomBytes(32).toString('base64')}`;

  private constructor(
    private readonly nats: NatsServer,
    private readonly natsDir: string,
    private readonly database: TestDatabase,
    private readonly patience: Patience,
    readonly sql: pg.Pool,
    readonly bus: NatsConnection,
  ) {}

  static async start(patience: Patience): Promise<TestOffice> {
    const natsDir = mkdtempSync(join(tmpdir(), 'tillbridge-host-delivery-'));
    const database = await createTestDatabase('host_delivery', async (url) => {
      await migrate(url, migrations);
    });
    const nats = await startNats({ storeDir: natsDir });
    const bus = await connect({ servers: nats.url });
    const office = new TestOffice(nats, natsDir, database, patience, new pg.Pool({ connectionString: database.url, max: 4 }), bus);
    await office.addReplica();
    return office;
  }

  async addReplica(): Promise<NestFastifyApplication> {
    const environment = {
      TILLBRIDGE_ENVIRONMENT: 'sandbox',
      TILLBRIDGE_POSTGRES_URL: this.database.url,
      TILLBRIDGE_NATS_URL: this.nats.url,
      TILLBRIDGE_POSTGRES_POOL_SIZE: '6',
      TILLBRIDGE_SECRETS_KEYS: this.secretsKeys,
    };
    const secretsKeys = setting.secretKeys('TILLBRIDGE_SECRETS_KEYS');
    const config = readSettings(environment, { ...serviceSettings, ...databaseSettings, secretsKeys });
    const service = { name: 'host-delivery', module: AppModule.forRoot(config, this.patience), settings: config, prepare: connectHandlers };
    const app = await createService(service, createLog('host-delivery', process.env['TILLBRIDGE_TEST_LOG_LEVEL'] ?? 'silent'));
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    this.replicas.push(app);
    return app;
  }

  async removeReplica(app: NestFastifyApplication): Promise<void> {
    this.replicas.splice(this.replicas.indexOf(app), 1);
    await app.close();
  }

  async stop(): Promise<void> {
    await Promise.all(this.replicas.map((app) => app.close()));
    await this.sql.end();
    await this.bus.close();
    await this.nats.stop();
    await this.database.drop();
    rmSync(this.natsDir, { recursive: true, force: true });
  }

  register(endpoint: TestEndpoint): Promise<Outcome<RecordedV1>> {
    const [app] = this.replicas;
    if (app === undefined) throw new Error('no replica runs');
    return app.get(RequestClient).request(registerEndpoint, endpoint, newCause());
  }

  /** A new endpoint of this owner at the host. */
  async endpointAt(host: HostSink, owner: Owner): Promise<TestEndpoint> {
    const endpoint = { ...owner, endpointId: newId(), url: host.url, signingSecret: newClientSecret() };
    await this.register(endpoint);
    return endpoint;
  }

  /** Tells a fact about a new transaction of this owner, as the service of the transactions does. */
  async tell(
    owner: Owner,
    more: Partial<TransactionV1> = {},
    fact: FactDefinition<TransactionV1> = transactionApproved,
  ): Promise<TransactionV1> {
    const now = new Date();
    const payload = {
      ...fact.sample,
      ...owner,
      transactionId: newId(),
      transIndexCode: newTransIndexCode(now),
      changedAt: now.toISOString(),
      ...more,
    };
    await this.publish(fact, payload, factIdOf(payload));
    return payload;
  }

  /** Publishes a fact under this id, without the header by which the stream itself would drop a repetition. */
  async publish(fact: FactDefinition<TransactionV1>, payload: TransactionV1, factId: string): Promise<void> {
    const head = headers();
    head.set('ce-specversion', '1.0');
    head.set('ce-id', factId);
    head.set('ce-type', fact.type);
    head.set('ce-source', 'pos.transactions');
    head.set('ce-subject', payload.transactionId);
    head.set('ce-time', payload.changedAt);
    head.set('correlation-id', correlationOf(payload));
    await jetstream(this.bus).publish(fact.subjectFor(payload.transactionId), JSON.stringify(payload), { headers: head });
  }

  /** Has the service done with the fact that `tell` told? */
  async isHandled(transaction: TransactionV1): Promise<boolean> {
    const { rows } = await this.sql.query('select 1 from inbox where message_id = $1', [factIdOf(transaction)]);
    return rows.length > 0;
  }

  async deliveriesOf({ transactionId }: TransactionV1): Promise<DeliveryRow[]> {
    const { rows } = await this.sql.query<DeliveryRow>('select * from deliveries where transaction_id = $1 order by delivery_id', [
      transactionId,
    ]);
    return rows;
  }

  async attemptsOf({ transactionId }: TransactionV1): Promise<AttemptRow[]> {
    const { rows } = await this.sql.query<AttemptRow>(
      'select a.* from attempts a join deliveries using (delivery_id) where transaction_id = $1 order by delivery_id, attempt_no',
      [transactionId],
    );
    return rows;
  }

  /** What was told about a delivery. */
  async toldOf(deliveryId: string): Promise<Told[]> {
    const { rows } = await this.sql.query<Told>(
      `select *, split_part(type, '.', 3) as name from events where aggregate_id = $1 order by event_id`,
      [deliveryId],
    );
    return rows;
  }
}

/** One fact is told of each transaction, so its id can serve for both. */
const factIdOf = (transaction: TransactionV1): string => transaction.transactionId;

export const correlationOf = (transaction: TransactionV1): string => `call-${transaction.tradeNo}`;

/** What the host got for this transaction, oldest first. */
export const pushesOf = (host: HostSink, { transIndexCode }: TransactionV1): ReceivedPush[] =>
  host.received.filter(({ body }) => (JSON.parse(body) as { transIndexCode: string }).transIndexCode === transIndexCode);

/** Would a careful host take it? */
export const isAuthentic = ({ headers: received, body, receivedAt }: ReceivedPush, { clientId, signingSecret }: TestEndpoint): boolean =>
  verifyPush(JSON.parse(body) as PushFields, clientId, signingSecret) &&
  verifyWebhook(received, body, [signingSecret], receivedAt.getTime() / 1_000);
