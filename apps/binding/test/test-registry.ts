import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  authenticateTerminal,
  bindTill,
  catalogue,
  enrolTerminal,
  findBinding,
  findCaller,
  issueMerchantToken,
  listBindings,
  registerDeveloper,
  registerMerchant,
  type AuthenticatedTerminalV1,
  type BindingsV1,
  type BindingV1,
  type CallerV1,
  type EnrolTerminalV1,
  type RecordedV1,
  type Reply,
  type TillBoundV1,
} from '@tillbridge/contracts';
import { newClientSecret, newId, newMerchantToken, newPlatformId, newTerminalKey, sha256Hex } from '@tillbridge/kernel';
import { startNats, type NatsServer } from '@tillbridge/launcher';
import { connectHandlers, newCause, RequestClient, type Outcome } from '@tillbridge/messaging';
import { createLog, createService, databaseSettings, migrate, readSettings, serviceSettings, setting } from '@tillbridge/platform';
import { createTestDatabase, type TestDatabase } from '@tillbridge/testkit';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { AppModule, migrations } from '../src/app.module.js';

export type Merchant = { readonly clientId: string; readonly merchantId: string };
export type ToldFact = { readonly name: string; readonly version: number; readonly payload: Record<string, unknown> };

/**
 * The service on real servers, with the test as the edge that asks it. It has a nats-server of its own, because on a shared one another file's
 * binding could answer first.
 */
export class TestRegistry {
  readonly replicas: NestFastifyApplication[] = [];
  private readonly secretsKeys = `k1:${randomBytes(32).toString('base64')}`;

  private constructor(
    private readonly environment: 'sandbox' | 'production',
    private readonly nats: NatsServer,
    private readonly natsDir: string,
    private readonly database: TestDatabase,
    readonly sql: pg.Pool,
  ) {}

  static async start(environment: 'sandbox' | 'production'): Promise<TestRegistry> {
    const natsDir = mkdtempSync(join(tmpdir(), 'tillbridge-binding-'));
    const database = await createTestDatabase('binding', async (url) => {
      await migrate(url, migrations);
    });
    const nats = await startNats({ storeDir: natsDir });
    const sql = new pg.Pool({ connectionString: database.url, max: 4 });
    const registry = new TestRegistry(environment, nats, natsDir, database, sql);
    await registry.addReplica();
    return registry;
  }

  async addReplica(): Promise<void> {
    const environment = {
      TILLBRIDGE_ENVIRONMENT: this.environment,
      TILLBRIDGE_POSTGRES_URL: this.database.url,
      TILLBRIDGE_NATS_URL: this.nats.url,
      TILLBRIDGE_POSTGRES_POOL_SIZE: '6',
      TILLBRIDGE_SECRETS_KEYS: this.secretsKeys,
    };
    const secretsKeys = setting.secretKeys('TILLBRIDGE_SECRETS_KEYS');
    const config = readSettings(environment, { ...serviceSettings, ...databaseSettings, secretsKeys });
    const service = { name: 'binding', module: AppModule.forRoot(config), settings: config, prepare: connectHandlers };
    const app = await createService(service, createLog('binding', process.env['TILLBRIDGE_TEST_LOG_LEVEL'] ?? 'silent'));
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    this.replicas.push(app);
  }

  async stop(): Promise<void> {
    await Promise.all(this.replicas.map((app) => app.close()));
    await this.sql.end();
    await this.nats.stop();
    await this.database.drop();
    rmSync(this.natsDir, { recursive: true, force: true });
  }

  private get edge(): RequestClient {
    const [app] = this.replicas;
    if (app === undefined) throw new Error('no replica runs');
    return app.get(RequestClient);
  }

  registerDeveloper(developer: { clientId: string; name: string; clientSecret: string }): Promise<Outcome<RecordedV1>> {
    return this.edge.request(registerDeveloper, developer, newCause());
  }

  registerMerchant(merchant: Merchant, more = { name: 'Corner Shop', currencyCode: '840' }): Promise<Outcome<RecordedV1>> {
    return this.edge.request(registerMerchant, { clientId: merchant.clientId, merchantId: merchant.merchantId, ...more }, newCause());
  }

  issueToken(merchant: Merchant, token: string, tokenUid = newId()): Promise<Outcome<RecordedV1>> {
    const { clientId, merchantId } = merchant;
    const request = { tokenUid, clientId, merchantId, channel: 'Terminal' as const, tokenHash: sha256Hex(token) };
    return this.edge.request(issueMerchantToken, request, newCause());
  }

  enrol(merchant: Merchant, terminalSn: string, key: string, more: Partial<EnrolTerminalV1> = {}): Promise<Outcome<RecordedV1>> {
    const { clientId, merchantId } = merchant;
    const request = { terminalUid: newId(), clientId, merchantId, terminalSn, terminalId: '00000000', keyHash: sha256Hex(key), ...more };
    return this.edge.request(enrolTerminal, request, newCause());
  }

  bind(merchant: Merchant, posId: string, terminalSn: string, terminalId = '00000000'): Promise<Outcome<TillBoundV1>> {
    const { clientId, merchantId } = merchant;
    return this.edge.request(bindTill, { clientId, merchantId, posId, terminalSn, terminalId }, newCause());
  }

  findCaller(clientId: string, token: string): Promise<Reply<CallerV1>> {
    return this.edge.query(findCaller, { clientId, tokenHash: sha256Hex(token) }, newCause());
  }

  list({ clientId, merchantId }: Merchant): Promise<Reply<BindingsV1>> {
    return this.edge.query(listBindings, { clientId, merchantId }, newCause());
  }

  find({ clientId, merchantId }: Merchant, posId: string): Promise<Reply<BindingV1>> {
    return this.edge.query(findBinding, { clientId, merchantId, posId }, newCause());
  }

  authenticate(terminalSn: string, key: string): Promise<Reply<AuthenticatedTerminalV1>> {
    return this.edge.query(authenticateTerminal, { terminalSn, keyHash: sha256Hex(key) }, newCause());
  }

  /** A developer with one merchant and a token of it. */
  async newMerchant(merchantId = newPlatformId(new Date())): Promise<Merchant & { clientSecret: string; token: string }> {
    const developer = { clientId: newPlatformId(new Date()), name: 'Demo Tills Ltd', clientSecret: newClientSecret() };
    const merchant = { clientId: developer.clientId, merchantId, clientSecret: developer.clientSecret, token: newMerchantToken() };
    await this.registerDeveloper(developer);
    await this.registerMerchant(merchant);
    await this.issueToken(merchant, merchant.token);
    return merchant;
  }

  /** An enrolled terminal of the merchant. */
  async newTerminal(merchant: Merchant, terminalSn: string): Promise<{ key: string }> {
    const key = newTerminalKey();
    await this.enrol(merchant, terminalSn, key);
    return { key };
  }

  /** What was told of this developer's things, in the order of the telling. */
  async toldOf({ clientId }: Pick<Merchant, 'clientId'>): Promise<ToldFact[]> {
    const { rows } = await this.sql.query<{ type: string; aggregate_version: number; payload: Record<string, unknown> }>(
      `select type, aggregate_version, payload from events where payload->>'clientId' = $1 order by event_id`,
      [clientId],
    );
    return rows.map(({ type, aggregate_version: version, payload }) => ({ name: nameOf(type), version, payload }));
  }

  /** Facts that the stream has not acknowledged yet. */
  async unshipped(): Promise<number> {
    const { rows } = await this.sql.query<{ count: number }>('select count(*)::int as count from outbox');
    return rows[0]?.count ?? 0;
  }

  /** Every row of every table of the service, as one text. */
  async dump(): Promise<string> {
    const tables = ['developers', 'merchants', 'merchant_tokens', 'terminals', 'tills', 'events', 'inbox', 'dead_letters'];
    const rows = await Promise.all(tables.map((table) => this.sql.query<{ row: object }>(`select to_jsonb(t) as row from ${table} t`)));
    return JSON.stringify(rows.map((result) => result.rows));
  }
}

function nameOf(type: string): string {
  const definition = catalogue.find(type);
  if (definition === undefined) throw new Error(`no contract is called ${type}`);
  return definition.name;
}
