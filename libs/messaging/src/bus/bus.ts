import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Log } from '@tillbridge/platform';

const RECONNECT_WAIT_MS = 250;
/** Finds a connection that died without a word within about ten seconds. */
const PING_INTERVAL_MS = 5_000;
const MAX_PINGS_OUT = 2;
const API_TIMEOUT_MS = 5_000;

/** The client ignores a login in the URL, so it is taken out: `nats://user:password@host`, or `nats://token@host`. Several hosts with commas. */
function addressAndLogin(urls: string): { servers: string[]; user?: string; pass?: string; token?: string } {
  const parsed = urls.split(',').map((url) => new URL(url.trim()));
  const servers = parsed.map((url) => `${url.protocol}//${url.host}`);
  const [user, pass] = [decodeURIComponent(parsed[0]?.username ?? ''), decodeURIComponent(parsed[0]?.password ?? '')];
  if (user === '') return { servers };
  return pass === '' ? { servers, token: user } : { servers, user, pass };
}

/** The service's one connection to NATS. It reconnects for ever; `connected` says how it is just now. */
export class Bus {
  private up = true;
  private readonly reconnectListeners: (() => void)[] = [];

  private constructor(
    readonly connection: NatsConnection,
    readonly stream: JetStreamClient,
    readonly manager: JetStreamManager,
    private readonly log: Log,
  ) {
    void this.watch();
  }

  static async connect(options: { url: string; name: string; log: Log }): Promise<Bus> {
    const connection = await connect({
      ...addressAndLogin(options.url),
      name: options.name,
      maxReconnectAttempts: -1,
      // Logins may be rotated on the server first.
      ignoreAuthErrorAbort: true,
      reconnectTimeWait: RECONNECT_WAIT_MS,
      pingInterval: PING_INTERVAL_MS,
      maxPingOut: MAX_PINGS_OUT,
      // Every awaited publish would otherwise build a stack trace: almost half of the throughput.
      noAsyncTraces: true,
    });
    const manager = await jetstreamManager(connection, { timeout: API_TIMEOUT_MS });
    return new Bus(connection, jetstream(connection, { timeout: API_TIMEOUT_MS }), manager, options.log);
  }

  /** False between a disconnect and the reconnect. What is published then waits in memory, so requests are refused instead. */
  get connected(): boolean {
    return this.up && !this.connection.isClosed();
  }

  /** Calls back whenever the connection is there again: what was not stored in a stream meanwhile was missed. */
  onReconnect(listener: () => void): void {
    this.reconnectListeners.push(listener);
  }

  async check(): Promise<void> {
    if (!this.connected) throw new Error('not connected to NATS');
    await this.connection.flush();
  }

  async close(): Promise<void> {
    if (!this.connection.isClosed()) await this.connection.drain();
  }

  private async watch(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === 'disconnect') {
        this.up = false;
        this.log.warn('lost the connection to NATS');
      } else if (status.type === 'reconnect') {
        this.up = true;
        this.log.info('connected to NATS again');
        for (const listener of this.reconnectListeners) listener();
      }
    }
    this.up = false;
  }
}
