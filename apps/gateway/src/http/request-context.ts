import { newId } from '@tillbridge/kernel';
import type { Cause } from '@tillbridge/messaging';
import { continueTrace } from '@tillbridge/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What may be repeated in logs and message headers as it is. */
const SANE_REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/;

const causes = new WeakMap<object, Cause>();

/** Gives a call its id and its place in the caller's trace, and tells both to the caller. Runs before everything else. */
export function openContext(request: FastifyRequest, reply: FastifyReply): void {
  const cause = causeOf(request);
  reply.header('x-request-id', cause.correlationId).header('traceparent', cause.traceparent);
}

/** Why whatever follows from this call happens. Its correlation id is the call's `x-request-id`. */
export function causeOf(request: FastifyRequest): Cause {
  const known = causes.get(request.raw);
  if (known !== undefined) return known;
  const requestId = headerOf(request, 'x-request-id') ?? '';
  const correlationId = SANE_REQUEST_ID.test(requestId) ? requestId : newId();
  const cause = { correlationId, traceparent: continueTrace(headerOf(request, 'traceparent')) };
  causes.set(request.raw, cause);
  return cause;
}

/** A header that may be given once; given several times, the first counts. */
export function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The body's bytes; none when there is no body at all. */
export const bytesOf = (body: unknown): Uint8Array => (body instanceof Uint8Array ? body : new Uint8Array());

/** The path as it was called, without the query. */
export const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '';
