import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A request that is sent again and again. */
export type Repeated = { readonly port: number; readonly path: string; readonly headers: Record<string, string>; readonly body: string };

const HEAD_END = '\r\n\r\n';
const CONTENT_LENGTH = /\r\ncontent-length: (\d+)\r\n/i;
const SUCCESS = '{"code":200,';

/**
 * Connections that each have one request on the way, and send the next when they are answered: as many requests as the server takes. It writes
 * the same bytes each time and reads no more of an answer than its length and its code, for a client that builds requests and parses answers
 * is slower than a bare server and would measure itself.
 */
export class ClosedLoop {
  private answered = 0;
  private end = 0;

  private constructor(
    private readonly sockets: readonly Socket[],
    private readonly request: Buffer,
  ) {}

  static async open(repeated: Repeated, connections: number): Promise<ClosedLoop> {
    const sockets = Array.from({ length: connections }, () => connect({ port: repeated.port, host: '127.0.0.1', noDelay: true }));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    return new ClosedLoop(sockets, bytesOf(repeated));
  }

  /** Keeps all connections busy for so long, and a moment more for the last answers. Throws when an answer is no success. */
  async run(forSeconds: number): Promise<{ answered: number; seconds: number }> {
    const began = performance.now();
    this.answered = 0;
    this.end = began + forSeconds * 1_000;
    await Promise.all(this.sockets.map((socket) => this.repeatOn(socket)));
    return { answered: this.answered, seconds: (performance.now() - began) / 1_000 };
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private repeatOn(socket: Socket): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    let text = '';
    const read = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      const answer = bodyIn(text);
      if (answer === undefined) return;
      if (!answer.startsWith(SUCCESS)) reject(new Error(`answered with ${text}`));
      text = '';
      this.answered += 1;
      if (performance.now() < this.end) socket.write(this.request);
      else resolve(undefined);
    };
    const broken = (): void => reject(new Error('the server closed a connection'));
    socket.on('data', read).once('close', broken).write(this.request);
    return promise.finally(() => socket.off('data', read).off('close', broken));
  }
}

function bytesOf({ port, path, headers, body }: Repeated): Buffer {
  const lines = Object.entries({ host: `127.0.0.1:${String(port)}`, connection: 'keep-alive', ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  const head = [`POST ${path} HTTP/1.1`, ...lines, `content-length: ${String(Buffer.byteLength(body))}`];
  return Buffer.from(`${head.join('\r\n')}${HEAD_END}${body}`);
}

/** The body of an answer that is complete. */
function bodyIn(text: string): string | undefined {
  const end = text.indexOf(HEAD_END);
  const length = end === -1 ? undefined : CONTENT_LENGTH.exec(text)?.[1];
  if (length === undefined) return undefined;
  const body = text.slice(end + HEAD_END.length);
  return body.length < Number(length) ? undefined : body;
}
