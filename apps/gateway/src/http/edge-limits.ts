import { HttpException, HttpStatus } from '@nestjs/common';
import type { HttpLimits } from '@tillbridge/platform';
import type { FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { MAX_WAITING } from '../waiting/result-watch.js';

/** As long as browsers and proxies are sure to carry. The longest of ours has a clientId and an escaped tradeNo in it. */
export const MAX_URL_LENGTH = 2_048;

/** Limits of the gateway that differ from those of the other services. */
export const gatewayLimits: Partial<HttpLimits> = {
  /**
   * Tills, and no channels of terminals: as many again as may wait for results. Those who wait have sent all they send; the others come to half a
   * gigabyte if each sends what it may at the same time.
   */
  connections: MAX_WAITING + 10_000,
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
