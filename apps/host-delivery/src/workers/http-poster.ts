import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Clock } from '@tillbridge/kernel';
import { CLOCK } from '@tillbridge/platform';
import { Pool, type Dispatcher } from 'undici';
import type { Attempted, Failure } from '../domain/outcome.js';
import type { PushMessage } from './push-message.js';

/** An attempt as it went over the wire, with the begin of the answer's body. */
export type Posted = Attempted & { readonly excerpt?: string };

/** How much of an answer is read; the rest is thrown away together with its connection. */
export const MAX_EXCERPT_BYTES = 4_096;

const MAX_POOLS = 128;
const MAX_CONNECTIONS_PER_POOL = 8;
const CONNECT_TIMEOUT_MS = 5_000;
/** Below the 5 s after which many servers close an idle connection: a post must not meet the closing one. */
const KEEP_ALIVE_MS = 4_000;
const IDLE_POOL_MS = 60_000;

type OriginPool = { readonly pool: Pool; posts: number; lastUsedMs: number };

/** Posts to hosts over kept connections, HTTP/1.1, one pool per origin. It follows no redirects. */
@Injectable()
export class HttpPoster implements OnApplicationShutdown {
  private readonly pools = new Map<string, OriginPool>();

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  /** Posts once, within `timeoutMs` in all. Never throws for what a host or a network may do. */
  async post(url: URL, message: PushMessage, timeoutMs: number): Promise<Posted> {
    const origin = this.poolOf(url.origin);
    origin.posts += 1;
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const { body, headers } = message;
      const response = await origin.pool.request({ method: 'POST', path: url.pathname + url.search, headers, body, signal });
      const excerpt = await readExcerpt(response.body);
      return { kind: 'answered', status: response.statusCode, ...this.waitAskedBy(response), ...(excerpt === '' ? {} : { excerpt }) };
    } catch (error) {
      return { kind: 'failed', failure: failureOf(error) };
    } finally {
      origin.posts -= 1;
      origin.lastUsedMs = this.clock.monotonicMs();
    }
  }

  /** Closes the pools that nobody has used for a while. */
  closeIdle(): void {
    const before = this.clock.monotonicMs() - IDLE_POOL_MS;
    for (const [origin, each] of this.pools) if (each.lastUsedMs < before) this.close(origin, each);
  }

  /** Whatever is under way now ends as failed. */
  async onApplicationShutdown(): Promise<void> {
    const pools = [...this.pools.values()];
    this.pools.clear();
    await Promise.all(pools.map(({ pool }) => pool.destroy()));
  }

  private poolOf(origin: string): OriginPool {
    const existing = this.pools.get(origin);
    if (existing !== undefined) return existing;
    if (this.pools.size >= MAX_POOLS) this.closeLeastRecentlyUsed();
    const pool = new Pool(origin, {
      connections: MAX_CONNECTIONS_PER_POOL,
      pipelining: 1,
      allowH2: false,
      connect: { timeout: CONNECT_TIMEOUT_MS },
      keepAliveTimeout: KEEP_ALIVE_MS,
    });
    const created = { pool, posts: 0, lastUsedMs: this.clock.monotonicMs() };
    this.pools.set(origin, created);
    return created;
  }

  /** There is always an unused one: there are more pools than posts under way. */
  private closeLeastRecentlyUsed(): void {
    const unused = [...this.pools].filter(([, each]) => each.posts === 0).sort(([, a], [, b]) => a.lastUsedMs - b.lastUsedMs);
    const [oldest] = unused;
    if (oldest !== undefined) this.close(...oldest);
  }

  private close(origin: string, { pool, posts }: OriginPool): void {
    if (posts > 0) return;
    this.pools.delete(origin);
    // Nothing is under way in it, so there is nothing to wait for or to fail.
    void pool.destroy();
  }

  /** `Retry-After` as seconds or as an HTTP date (RFC 9110, 10.2.3). */
  private waitAskedBy({ headers }: Dispatcher.ResponseData): { retryAfterMs?: number } {
    const value = [headers['retry-after']].flat()[0]?.trim() ?? '';
    const waitMs = /^\d{1,9}$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - this.clock.now().getTime();
    return waitMs > 0 ? { retryAfterMs: waitMs } : {};
  }
}

/** The status is the answer; whatever goes wrong with the body after it changes nothing. */
async function readExcerpt(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= MAX_EXCERPT_BYTES) break;
    }
  } catch {
    // Cut off, or not finished in time: what has come is what there is.
  }
  return Buffer.concat(chunks).subarray(0, MAX_EXCERPT_BYTES).toString('utf8');
}

const failuresByCode: Readonly<Record<string, Failure>> = {
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ETIMEDOUT: 'timeout',
  ECONNREFUSED: 'connection-refused',
  ECONNRESET: 'connection-reset',
  EPIPE: 'connection-reset',
  UND_ERR_SOCKET: 'connection-reset',
  ENOTFOUND: 'host-not-found',
  EAI_AGAIN: 'host-not-found',
  EPROTO: 'tls',
  UND_ERR_HEADERS_OVERFLOW: 'not-http',
};
/** Certificate errors carry OpenSSL's own names, without a common prefix. */
const TLS_CODES = /^(ERR_TLS|ERR_SSL|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|HOSTNAME_MISMATCH)/;
const PARSER_CODES = /^HPE_/;

function failureOf(error: unknown): Failure {
  if (textOf(error, 'name') === 'TimeoutError') return 'timeout';
  const code = textOf(error, 'code');
  if (TLS_CODES.test(code)) return 'tls';
  if (PARSER_CODES.test(code)) return 'not-http';
  return failuresByCode[code] ?? 'connection-failed';
}

/** By its members and not by its class: what the runtime throws is no `Error` of this realm when the program runs in a context of its own. */
function textOf(error: unknown, member: 'name' | 'code'): string {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, member) : undefined;
  return typeof value === 'string' ? value : '';
}
