import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** A push as it arrived. */
export interface Delivery {
  readonly headers: Readonly<Record<string, unknown>>;
  /** The exact text of the body. */
  readonly body: string;
  /** ISO 8601 with milliseconds. */
  readonly receivedAt: string;
}

const KEPT = 1_000;
const BODY_LIMIT_BYTES = 256 * 1024;

/** The host of the sandbox's merchant: takes pushes (`POST /hook`) and lists them, newest first (`GET /deliveries`). */
export class DemoHost {
  readonly #server: Server;
  readonly #deliveries: Delivery[] = [];

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** Starts the host on this port of 127.0.0.1. */
  static async start(port: number): Promise<DemoHost> {
    const host = new DemoHost();
    host.#server.listen(port, '127.0.0.1');
    await once(host.#server, 'listening');
    return host;
  }

  /** What has arrived, newest first; the last 1 000. */
  get deliveries(): readonly Delivery[] {
    return this.#deliveries;
  }

  /** Breaks every connection and stops. */
  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const receivedAt = new Date().toISOString();
    const route = `${request.method ?? ''} ${(request.url ?? '').split('?')[0] ?? ''}`;
    if (route === 'GET /deliveries') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(this.#deliveries));
      return;
    }
    const body = await readBody(request);
    if (route !== 'POST /hook' || body === undefined) {
      response.writeHead(body === undefined ? 413 : 404).end();
      return;
    }
    this.#deliveries.unshift({ headers: request.headers, body, receivedAt });
    this.#deliveries.length = Math.min(this.#deliveries.length, KEPT);
    response.writeHead(200).end();
  }
}

/** The body as text; undefined when it is too long or breaks off. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > BODY_LIMIT_BYTES) return undefined;
      parts.push(part);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(parts).toString('utf8');
}
