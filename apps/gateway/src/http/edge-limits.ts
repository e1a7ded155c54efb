import { HttpException, HttpStatus } from '@nestjs/common';
import type { HttpLimits } from '@tillbridge/platform';
import { MAX_WAITS } from '../results/final-results.js';
import type { FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';

/** As long as browsers and proxies are sure to carry. The longest of ours has a clientId and an escaped tradeNo in it. */
export const MAX_URL_LENGTH = 2_048;

/** Limits of the gateway that differ from those of the other services. */
export const gatewayLimits: Partial<HttpLimits> = {
  /** Tills, and no channels of terminals: those that wait for a result, and as many that do not. 1.3 GB if each sends what it may at the same time. */
  connections: 2 * MAX_WAITS,
};

const HEADERS_TOO_LARGE = 431;

const tooLong = new WeakSet<IncomingMessage>();

/** Looks at the URL as it came: later it may have been rewritten, and then it is longer. */
export function noteUrlLength(request: IncomingMessage): void {
  if ((request.url ?? '').length > MAX_URL_LENGTH) tooLong.add(request);
}

/** Throws HttpException with 414 or 431 where a request is larger than any of ours. */
export function refuseOversized({ raw }: FastifyRequest, headerCount: number): void {
  if (tooLong.has(raw)) throw new HttpException(`the URL is longer than ${MAX_URL_LENGTH} characters`, HttpStatus.URI_TOO_LONG);
  // Names and values take turns.
  if (raw.rawHeaders.length > headerCount * 2) throw new HttpException(`there are more than ${headerCount} headers`, HEADERS_TOO_LARGE);
}
