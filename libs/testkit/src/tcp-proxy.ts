import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

/** What the proxy does with bytes and with new connections. */
export type ProxyMode =
  /** Passes everything on. */
  | 'forward'
  /** Keeps connections open and takes new ones, but nothing comes through any more: the half-open connection of a dead peer. */
  | 'silent'
  /** Resets new connections at once. */
  | 'refuse';

/** A TCP proxy on a free port of 127.0.0.1 that can do to a connection what networks do: go silent, or cut it. */
export class TcpProxy {
  readonly #server: Server;
  readonly #target: { host: string; port: number };
  readonly #sockets = new Set<Socket>();
  #mode: ProxyMode = 'forward';

  private constructor(target: { host: string; port: number }) {
    this.#target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  /** Starts a proxy in front of a server. */
  static async start(target: { host: string; port: number }): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy is closed');
    return address.port;
  }

  /** The same URL with the proxy in place of the server. */
  inFrontOf(url: string): string {
    const changed = new URL(url);
    changed.hostname = '127.0.0.1';
    changed.port = String(this.port);
    return changed.href;
  }

  /** Changes what happens from now on. Bytes held back in silence are passed on when it forwards again, as a network would after a stall. */
  setMode(mode: ProxyMode): void {
    this.#mode = mode;
    for (const socket of this.#sockets) {
      if (mode === 'silent') socket.pause();
      if (mode === 'forward') socket.resume();
    }
  }

  /** Resets every connection that is open now. New ones are treated as the mode says. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#sockets.clear();
  }

  /** Resets every connection and stops listening. */
  async close(): Promise<void> {
    this.cut();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    client.on('error', () => undefined);
    if (this.#mode === 'refuse') {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(this.#target);
    this.#pass(client, upstream);
    this.#pass(upstream, client);
  }

  /** Written out rather than piped: a pipe would resume a socket that silence has paused. */
  #pass(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('data', (bytes) => {
      if (to.write(bytes)) return;
      from.pause();
      to.once('drain', () => {
        if (this.#mode !== 'silent') from.resume();
      });
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroySoon();
    });
    if (this.#mode === 'silent') from.pause();
  }
}
