import { newId } from '@tillbridge/kernel';
import type { Cause } from '@tillbridge/messaging';
import { continueTrace } from '@tillbridge/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Standing } from '../rates/rate-limiter.js';

/** What is known of a call while it lasts. It is the cause of whatever follows from the call; its correlation id is the call's `x-request-id`. */
export type CallContext = Cause & {
  /** How the caller stood when he was counted last. */
  standing?: Standing;
};

declare module 'fastify' {
  interface FastifyRequest {
    call: CallContext | null;
  }
}

/** What may be repeated in logs and message headers as it is. */
const SANE_REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/;

/** Sets a place for the context aside in every request: looking it up elsewhere costs as much as making it. */
export const keepContexts = (server: FastifyInstance): FastifyInstance => server.decorateRequest('call', null);

/** Gives a call its id and its place in the caller's trace, and tells both to the caller. Runs before everything else. */
export function openContext(request: FastifyRequest, reply: FastifyReply): void {
  const { correlationId, traceparent } = causeOf(request);
  reply.header('x-request-id', correlationId).header('traceparent', traceparent);
}

/** The context of a call; it is made when it is asked for first. */
export function causeOf(request: FastifyRequest): CallContext {
  request.call ??= contextFor(request);
  return request.call;
}

function contextFor(request: FastifyRequest): CallContext {
  const requestId = headerOf(request, 'x-request-id');
  const correlationId = requestId !== undefined && SANE_REQUEST_ID.test(requestId) ? requestId : newId();
  return { correlationId, traceparent: continueTrace(headerOf(request, 'traceparent')) };
}

/** A header that may be given once; given several times, the first counts. */
export function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The body's bytes; none when there is no body at all. */
export const bytesOf = (body: unknown): Uint8Array => (body instanceof Uint8Array ? body : new Uint8Array());

/** The path as it was called, without the query. */
export function pathOf({ url }: FastifyRequest): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}
