import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request as the host received it. */
export interface ReceivedPush {
  readonly headers: IncomingHttpHeaders;
  /** The exact text of the body. */
  readonly body: string;
  readonly receivedAt: Date;
  /** What was answered: a status, or how the host failed. */
  readonly answered: number | 'reset' | 'hang';
}

/** How the host answers one request. `reset` breaks the connection, `hang` never answers. */
export type HostAnswer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string; readonly delayMs?: number }
  | 'reset'
  | 'hang';

const KEPT = 10_000;
const OK: HostAnswer = { status: 200 };

/** A real HTTP server that plays the host of a merchant: it keeps what it was sent, and answers as the test has planned. */
export class HostSink {
  /** Everything received, oldest first; of very many the last 10 000. */
  readonly received: ReceivedPush[] = [];
  readonly #server: Server;
  readonly #planned: HostAnswer[] = [];
  #usual: HostAnswer = OK;

  private constructor() {
    this.#server = createServer((request, response) => void this.#receive(request, response));
  }

  /** Starts a host on a free port of 127.0.0.1. It answers 200 until told otherwise. */
  static async start(): Promise<HostSink> {
    const sink = new HostSink();
    sink.#server.listen(0, '127.0.0.1');
    await once(sink.#server, 'listening');
    return sink;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the host is closed');
    return `http://127.0.0.1:${address.port}/hook`;
  }

  /** The answers to the next requests, in order; after them the usual one again. */
  answerNext(...answers: HostAnswer[]): void {
    this.#planned.push(...answers);
  }

  /** The answer to every request for which none is planned. */
  answerAlways(answer: HostAnswer): void {
    this.#usual = answer;
  }

  /** The received bodies as JSON. */
  bodies(): unknown[] {
    return this.received.map(({ body }) => JSON.parse(body) as unknown);
  }

  /** Breaks every connection and stops listening. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const receivedAt = new Date();
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part)).on('error', () => undefined);
    response.on('error', () => undefined);
    await once(request, 'end').catch(() => undefined);
    const answer = this.#planned.shift() ?? this.#usual;
    const answered = typeof answer === 'string' ? answer : answer.status;
    this.received.push({ headers: request.headers, body: Buffer.concat(parts).toString('utf8'), receivedAt, answered });
    if (this.received.length > KEPT) this.received.shift();
    await give(answer, response);
  }
}

async function give(answer: HostAnswer, response: ServerResponse): Promise<void> {
  if (answer === 'hang') return;
  if (answer === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (answer.delayMs !== undefined) await sleep(answer.delayMs);
  response.writeHead(answer.status, answer.headers).end(answer.body);
}
