import type { Server, ServerOptions } from 'node:http';

/** How much of a service a single caller may hold. What it costs to be slow or large is bounded before anything is read. */
export type HttpLimits = {
  readonly bodyBytes: number;
  /** All header lines of a request together; more is answered with 431. */
  readonly headerBytes: number;
  /** Of a request; a service that cares refuses what has more, for Node itself leaves out the rest in silence. */
  readonly headerCount: number;
  /** From the first byte (of a new connection: from its beginning) to the end of the headers; later is answered with 408. */
  readonly headersTimeoutMs: number;
  /** The same to the end of the body. The answer is not in it: a call may wait for longer than it may dawdle. */
  readonly requestTimeoutMs: number;
  /** How long a connection may be open without a request. */
  readonly keepAliveTimeoutMs: number;
  /** How often slow requests are looked for: they may exceed their limits by this much. */
  readonly timeoutCheckEveryMs: number;
  /** Open at the same time, channels of terminals among them; more are closed as they come. */
  readonly connections: number;
};

export const defaultHttpLimits: HttpLimits = {
  bodyBytes: 64 * 1024,
  /** A till sends less than 1 KiB, and proxies add theirs. */
  headerBytes: 16 * 1024,
  headerCount: 100,
  /** A few round trips on a bad mobile line. */
  headersTimeoutMs: 10_000,
  /** 64 KiB at 26 kbit/s: slower lines carry no payments. */
  requestTimeoutMs: 20_000,
  /** Longer than the minute that load balancers keep idle connections: they close first, and never send into one that is being closed. */
  keepAliveTimeoutMs: 72_000,
  timeoutCheckEveryMs: 1_000,
  /** Above the 25 000 channels that a replica of terminals takes. */
  connections: 30_000,
};

type FastifyLimits = { readonly bodyLimit: number; readonly requestTimeout: number; readonly keepAliveTimeout: number };

/** The limits that Fastify sets. */
export const fastifyLimits = (limits: HttpLimits): FastifyLimits => ({
  bodyLimit: limits.bodyBytes,
  requestTimeout: limits.requestTimeoutMs,
  keepAliveTimeout: limits.keepAliveTimeoutMs,
});

/** The limits that Node's server takes when it is made. */
export const serverLimits = (limits: HttpLimits): ServerOptions => ({
  maxHeaderSize: limits.headerBytes,
  headersTimeout: limits.headersTimeoutMs,
  requestTimeout: limits.requestTimeoutMs,
  keepAliveTimeout: limits.keepAliveTimeoutMs,
  connectionsCheckingInterval: limits.timeoutCheckEveryMs,
});

/** The limits that Node's server takes later. */
export function limitServer(server: Server, limits: HttpLimits): void {
  // One above the limit, so that a request with too many can be told from one with just as many as are allowed.
  server.maxHeadersCount = limits.headerCount + 1;
  server.maxConnections = limits.connections;
}
