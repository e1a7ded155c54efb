import { assert } from '@tillbridge/kernel';
import type { Cause } from '@tillbridge/messaging';
import type { CallbackFields, Delivery } from '../domain/delivery.js';
import type { ErrorClass, Next } from '../domain/outcome.js';

/** A claimed row, joined with its endpoint as it is now, or, for a callback, with the endpoint whose secret signs it. */
export type ClaimedRow = {
  delivery_id: string;
  version: number;
  /** `parked` when it was given up instead of claimed. */
  state: 'pending' | 'parked';
  endpoint_id: string | null;
  lane: string;
  url: string;
  client_id: string;
  transaction_id: string;
  fact_id: string;
  body: CallbackFields;
  correlation_id: string;
  traceparent: string;
  attempts: number;
  first_attempt_at: Date;
  own_url: string | null;
  own_enabled: boolean | null;
  signing_secret: string | null;
};

/** A delivery that is leased to this process, with what only this attempt needs. */
export type ClaimedDelivery = Delivery & {
  readonly cause: Cause;
  /** True for callbacks, which belong to no endpoint. */
  readonly isEndpointEnabled: boolean;
  /** Sealed; absent when nobody has told us a secret that this callback could be signed with. */
  readonly sealedSecret?: string;
};

/** A delivery to be planned. */
export type NewDelivery = {
  readonly deliveryId: string;
  readonly endpointId?: string;
  readonly isEnabled: boolean;
  readonly lane: string;
  readonly url: string;
  readonly clientId: string;
  readonly merchantId: string;
  readonly transactionId: string;
  readonly factId: string;
  readonly transactionVersion: number;
  readonly fields: CallbackFields;
  readonly cause: Cause;
  readonly createdAt: Date;
};

/** How an attempt went and what follows from it. */
export type RecordedAttempt = {
  readonly deliveryId: string;
  /** The version that was claimed. */
  readonly version: number;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly durationMs: number;
  readonly status?: number;
  readonly excerpt?: string;
  readonly next: Next;
};

const DISABLED: ErrorClass = 'endpoint-disabled';

export function toClaimed(row: ClaimedRow): ClaimedDelivery {
  assert(row.first_attempt_at instanceof Date, 'a claimed delivery has begun');
  return {
    deliveryId: row.delivery_id,
    version: row.version,
    ...(row.endpoint_id === null ? {} : { endpointId: row.endpoint_id }),
    lane: row.lane,
    // An endpoint's present URL: who moves an endpoint wants what still waits for it to go to the new place.
    url: row.own_url ?? row.url,
    clientId: row.client_id,
    transactionId: row.transaction_id,
    fields: row.body,
    attempts: row.attempts,
    firstAttemptAt: row.first_attempt_at,
    cause: { correlationId: row.correlation_id, causationId: row.fact_id, traceparent: row.traceparent },
    isEndpointEnabled: row.own_enabled ?? true,
    ...(row.signing_secret === null ? {} : { sealedSecret: row.signing_secret }),
  };
}

/** The row of a new delivery, as `jsonb_populate_recordset` reads it. It is due at once, unless its endpoint is disabled: then it only waits for a replay. */
export function toRow(delivery: NewDelivery): Record<string, unknown> {
  return {
    delivery_id: delivery.deliveryId,
    endpoint_id: delivery.endpointId,
    lane: delivery.lane,
    url: delivery.url,
    client_id: delivery.clientId,
    merchant_id: delivery.merchantId,
    transaction_id: delivery.transactionId,
    fact_id: delivery.factId,
    transaction_version: delivery.transactionVersion,
    body: delivery.fields,
    correlation_id: delivery.cause.correlationId,
    traceparent: delivery.cause.traceparent,
    state: delivery.isEnabled ? 'pending' : 'parked',
    last_error: delivery.isEnabled ? undefined : DISABLED,
    version: 1,
    attempts: 0,
    claims: 0,
    due_at: delivery.isEnabled ? delivery.createdAt : undefined,
    created_at: delivery.createdAt,
    changed_at: delivery.createdAt,
  };
}

/** The change of a row, and the row of its attempt, as the recording statement reads them. */
export function toOutcomeRow({ next, ...attempt }: RecordedAttempt): Record<string, unknown> {
  return {
    delivery_id: attempt.deliveryId,
    version: attempt.version,
    state: next.state,
    due_at: next.state === 'pending' ? new Date(attempt.endedAt.getTime() + next.delayMs) : undefined,
    changed_at: attempt.endedAt,
    started_at: attempt.startedAt,
    duration_ms: attempt.durationMs,
    status: attempt.status,
    error_class: errorOf(next),
    response_excerpt: attempt.excerpt,
  };
}

const errorOf = (next: Next): ErrorClass | undefined => (next.state === 'delivered' ? undefined : next.error);
