import { headers, type MsgHdrs } from '@nats-io/nats-core';
import { continueTrace } from '@tillbridge/platform';
import type { Cause } from './cause.js';

/**
 * CloudEvents 1.0, binary mode, on NATS headers (attributes prefixed `ce-`; the data is the message's body),
 * plus trace and correlation. `ce-subject` is the id of the thing that the message is about.
 */
export type MessageHead = {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  /** ISO 8601, UTC. */
  readonly time: string;
};

const SPEC_VERSION = '1.0';
const HEADER = {
  specversion: 'ce-specversion',
  id: 'ce-id',
  type: 'ce-type',
  source: 'ce-source',
  subject: 'ce-subject',
  time: 'ce-time',
  contentType: 'content-type',
  traceparent: 'traceparent',
  correlationId: 'correlation-id',
  causationId: 'causation-id',
  notAfter: 'not-after',
  replyTo: 'reply-to',
  msgId: 'Nats-Msg-Id',
} as const;

export function writeHead(head: MessageHead, cause: Cause): MsgHdrs {
  const written = headers();
  written.set(HEADER.specversion, SPEC_VERSION);
  written.set(HEADER.id, head.id);
  written.set(HEADER.type, head.type);
  written.set(HEADER.source, head.source);
  written.set(HEADER.subject, head.subject);
  written.set(HEADER.time, head.time);
  written.set(HEADER.contentType, 'application/json');
  written.set(HEADER.traceparent, cause.traceparent);
  written.set(HEADER.correlationId, cause.correlationId);
  if (cause.causationId !== undefined) written.set(HEADER.causationId, cause.causationId);
  return written;
}

/** The header by which a stream throws away what it already has. */
export function setDuplicateKey(written: MsgHdrs, id: string): void {
  written.set(HEADER.msgId, id);
}

export function setRequestHeaders(written: MsgHdrs, request: { notAfter: Date; replyTo: string }): void {
  written.set(HEADER.notAfter, request.notAfter.toISOString());
  written.set(HEADER.replyTo, request.replyTo);
}

/** What a request brings besides its payload; undefined when the headers are missing or unreadable. */
export function readRequestHeaders(read: MsgHdrs | undefined): { notAfter: Date; replyTo: string } | undefined {
  const notAfter = new Date(read?.get(HEADER.notAfter) ?? '');
  const replyTo = read?.get(HEADER.replyTo) ?? '';
  return Number.isNaN(notAfter.getTime()) || replyTo === '' ? undefined : { notAfter, replyTo };
}

/** The head of a message, and the cause of whatever it leads to; undefined when it is none of ours. */
export function readHead(read: MsgHdrs | undefined): { head: MessageHead; cause: Cause } | undefined {
  const text = (name: string): string => read?.get(name) ?? '';
  const head = {
    id: text(HEADER.id),
    type: text(HEADER.type),
    source: text(HEADER.source),
    subject: text(HEADER.subject),
    time: text(HEADER.time),
  };
  if (head.id === '' || head.type === '' || head.subject === '') return undefined;
  const cause = {
    correlationId: text(HEADER.correlationId) || head.id,
    causationId: head.id,
    traceparent: continueTrace(text(HEADER.traceparent)),
  };
  return { head, cause };
}

/** All headers as a plain object, for the dead letters. */
export function headersAsRecord(read: MsgHdrs | undefined): Record<string, string> {
  return Object.fromEntries([...(read ?? [])].map(([name, values]) => [name, values.join(', ')]));
}

/** The body as JSON; undefined, which no contract allows, when it is none. */
export function parseJson(message: { data: Uint8Array }): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(message.data));
  } catch {
    return undefined;
  }
}
