import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  findTransaction,
  initiateTransaction,
  merchantRegistered,
  terminalBound,
  terminalConnected,
  type InitiateTransactionV1,
  type InstructionV1,
  type LateResultPolicy,
  type TransactionFoundV1,
} from '@tillbridge/contracts';
import { newId, Secret } from '@tillbridge/kernel';
import { startNats, type NatsServer } from '@tillbridge/launcher';
import { connectHandlers, newCause, RequestClient, Transactions, WriteLane, type Outcome, type Tx } from '@tillbridge/messaging';
import { createLog, createService, migrate } from '@tillbridge/platform';
import { createTestDatabase, type TestDatabase } from '@tillbridge/testkit';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { AppModule, migrations } from '../src/app.module.js';
import type { Config } from '../src/config.js';
import type { Evidence } from '../src/domain/life.js';
import { MerchantStore } from '../src/store/merchant-store.js';
import { PresenceStore } from '../src/store/presence-store.js';
import { TillStore } from '../src/store/till-store.js';
import { WeighEvidence } from '../src/weigh-evidence.js';

export type Till = { readonly clientId: string; readonly merchantId: string; readonly posId: string; readonly terminalUid: string };
export type ToldFact = { name: string; version: number; payload: Record<string, unknown>; traceparent: string; correlation_id: string };
type Sql = { query<Row>(text: string, values?: unknown[]): Promise<Row[]> };

/** The service on real servers, with the test as its neighbours: tills, terminals and the registry. */
export class TestShop {
  readonly replicas: NestFastifyApplication[] = [];

  private constructor(
    private readonly nats: NatsServer,
    private readonly natsDir: string,
    private readonly database: TestDatabase,
  ) {}

  static async start(replicas: number): Promise<TestShop> {
    const natsDir = mkdtempSync(join(tmpdir(), 'tillbridge-transactions-'));
    const [nats, database] = await Promise.all([
      startNats({ storeDir: natsDir }),
      createTestDatabase('transactions', async (url) => {
        await migrate(url, migrations);
      }),
    ]);
    const shop = new TestShop(nats, natsDir, database);
    await Promise.all(Array.from({ length: replicas }, () => shop.addReplica()));
    return shop;
  }

  async addReplica(): Promise<NestFastifyApplication> {
    const config: Config = {
      environment: 'sandbox',
      httpHost: '127.0.0.1',
      httpPort: 0,
      logLevel: 'error',
      natsUrl: new Secret(this.nats.url),
      natsStreamReplicas: 1,
      exitWithParent: false,
      ...{ httpTrustedProxies: [], tlsCert: undefined, tlsKey: undefined },
      postgresUrl: new Secret(this.database.url),
      postgresPoolSize: 8,
    };
    const service = { name: 'transactions', module: AppModule.forRoot(config), settings: config, prepare: connectHandlers };
    const app = await createService(service, createLog('test', 'silent'));
    await app.startAllMicroservices();
    await app.init();
    this.replicas.push(app);
    return app;
  }

  async stop(): Promise<void> {
    await Promise.all(this.replicas.map((app) => app.close()));
    await Promise.all([this.nats.stop(), this.database.drop()]);
    rmSync(this.natsDir, { recursive: true, force: true });
  }

  get sql(): Sql {
    return this.app.get<DataSource, Sql>(DataSource);
  }
  get edge(): RequestClient {
    return this.app.get(RequestClient);
  }

  /** Runs a work on its own, as the consumer of a fact does. */
  run<T>(perform: (tx: Tx, app: NestFastifyApplication) => Promise<T>): Promise<T> {
    const lane = new WriteLane(this.app.get(Transactions));
    return lane.run({ keys: [], cause: newCause(), perform: (tx) => perform(tx, this.app) });
  }

  /** A till bound to a terminal of its own, or to this one, which is online. */
  async newTill(merchantId = newId(), terminalUid = newId()): Promise<Till> {
    const till: Till = { clientId: 'c', merchantId, posId: newId(), terminalUid };
    await this.run((tx, app) => app.get(TillStore).put(tx, { ...terminalBound.sample, ...till, tillUid: newId() }, true));
    await this.presence(terminalUid, true, 1);
    return till;
  }

  presence(terminalUid: string, online: boolean, version: number): Promise<void> {
    return this.run((tx, app) => app.get(PresenceStore).put(tx, { ...terminalConnected.sample, terminalUid, version }, online));
  }

  /** What the merchant decides. */
  decide(merchantId: string, lateResults: LateResultPolicy, deadlineSeconds = 180): Promise<void> {
    const merchant = { ...merchantRegistered.sample, clientId: 'c', merchantId, lateResults, deadlineSeconds };
    return this.run((tx, app) => app.get(MerchantStore).put(tx, merchant));
  }

  ask({ clientId, merchantId, posId }: Till, instruction: InstructionV1, more: Partial<InitiateTransactionV1> = {}) {
    const request = { ...initiateTransaction.sample, clientId, merchantId, posId, tradeNo: newId(), instruction, ...more };
    return this.edge.request(initiateTransaction, request, newCause());
  }

  /** Accepted, and its ids. */
  async accepted(till: Till, instruction: InstructionV1, more: Partial<InitiateTransactionV1> = {}) {
    const outcome = await this.ask(till, instruction, more);
    if (outcome.outcome !== 'done') throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
    return outcome.value;
  }

  /** Accepted, and approved by the terminal with these numbers. */
  async approved(till: Till, instruction: InstructionV1, numbers: Record<string, unknown> = {}) {
    const { transactionId, transIndexCode } = await this.accepted(till, instruction);
    await this.weigh(transactionId, { kind: 'approved', result: { approved: true, ...numbers } });
    return { transactionId, transIndexCode };
  }

  weigh(transactionId: string, evidence: Evidence): Promise<void> {
    return this.run((tx, app) => app.get(WeighEvidence).apply(tx, transactionId, evidence));
  }

  async find({ clientId, merchantId }: Till, tradeNo: string): Promise<TransactionFoundV1 | undefined> {
    const found: Outcome<TransactionFoundV1> = await this.edge.query(findTransaction, { clientId, merchantId, tradeNo }, newCause());
    return found.outcome === 'done' ? found.value : undefined;
  }

  /** Everything told about a transaction, oldest first. */
  toldOf(transactionId: string): Promise<ToldFact[]> {
    return this.sql.query<ToldFact>(
      `select split_part(type, '.', 3) as name, aggregate_version as version, payload, traceparent, correlation_id
       from events where aggregate_id = $1 order by event_id`,
      [transactionId],
    );
  }

  /** Moves a column of time into the past, so that a worker finds the row due. */
  async makeDue(transactionId: string, column: 'deadline_at' | 'ask_at', interval = '1 minute'): Promise<void> {
    await this.sql.query(`update transactions set ${column} = now() - interval '${interval}' where transaction_id = $1`, [transactionId]);
  }

  private get app(): NestFastifyApplication {
    const [app] = this.replicas;
    if (app === undefined) throw new Error('no replica runs');
    return app;
  }
}
