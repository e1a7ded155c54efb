import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { jetstream } from '@nats-io/jetstream';
import { headers } from '@nats-io/nats-core';
import { connect, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import {
  authenticateTerminal,
  credentialsChanged,
  done,
  pairTerminal,
  refused,
  transactionRequested,
  type Answer,
  type AuthenticateTerminalV1,
  type CredentialsChangedV1,
  type FactDefinition,
  type InstructionV1,
  type PairedV1,
  type PairTerminalV1,
  type TransactionNoticeV1,
  type TransactionRequestedV1,
} from '@tillbridge/contracts';
import { newId, newTerminalKey, newTransIndexCode, sha256Hex } from '@tillbridge/kernel';
import { startNats, type NatsServer } from '@tillbridge/launcher';
import { RequestClient } from '@tillbridge/messaging';
import { createLog, createService, databaseSettings, migrate, readSettings, serviceSettings } from '@tillbridge/platform';
import { createTestDatabase, type TestDatabase } from '@tillbridge/testkit';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { AppModule, migrations } from '../src/app.module.js';
import { prepareEdge } from '../src/http/prepare-edge.js';
import type { TerminalIdentity } from './test-terminal.js';

export type Told = {
  readonly name: string;
  readonly version: number;
  readonly payload: Record<string, unknown>;
  readonly correlationId: string;
  readonly traceId: string;
};

export type Requested = {
  readonly transactionId: string;
  readonly transIndexCode: string;
  readonly payload: TransactionRequestedV1;
  readonly correlationId: string;
  readonly traceId: string;
};

type MoreOfRequest = { readonly deadlineInMs?: number; readonly instruction?: Partial<InstructionV1> };

/**
 * The service on real servers, with the test as its neighbours: it plays binding (answers who a terminal is) and transactions (tells facts).
 * It has a nats-server of its own, because on a shared one another file's binding could answer first.
 */
export class TestEdge {
  readonly replicas: NestFastifyApplication[] = [];
  private readonly enrolled = new Map<string, TerminalIdentity & { clientId?: string; merchantId?: string }>();
  private binding: Subscription | undefined;
  /** What the terminals' edge asked binding for when a terminal showed a code, in order. */
  readonly pairings: PairTerminalV1[] = [];

  private constructor(
    private readonly nats: NatsServer,
    private readonly natsDir: string,
    private readonly database: TestDatabase,
    readonly sql: pg.Pool,
    readonly bus: NatsConnection,
  ) {}

  static async start(): Promise<TestEdge> {
    const natsDir = mkdtempSync(join(tmpdir(), 'tillbridge-terminals-'));
    const database = await createTestDatabase('terminals', async (url) => {
      await migrate(url, migrations);
    });
    const nats = await startNats({ storeDir: natsDir });
    const bus = await connect({ servers: nats.url });
    const edge = new TestEdge(nats, natsDir, database, new pg.Pool({ connectionString: database.url, max: 4 }), bus);
    edge.answerForBinding();
    return edge;
  }

  /** One more replica of the service; gives its address. */
  async addReplica(): Promise<string> {
    const environment = {
      TILLBRIDGE_POSTGRES_URL: this.database.url,
      TILLBRIDGE_NATS_URL: this.nats.url,
      TILLBRIDGE_POSTGRES_POOL_SIZE: '6',
    };
    const config = readSettings(environment, { ...serviceSettings, ...databaseSettings });
    const service = { name: 'terminals', module: AppModule.forRoot(config), settings: config, prepare: prepareEdge };
    const app = await createService(service, createLog('terminals', process.env['TILLBRIDGE_TEST_LOG_LEVEL'] ?? 'silent'));
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    this.replicas.push(app);
    return app.getUrl();
  }

  async stop(): Promise<void> {
    await Promise.all(this.replicas.map((app) => app.close()));
    await this.sql.end();
    await this.bus.close();
    await this.nats.stop();
    await this.database.drop();
    rmSync(this.natsDir, { recursive: true, force: true });
  }

  /** Holds a lock of the database as long as the given work goes on. */
  async whileLocked(lock: (sql: pg.Client) => Promise<unknown>, work: () => Promise<void>): Promise<void> {
    const holder = new pg.Client({ connectionString: this.database.url });
    await holder.connect();
    try {
      await holder.query('begin');
      await lock(holder);
      await work();
    } finally {
      await holder.end();
    }
  }

  /** A terminal of this merchant that may connect. */
  enrol(owner: { clientId?: string; merchantId?: string } = {}): TerminalIdentity & { clientId: string; merchantId: string } {
    const identity = { terminalSn: `WP${newId()}`, key: newTerminalKey(), terminalUid: newId(), clientId: 'c', merchantId: 'm', ...owner };
    this.enrolled.set(identity.terminalSn, identity);
    return identity;
  }

  /** From now on binding does not know the terminal any more, and nobody is told. */
  expel({ terminalSn }: TerminalIdentity): void {
    this.enrolled.delete(terminalSn);
  }

  readmit(identity: TerminalIdentity): void {
    this.enrolled.set(identity.terminalSn, identity);
  }

  /** Tells what listeners in every replica hear. */
  tellCredentialsChanged(change: Omit<CredentialsChangedV1, 'version'>): void {
    this.bus.publish(credentialsChanged.subjectFor(change.clientId), JSON.stringify({ ...change, version: 2 }));
  }

  /** A fact that nobody can read: whoever listens knows that it has missed one. */
  tellNonsense(): void {
    this.bus.publish(credentialsChanged.subjectFor('c'), 'nonsense');
  }

  /** Plays the owner for terminals that show a code; `answer` undefined: it says nothing. */
  answerPairings(answer: (request: PairTerminalV1) => Answer<PairedV1> | undefined): void {
    this.bus.subscribe(pairTerminal.type, {
      callback: (_error, message) => {
        const request = message.json<PairTerminalV1>();
        this.pairings.push(request);
        const reply = answer(request);
        if (reply !== undefined) this.bus.publish(message.headers?.get('reply-to') ?? '', JSON.stringify(reply));
      },
    });
  }

  answerForBinding(): void {
    this.binding = this.bus.subscribe(authenticateTerminal.type, {
      queue: 'binding',
      callback: (_error, message) => {
        const { terminalSn, keyHash } = message.json<AuthenticateTerminalV1>();
        const known = this.enrolled.get(terminalSn);
        const isKnown = known !== undefined && sha256Hex(known.key) === keyHash;
        const answer = isKnown ? done(ownerOf(known)) : refused('terminal-unknown');
        message.respond(JSON.stringify(answer));
      },
    });
  }

  async silenceBinding(): Promise<void> {
    this.binding?.unsubscribe();
    await this.bus.flush();
  }

  /** Tells `transaction-requested`, as the service of the transactions does. */
  async request(terminal: TerminalIdentity, more: MoreOfRequest = {}): Promise<Requested> {
    const requested = this.plan(terminal, more);
    await this.tellRequested(requested);
    return requested;
  }

  /** A transaction of which nothing is told yet. */
  plan(terminal: TerminalIdentity, more: MoreOfRequest = {}): Requested {
    const now = new Date();
    const payload: TransactionRequestedV1 = {
      ...transactionRequested.sample,
      transactionId: newId(),
      transIndexCode: newTransIndexCode(now),
      terminalUid: terminal.terminalUid,
      terminalSn: terminal.terminalSn,
      acceptedAt: now.toISOString(),
      changedAt: now.toISOString(),
      deadlineAt: new Date(now.getTime() + (more.deadlineInMs ?? 180_000)).toISOString(),
      instruction: { ...transactionRequested.sample.instruction, ...more.instruction },
    };
    const { transactionId, transIndexCode } = payload;
    return { transactionId, transIndexCode, payload, correlationId: newId(), traceId: newId().replaceAll('-', '') };
  }

  tellRequested(requested: Requested): Promise<void> {
    return this.tell(transactionRequested, requested.payload, requested);
  }

  /** Tells that somebody wants the transaction stopped, or wants to know what became of it. */
  notice(fact: FactDefinition<TransactionNoticeV1>, requested: Requested): Promise<void> {
    const { transactionId, terminalUid, transIndexCode } = requested.payload;
    return this.tell(fact, { transactionId, version: 4, terminalUid, transIndexCode, at: new Date().toISOString() }, requested);
  }

  /** How an edge asks; the replica itself is one. */
  get client(): RequestClient {
    return this.replicas[0]!.get(RequestClient);
  }

  /** The facts about a command or a connection, in the order in which they were told. */
  async told(aggregateId: string): Promise<Told[]> {
    const { rows } = await this.sql.query<{
      type: string;
      aggregate_version: number;
      payload: Record<string, unknown>;
      correlation_id: string;
      traceparent: string;
    }>('select * from events where aggregate_id = $1 order by event_id', [aggregateId]);
    return rows.map((row) => ({
      name: row.type.split('.')[2] ?? '',
      version: row.aggregate_version,
      payload: row.payload,
      correlationId: row.correlation_id,
      traceId: row.traceparent.split('-')[1] ?? '',
    }));
  }

  async namesTold(aggregateId: string): Promise<string[]> {
    return (await this.told(aggregateId)).map((fact) => fact.name);
  }

  private async tell<P extends object>(fact: FactDefinition<P>, payload: P, cause: Requested): Promise<void> {
    const head = headers();
    head.set('ce-specversion', '1.0');
    head.set('ce-id', newId());
    head.set('ce-type', fact.type);
    head.set('ce-source', 'pos.transactions');
    head.set('ce-subject', cause.transactionId);
    head.set('ce-time', new Date().toISOString());
    head.set('traceparent', `00-${cause.traceId}-00f067aa0ba902b7-01`);
    head.set('correlation-id', cause.correlationId);
    await jetstream(this.bus).publish(fact.subjectFor(cause.transactionId), JSON.stringify(payload), { headers: head });
  }
}

const ownerOf = ({ terminalUid, clientId = 'c', merchantId = 'm' }: TerminalIdentity & { clientId?: string; merchantId?: string }) => ({
  terminalUid,
  clientId,
  merchantId,
});
