import { connect, type Msg, type NatsConnection } from '@nats-io/transport-node';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  catalogue,
  done,
  findCaller,
  refused,
  type Answer,
  type CallerV1,
  type FactDefinition,
  type QueryDefinition,
  type Reply,
  type RequestDefinition,
} from '@tillbridge/contracts';
import { newClientSecret, newMerchantToken, newPlatformId, sha256Hex } from '@tillbridge/kernel';
import { startNats, type NatsServer } from '@tillbridge/launcher';
import { createLog, createService, type HttpLimits, type Log } from '@tillbridge/platform';
import { signRequest, type Envelope } from '@tillbridge/protocol';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { AppModule } from '../src/app.module.js';
import { readConfig } from '../src/config.js';
import { gatewayLimits } from '../src/http/edge-limits.js';
import { prepareEdge } from '../src/http/prepare-edge.js';
import { someCaller } from './some-caller.js';

export const ADMIN_TOKEN = 'token-of-nobody-special';
export const ALICE_TOKEN = 'token-that-is-of-alice==';
export const MERCHANT_ID = '10800000003';

/** A message as an owner got it. */
export type Heard = { readonly type: string; readonly payload: Record<string, unknown>; readonly correlationId: string };
export type Told = { readonly status: number; readonly headers: Headers; readonly body: Envelope & Record<string, unknown> };
/** How an owner answers; undefined says nothing, as when it has died. */
type Answering = (payload: Record<string, unknown>) => Reply<object> | undefined;
type Asked<P extends object, A extends object> = RequestDefinition<P, A> | QueryDefinition<P, A>;

/** Lets a test call from any address, so that one test does not use up another's calls: `{ 'x-forwarded-for': elsewhere() }`. */
export const BEHIND_PROXY = { environment: { TILLBRIDGE_HTTP_TRUSTED_PROXIES: '127.0.0.1' } };
let callers = 0;
export const elsewhere = (): string => `10.0.${callers >> 8}.${callers++ & 0xff}`;

export type GatewayOptions = {
  readonly environment?: Record<string, string>;
  readonly limits?: Partial<HttpLimits>;
  readonly log?: Log;
  /** Hears of each route as it is made. */
  readonly onRoute?: (route: { method: string | string[]; url: string }) => void;
};

/** One replica of the gateway, listening on a free port. */
export async function startGateway(natsUrl: string, options: GatewayOptions = {}): Promise<NestFastifyApplication> {
  const { environment, limits, log, onRoute } = options;
  const adminTokens = `${ADMIN_TOKEN},alice=${ALICE_TOKEN}`;
  const config = readConfig({ TILLBRIDGE_NATS_URL: natsUrl, TILLBRIDGE_ADMIN_TOKEN: adminTokens, ...environment });
  const prepare = (app: NestFastifyApplication): void => {
    if (onRoute !== undefined) app.getHttpAdapter().getInstance().addHook('onRoute', onRoute);
    prepareEdge(app);
  };
  const service = { name: 'gateway', module: AppModule.forRoot(config), settings: config, bodyParser: false, prepare };
  const limited = { ...service, limits: { ...gatewayLimits, ...limits } };
  const app = await createService(limited, log ?? createLog('gateway', process.env['TILLBRIDGE_TEST_LOG_LEVEL'] ?? 'silent'));
  await app.listen(0, '127.0.0.1');
  return app;
}

/**
 * The gateway on a real nats-server, with the test as all owners and as the till. The server is its own: on a shared one the services of other
 * files would answer.
 */
export class TestEdge {
  readonly caller = someCaller({
    clientId: newPlatformId(new Date()),
    clientSecrets: [newClientSecret(), newClientSecret()],
    merchantId: MERCHANT_ID,
  });
  readonly token = newMerchantToken();
  /** Who shows which token, by the token's hash. */
  private readonly callers = new Map<string, CallerV1>();
  readonly heard: Heard[] = [];
  private readonly answers = new Map<string, Answering>();

  private constructor(
    readonly nats: NatsServer,
    private readonly natsDir: string,
    private readonly app: NestFastifyApplication,
    private readonly bus: NatsConnection,
    readonly url: string,
    /** What the HTTP server serves, as `GET /path/:parameter`. */
    readonly routes: readonly string[],
  ) {}

  static async start(options: GatewayOptions = {}): Promise<TestEdge> {
    const natsDir = mkdtempSync(join(tmpdir(), 'tillbridge-gateway-'));
    const nats = await startNats({ storeDir: natsDir });
    const routes: string[] = [];
    const app = await startGateway(nats.url, {
      ...options,
      onRoute: (route) => {
        routes.push(...[route.method].flat().map((each) => `${each} ${route.url}`));
        options.onRoute?.(route);
      },
    });
    const bus = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    const edge = new TestEdge(nats, natsDir, app, bus, await app.getUrl(), routes);
    edge.playOwners();
    await bus.flush();
    return edge;
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.bus.close();
    await this.nats.stop();
    rmSync(this.natsDir, { recursive: true, force: true });
  }

  /** One more caller with a token of its own, which the gateway has never seen. */
  admit(caller: CallerV1): { readonly caller: CallerV1; readonly token: string } {
    const token = newMerchantToken();
    this.callers.set(sha256Hex(token), caller);
    return { caller, token };
  }

  revoke(token: string): void {
    this.callers.delete(sha256Hex(token));
  }

  /** Publishes a fact as its owner's relay does. */
  tell<P extends object>(fact: FactDefinition<P>, payload: P): void {
    this.bus.publish(fact.subjectFor('any'), JSON.stringify(payload));
  }

  /** Forgets what was heard and how to answer, except who the caller is. */
  reset(): void {
    this.heard.length = 0;
    this.answers.clear();
    this.answers.set(findCaller.type, (query) => this.whoIs(query));
  }

  /** The owner answers so from now on; several answers are given one after the other, the last one for ever. */
  answer<P extends object, A extends object>(definition: Asked<P, A>, ...replies: (Reply<A> | undefined)[]): void {
    let given = 0;
    this.answers.set(definition.type, () => replies[Math.min(given++, replies.length - 1)]);
  }

  /** What the owner heard of this kind, oldest first. */
  heardOf(definition: { readonly type: string }): Heard[] {
    return this.heard.filter(({ type }) => type === definition.type);
  }

  /** A signed call of version 3. A text is sent as it is. */
  call(operation: string, body: object | string, headers: Record<string, string> = {}): Promise<Told> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return this.send('POST', `/ovstrade/semiOpen/v3/${operation}`, text, { ...this.credentialsFor(text), ...headers });
  }

  /** The headers with which this body is the caller's. */
  credentialsFor(text: string): Record<string, string> {
    return { 'jwt-token': this.token, sign: signRequest(text, this.caller.clientId, this.caller.clientSecrets[0] ?? '') };
  }

  admin(method: string, path: string, body?: object, token = ADMIN_TOKEN): Promise<Told> {
    return this.send(method, `/admin/v1/${path}`, body && JSON.stringify(body), { authorization: `Bearer ${token}` });
  }

  async send(method: string, path: string, body?: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Told> {
    const contentType = body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' };
    const told = await fetch(this.url + path, { method, headers: { ...contentType, ...headers }, body: body ?? null });
    return { status: told.status, headers: told.headers, body: (await told.json()) as Told['body'] };
  }

  /** Writes these bytes to a connection and reads the answer to its end. */
  async sendRaw(bytes: string): Promise<Pick<Told, 'status' | 'body'>> {
    const { hostname, port } = new URL(this.url);
    const socket = createConnection({ host: hostname, port: Number(port) });
    socket.end(bytes);
    const answer = await text(socket);
    const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
    return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]), body: JSON.parse(body) as Told['body'] };
  }

  private whoIs({ clientId, tokenHash }: Record<string, unknown>): Answer<CallerV1> {
    const caller = tokenHash === sha256Hex(this.token) ? this.caller : this.callers.get(String(tokenHash));
    if (caller === undefined) return refused('token-invalid');
    return clientId === caller.clientId ? done(caller) : refused('client-mismatch');
  }

  private playOwners(): void {
    this.reset();
    for (const definition of catalogue.all().filter(({ kind }) => kind !== 'fact')) {
      this.bus.subscribe(definition.type, { callback: (_error, message) => this.hear(definition.type, message) });
    }
  }

  private hear(type: string, message: Msg): void {
    const payload = message.json<Record<string, unknown>>();
    this.heard.push({ type, payload, correlationId: message.headers?.get('correlation-id') ?? '' });
    const reply = this.answers.get(type)?.(payload);
    if (reply === undefined) return;
    // Requests name their inbox in a header, as they pass through a stream; queries have a reply subject.
    const inbox = message.headers?.get('reply-to') ?? '';
    this.bus.publish(inbox === '' ? (message.reply ?? '') : inbox, JSON.stringify(reply));
  }
}
