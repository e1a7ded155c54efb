import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  findTransaction,
  initiateTransaction,
  merchantRegistered,
  terminalBound,
  terminalConnected,
  type InitiateTransactionV1,
  type InstructionV1,
  type MerchantV1,
  type TransactionAcceptedV1,
  type TransactionFoundV1,
} from '@tillbridge/contracts';
import { newId, Secret } from '@tillbridge/kernel';
import { startNats, type NatsServer } from '@tillbridge/launcher';
import { connectHandlers, newCause, RequestClient, Transactions, WriteLane, type Outcome, type Tx } from '@tillbridge/messaging';
import { createLog, createService, migrate } from '@tillbridge/platform';
import { createTestDatabase, type TestDatabase } from '@tillbridge/testkit';
import { DataSource } from 'typeorm';
import { AppModule, migrations } from '../src/app.module.js';
import type { Config } from '../src/config.js';
import type { Evidence } from '../src/domain/transaction.js';
import { MerchantStore } from '../src/store/merchant-store.js';
import { TerminalStore } from '../src/store/terminal-store.js';
import { TillStore } from '../src/store/till-store.js';
import { WeighEvidence } from '../src/weigh-evidence.js';

export const CLIENT = 'c';

export type TestTill = { readonly merchantId: string; readonly posId: string; readonly terminalUid: string };

/** Two replicas of the service on real servers, and what the other services would say and ask. */
export class TestOwner {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly edge: RequestClient,
    private readonly lane: WriteLane,
    private readonly end: () => Promise<void>,
  ) {}

  static async start(): Promise<TestOwner> {
    const dir = mkdtempSync(join(tmpdir(), 'tillbridge-transactions-'));
    const [nats, database] = await Promise.all([
      startNats({ storeDir: dir }),
      createTestDatabase('transactions', async (url) => {
        await migrate(url, migrations);
      }),
    ]);
    const [app, other] = await Promise.all([startReplica(nats, database), startReplica(nats, database)]);
    return new TestOwner(app, app.get(RequestClient), new WriteLane(app.get(Transactions)), async () => {
      await Promise.all([app.close(), other.close()]);
      await Promise.all([nats.stop(), database.drop()]);
      rmSync(dir, { recursive: true, force: true });
    });
  }

  stop(): Promise<void> {
    return this.end();
  }

  perform<T>(key: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.lane.run({ keys: [key], cause: newCause(), perform: work });
  }

  sql<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return this.app.get(DataSource).query(text, values);
  }

  /** A till bound to a terminal, which is its own unless another one is given, and connected. */
  async newTill(merchantId = 'm', terminalUid = newId()): Promise<TestTill> {
    const posId = newId();
    const binding = { ...terminalBound.sample, clientId: CLIENT, merchantId, posId, tillUid: newId(), terminalUid };
    await this.perform(posId, (tx) => this.app.get(TillStore).put(tx, binding, true));
    await this.connect(terminalUid, true);
    return { merchantId, posId, terminalUid };
  }

  connect(terminalUid: string, online: boolean, version = nextVersion()): Promise<void> {
    const connection = { ...terminalConnected.sample, terminalUid, version };
    return this.perform(terminalUid, (tx) => this.app.get(TerminalStore).put(tx, connection, online));
  }

  merchant(merchantId: string, settings: Pick<MerchantV1, 'lateResults' | 'deadlineSeconds'>): Promise<void> {
    const merchant = { ...merchantRegistered.sample, clientId: CLIENT, merchantId, version: nextVersion(), ...settings };
    return this.perform(merchantId, (tx) => this.app.get(MerchantStore).put(tx, merchant));
  }

  requestAt({ merchantId, posId }: TestTill, instruction: Partial<InstructionV1> = {}): InitiateTransactionV1 {
    return {
      ...{ clientId: CLIENT, merchantId, posId, tradeNo: newId(), requestHash: initiateTransaction.sample.requestHash },
      instruction: { transType: 'Purchase', amount: { amountMinor: 1_000, currency: '840' }, ...instruction },
    };
  }

  initiate(request: InitiateTransactionV1): Promise<Outcome<TransactionAcceptedV1>> {
    return this.edge.request(initiateTransaction, request, newCause());
  }

  /** Accepted: its ids. */
  async accepted(request: InitiateTransactionV1): Promise<{ tradeNo: string; transactionId: string; transIndexCode: string }> {
    const outcome = await this.edge.request(initiateTransaction, request, newCause());
    if (outcome.outcome !== 'done') throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
    return { tradeNo: request.tradeNo, ...outcome.value };
  }

  /** Accepted and approved by its terminal. */
  async approved(
    till: TestTill,
    instruction: Partial<InstructionV1> = {},
  ): Promise<{ tradeNo: string; transactionId: string; transIndexCode: string }> {
    const made = await this.accepted(this.requestAt(till, instruction));
    await this.weigh(made.transactionId, {
      kind: 'approved',
      result: { approved: true, rrn: made.tradeNo.slice(0, 12), traceNum: '000001' },
    });
    return made;
  }

  weigh(transactionId: string, evidence: Evidence): Promise<void> {
    return this.perform(transactionId, (tx) => this.app.get(WeighEvidence).apply(tx, transactionId, evidence));
  }

  find(tradeNo: string, merchantId = 'm'): Promise<Outcome<TransactionFoundV1>> {
    return this.edge.query(findTransaction, { clientId: CLIENT, merchantId, tradeNo }, newCause());
  }

  /** The names of what was told about a transaction, in order. */
  async told(transactionId: string): Promise<string[]> {
    const rows = await this.sql<{ type: string }>('select type from events where aggregate_id = $1 order by event_id', [transactionId]);
    return rows.map(({ type }) => type.split('.')[2] ?? type);
  }

  /** Moves the time of a transaction into the past, instead of waiting. */
  async age(transactionId: string, interval: string): Promise<void> {
    await this.sql(
      `update transactions set deadline_at = deadline_at - $2::interval, asking_due_at = asking_due_at - $2::interval where transaction_id = $1`,
      [transactionId, interval],
    );
  }
}

let versions = 1;
const nextVersion = (): number => (versions += 1);

async function startReplica(nats: NatsServer, database: TestDatabase): Promise<NestFastifyApplication> {
  const config: Config = {
    environment: 'sandbox',
    httpHost: '127.0.0.1',
    httpPort: 0,
    logLevel: 'error',
    natsUrl: new Secret(nats.url),
    natsStreamReplicas: 1,
    exitWithParent: false,
    ...{ httpTrustedProxies: [], tlsCert: undefined, tlsKey: undefined },
    postgresUrl: new Secret(database.url),
    postgresPoolSize: 8,
  };
  const service = { name: 'transactions', module: AppModule.forRoot(config), settings: config, prepare: connectHandlers };
  const started = await createService(service, createLog('test', 'silent'));
  await started.startAllMicroservices();
  await started.init();
  return started;
}
