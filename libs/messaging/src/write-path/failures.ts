import { Unavailable } from '@tillbridge/platform';

/** Another writer changed what we read. The whole transaction is tried again. */
export class VersionConflict extends Error {
  override readonly name = 'VersionConflict';
}

/** The connection broke while it committed: done or not, only a look can tell. Never reported as "nothing was done". */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}

const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';
const UNIQUE_VIOLATION = '23505';
const ADMIN_SHUTDOWN_CLASS = '57P';
const INSUFFICIENT_RESOURCES_CLASS = '53';
/** A statement or lock that took too long, a server that has become a standby: the state of the database, not of the work. */
const STALLED: ReadonlySet<string> = new Set(['57014', '55P03', '25P03', '25006']);
const CONNECTION_EXCEPTION_CLASS = '08';
const NETWORK_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNABORTED',
]);
/** `pg` reports these without any code. */
const PG_CONNECTION_TEXTS =
  /connection terminated|query read timeout|timeout exceeded when trying to connect|client has encountered a connection error|not queryable/i;

// Read by shape, not by class: errors of Node's core may come from another realm.
const memberOf = (error: unknown, member: 'code' | 'message'): string => {
  const value = typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[member] : undefined;
  return typeof value === 'string' ? value : '';
};
const codeOf = (error: unknown): string => memberOf(error, 'code');

/**
 * May the same work succeed when tried again at once? A unique violation counts: it means that a neighbour created the same thing between our
 * look and our insert, and the next look will find it.
 */
export function isConflict(error: unknown): boolean {
  return error instanceof VersionConflict || [SERIALIZATION_FAILURE, DEADLOCK_DETECTED, UNIQUE_VIOLATION].includes(codeOf(error));
}

/** Is PostgreSQL out of reach or stalled, as opposed to having refused a statement? */
export function isConnectionFailure(error: unknown): boolean {
  const code = codeOf(error);
  return (
    NETWORK_CODES.has(code) ||
    STALLED.has(code) ||
    code.startsWith(INSUFFICIENT_RESOURCES_CLASS) ||
    code.startsWith(CONNECTION_EXCEPTION_CLASS) ||
    code.startsWith(ADMIN_SHUTDOWN_CLASS) ||
    (code === '' && PG_CONNECTION_TEXTS.test(memberOf(error, 'message')))
  );
}

/** Nothing was done, or it is not known: either way it is not the work's own fault and does not count as an attempt. */
export const isTransient = (error: unknown): boolean => error instanceof Unavailable || error instanceof OutcomeUnknown;
