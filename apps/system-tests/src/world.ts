import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  Fleet,
  removePostgres,
  startNats,
  startPostgres,
  type DatabaseApp,
  type FleetOptions,
  type NatsServer,
  type PostgresServer,
} from '@tillbridge/launcher';
import { eventually, HostSink } from '@tillbridge/testkit';
import pg from 'pg';
import { sendOk } from './http.js';
import { Till, type Caller } from './till.js';

const REPOSITORY_ROOT = resolve(import.meta.dirname, '../../..');
/** Root runs PostgreSQL as another user, who must be able to pass through. */
const PASSABLE_FOLDER = 0o711;
const CONNECTED_WITHIN_MS = 30_000;
/** All tills of a world call from one address and with one token, and some tests call as fast as they can. */
const UNLIMITED = { TILLBRIDGE_RATE_ADDRESS_PER_SECOND: '1000000', TILLBRIDGE_RATE_TOKEN_PER_SECOND: '1000000' };

export type WorldOptions = {
  readonly replicas?: number;
  /** How many tills, each with a terminal of its own. */
  readonly tills: number;
  /** How long a buyer takes to present the card. */
  readonly thinkTimeMs: number;
  /** Flush every commit and every fact to the disk, as in production; for measurements. Process deaths lose nothing without it. */
  readonly durable?: boolean;
  /** A build to run instead of the repository's. */
  readonly distRoot?: string;
  /** Settings on top of the usual ones, by app. */
  readonly settings?: FleetOptions['settings'];
};

/** A whole Tillbridge in real processes, with a merchant, his tills and terminals, and his host. */
export class World {
  private constructor(
    readonly dir: string,
    readonly postgres: PostgresServer,
    readonly nats: NatsServer,
    readonly fleet: Fleet,
    readonly host: HostSink,
    readonly caller: Caller,
    readonly tills: readonly Till[],
    private readonly adminHeaders: Record<string, string>,
  ) {}

  static async open(options: WorldOptions): Promise<World> {
    const dir = mkdtempSync(join(tmpdir(), 'tillbridge-world-'));
    chmodSync(dir, PASSABLE_FOLDER);
    const [postgres, nats, host] = await Promise.all([
      startPostgres({ dataDir: join(dir, 'postgres'), fsync: options.durable === true }),
      startNats({ storeDir: join(dir, 'nats'), syncAlways: options.durable === true }),
      HostSink.start(),
    ]);
    const adminToken = randomBytes(16).toString('hex');
    const fleet = await Fleet.start({
      dataDir: dir,
      postgres,
      nats,
      repositoryRoot: REPOSITORY_ROOT,
      ...(options.distRoot === undefined ? {} : { distRoot: options.distRoot }),
      settings: { ...options.settings, gateway: { ...UNLIMITED, ...options.settings?.gateway } },
      replicas: options.replicas ?? 1,
      adminToken,
      secretsKey: `k1:${randomBytes(32).toString('base64')}`,
      logLevel: 'warn',
    });
    const admin = new Admin(fleet, adminToken);
    const caller = await admin.registerMerchant(host.url);
    const tills = await admin.registerTills(caller, options);
    return new World(dir, postgres, nats, fleet, host, caller, tills, caller.adminHeaders);
  }

  async close(): Promise<void> {
    await this.fleet.stop();
    await Promise.all([this.postgres.stop(), this.nats.stop(), this.host.close()]);
    await removePostgres(join(this.dir, 'postgres'));
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** A call of the operators' API at the first gateway, which must succeed. */
  admin(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    return sendOk(method, `${this.fleet.gatewayUrls[0] ?? ''}/admin/v1/${path}`, body, this.adminHeaders);
  }

  /** Looks into a service's database, as only a test may. */
  async look<Row extends pg.QueryResultRow>(app: DatabaseApp, sql: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.fleet.databaseUrl(app) });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end();
    }
  }

  terminals(): Promise<TerminalState[]> {
    return terminalsAt(this.fleet);
  }

  /** What the cards were really charged, by the platform's transaction number: the ground truth. */
  async ledger(): Promise<Map<string, LedgerEntry>> {
    const all = await Promise.all(
      this.tills.map((till) => sendOk('GET', `${this.fleet.simulatorUrl}/terminals/${till.terminalSn}/ledger`, undefined)),
    );
    return new Map(all.flatMap((ledger) => ledger['entries'] as LedgerEntry[]).map((entry) => [entry.transIndexCode, entry]));
  }
}

/** What the simulator says of one of its terminals. */
export type TerminalState = { terminalSn: string; connected: boolean; busy: boolean };

export type LedgerEntry = { transIndexCode: string; amountMinor: number; approved: boolean; executions: number };

const terminalsAt = async (fleet: Fleet): Promise<TerminalState[]> =>
  (await sendOk('GET', `${fleet.simulatorUrl}/terminals`, undefined)) as unknown as TerminalState[];

/** Sets a world up as its operator would, over the admin API. */
class Admin {
  private readonly gateway: string;
  private readonly headers: Record<string, string>;

  constructor(
    private readonly fleet: Fleet,
    token: string,
  ) {
    this.gateway = fleet.gatewayUrls[0] ?? '';
    this.headers = { authorization: `Bearer ${token}` };
  }

  async registerMerchant(hostUrl: string): Promise<Caller> {
    const { clientId, clientSecret } = (await this.post('developers', { name: 'Test Tills' })) as {
      clientId: string;
      clientSecret: string;
    };
    const merchantId = '10800000003';
    await this.post('merchants', { clientId, merchantId, name: 'Corner Shop', currencyCode: '840' });
    const { token } = (await this.post('merchant-tokens', { clientId, merchantId, channel: 'Terminal' })) as { token: string };
    await this.post('endpoints', { clientId, merchantId, url: hostUrl, signingSecret: clientSecret });
    return { clientId, clientSecret, merchantId, token, adminHeaders: this.headers };
  }

  async registerTills(caller: Caller, options: WorldOptions): Promise<Till[]> {
    const { clientId, merchantId } = caller;
    const numbers = Array.from({ length: options.tills }, (_unused, index) => String(index + 1).padStart(3, '0'));
    return Promise.all(
      numbers.map(async (number) => {
        const terminalSn = `SN${number}`;
        const { key } = (await this.post('terminals', { clientId, merchantId, terminalSn, terminalId: '00000000' })) as { key: string };
        await sendOk('POST', `${this.fleet.simulatorUrl}/terminals`, { terminalSn, key, thinkTimeMs: options.thinkTimeMs });
        const till = new Till(caller, this.fleet.gatewayUrls, `TILL${number}`, terminalSn);
        await till.register();
        await eventually(() => this.assertConnected(terminalSn), CONNECTED_WITHIN_MS);
        return till;
      }),
    );
  }

  private async assertConnected(terminalSn: string): Promise<void> {
    if ((await terminalsAt(this.fleet)).find((each) => each.terminalSn === terminalSn)?.connected !== true)
      throw new Error(`${terminalSn} is not connected`);
  }

  private post(collection: string, body: object): Promise<Record<string, unknown>> {
    return sendOk('POST', `${this.gateway}/admin/v1/${collection}`, body, this.headers);
  }
}
