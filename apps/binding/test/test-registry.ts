import { createInbox, headers } from '@nats-io/nats-core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  authenticateTerminal,
  bindTill,
  catalogue,
  enrolTerminal,
  findBinding,
  findCaller,
  issueMerchantToken,
  listAuditEntries,
  listBindings,
  registerDeveloper,
  registerMerchant,
  type AuditEntryV1,
  type AuthenticatedTerminalV1,
  type BindingsV1,
  type BindingV1,
  type BindTillV1,
  type CallerV1,
  type EnrolTerminalV1,
  type IssueMerchantTokenV1,
  type Page,
  type PageRequestV1,
  type QueryDefinition,
  type RecordedV1,
  type RegisterDeveloperV1,
  type RegisterMerchantV1,
  type Reply,
  type RequestDefinition,
  type TillBoundV1,
} from '@tillbridge/contracts';
import { newClientSecret, newId, newMerchantToken, newPlatformId, newTerminalKey, sha256Hex } from '@tillbridge/kernel';
import { startNats, type NatsServer } from '@tillbridge/launcher';
import { Bus, connectHandlers, newCause, RequestClient, type Outcome } from '@tillbridge/messaging';
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
  private secretsKeys = newSecretsKey('k1');

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

  /** Puts the replicas of the service out of use and starts one that seals with a new key; `keepsOld`: it still opens with the older ones. */
  async restartWithKey(keyId: string, { keepsOld }: { keepsOld: boolean }): Promise<void> {
    await Promise.all(this.replicas.splice(0).map((app) => app.close()));
    const key = this.secretsKeys.split(',').find((each) => each.startsWith(`${keyId}:`)) ?? newSecretsKey(keyId);
    this.secretsKeys = keepsOld ? `${key},${this.secretsKeys}` : key;
    await this.addReplica();
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

  /** Asks as an edge does; the id of the call ends up in the audit log. */
  ask<P extends object, A extends object>(definition: RequestDefinition<P, A>, payload: P, correlationId?: string): Promise<Outcome<A>> {
    return this.edge.request(definition, payload, { ...newCause(), ...(correlationId === undefined ? {} : { correlationId }) });
  }

  /** Delivers the very same message twice, as happens when a replica dies between its commit and its answer. */
  async deliverTwice<P extends object, A extends object>(definition: RequestDefinition<P, A>, payload: P): Promise<Reply<A>[]> {
    const [app] = this.replicas;
    const { connection } = app!.get(Bus);
    const inbox = createInbox();
    const answers = connection.subscribe(inbox, { max: 2 });
    const head = headers();
    const id = newId();
    const members = {
      'ce-id': id,
      'ce-type': definition.type,
      'ce-source': 'pos.edge',
      'ce-subject': id,
      'ce-time': new Date().toISOString(),
    };
    const envelope = { 'correlation-id': id, 'not-after': new Date(Date.now() + 8_000).toISOString(), 'reply-to': inbox };
    for (const [name, value] of Object.entries({ ...members, ...envelope })) head.set(name, value);
    const replies: Reply<A>[] = [];
    for (let time = 0; time < 2; time += 1) connection.publish(definition.type, JSON.stringify(payload), { headers: head });
    for await (const answer of answers) replies.push(answer.json<Reply<A>>());
    // Two replicas may have had them, and the one that did nothing may be the quicker to say so.
    return replies.sort((one, other) => Number(isReplay(one)) - Number(isReplay(other)));
  }

  read<P extends object, A extends object>(definition: QueryDefinition<P, A>, payload: P): Promise<Reply<A>> {
    return this.edge.query(definition, payload, newCause());
  }

  registerDeveloper(developer: RegisterDeveloperV1): Promise<Outcome<RecordedV1>> {
    return this.ask(registerDeveloper, developer);
  }

  registerMerchant(merchant: Merchant, more: Partial<RegisterMerchantV1> = {}): Promise<Outcome<RecordedV1>> {
    return this.ask(registerMerchant, { ...keyOf(merchant), name: 'Corner Shop', currencyCode: '840', ...more });
  }

  issueToken(
    merchant: Merchant,
    token: string,
    tokenUid = newId(),
    more: Partial<IssueMerchantTokenV1> = {},
  ): Promise<Outcome<RecordedV1>> {
    return this.ask(issueMerchantToken, { tokenUid, ...keyOf(merchant), channel: 'Terminal', tokenHash: sha256Hex(token), ...more });
  }

  enrol(merchant: Merchant, terminalSn: string, key: string, more: Partial<EnrolTerminalV1> = {}): Promise<Outcome<RecordedV1>> {
    const request = { terminalUid: newId(), ...keyOf(merchant), terminalSn, terminalId: '00000000', keyHash: sha256Hex(key), ...more };
    return this.ask(enrolTerminal, request);
  }

  bind(merchant: Merchant, posId: string, terminalSn: string, more: Partial<BindTillV1> = {}): Promise<Outcome<TillBoundV1>> {
    return this.ask(bindTill, { ...keyOf(merchant), posId, terminalSn, terminalId: '00000000', ...more });
  }

  findCaller(clientId: string, token: string): Promise<Reply<CallerV1>> {
    return this.read(findCaller, { clientId, tokenHash: sha256Hex(token) });
  }

  list(merchant: Merchant): Promise<Reply<BindingsV1>> {
    return this.read(listBindings, keyOf(merchant));
  }

  find(merchant: Merchant, posId: string): Promise<Reply<BindingV1>> {
    return this.read(findBinding, { ...keyOf(merchant), posId });
  }

  authenticate(terminalSn: string, key: string): Promise<Reply<AuthenticatedTerminalV1>> {
    return this.read(authenticateTerminal, { terminalSn, keyHash: sha256Hex(key) });
  }

  /** Everything of a list, page by page. */
  async readAll<Item extends object>(
    definition: QueryDefinition<PageRequestV1, Page<Item>>,
    filter: Omit<PageRequestV1, 'limit' | 'after'>,
    limit = 50,
  ): Promise<Item[]> {
    const items: Item[] = [];
    for (let after: string | undefined; ;) {
      const page = await this.read(definition, { ...filter, limit, ...(after === undefined ? {} : { after }) });
      if (page.outcome !== 'done') throw new Error(`a page was answered ${JSON.stringify(page)}`);
      items.push(...page.value.items);
      after = page.value.next;
      if (after === undefined) return items;
    }
  }

  /** The audit log of a developer, oldest first. */
  async audited({ clientId }: Pick<Merchant, 'clientId'>): Promise<AuditEntryV1[]> {
    return (await this.readAll(listAuditEntries, { clientId })).reverse();
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
    const tables = [
      ...['developers', 'client_secrets', 'merchants', 'merchant_tokens', 'terminals', 'pairing_codes', 'tills', 'audit_log'],
      ...['events', 'inbox', 'dead_letters'],
    ];
    const rows = await Promise.all(tables.map((table) => this.sql.query<{ row: object }>(`select to_jsonb(t) as row from ${table} t`)));
    return JSON.stringify(rows.map((result) => result.rows));
  }
}

const newSecretsKey = (keyId: string): string => `${keyId}:${randomBytes(32).toString('base64')}`;

export const keyOf = ({ clientId, merchantId }: Merchant): Merchant => ({ clientId, merchantId });

function nameOf(type: string): string {
  const definition = catalogue.find(type);
  if (definition === undefined) throw new Error(`no contract is called ${type}`);
  return definition.name;
}

const isReplay = (reply: Reply<object>): boolean => reply.outcome === 'done' && reply.replayed === true;
