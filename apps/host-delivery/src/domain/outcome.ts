import { retryDelayMs, unreachable, type RetrySchedule } from '@tillbridge/kernel';
import type { Delivery } from './delivery.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** The first attempt is due at once; these are the waits after each failed one (docs/DECISIONS.md, "Push and callback"). */
export const deliverySchedule: RetrySchedule = {
  delaysMs: [5 * SECOND_MS, 30 * SECOND_MS, 2 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS],
  thenEveryMs: 6 * HOUR_MS,
  giveUpAfterMs: 72 * HOUR_MS,
  jitter: 0.2,
};

/** A receiver may slow us down to the slowest step of the schedule, and no further: it must not push an attempt beyond the 72 hours. */
export const MAX_RETRY_AFTER_MS = 6 * HOUR_MS;

const GONE = 410;
const ASKS_TO_WAIT: ReadonlySet<number> = new Set([429, 503]);

/**
 * Why an attempt got no answer. The first line lies with the receiver or the way to it, the second with us or our settings; all of them may
 * heal and are tried again. The last line cannot: nobody changes a URL that is refused by rule, and a disabled endpoint asked us to stop.
 */
export type Failure =
  | 'timeout'
  | 'connection-refused'
  | 'connection-reset'
  | 'host-not-found'
  | 'tls'
  | 'not-http'
  | 'connection-failed'
  | 'no-signing-secret'
  | 'secret-unreadable'
  | 'defect'
  | 'url-refused'
  | 'endpoint-disabled';

/** What came of one attempt. */
export type Attempted =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs?: number }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Why a delivery is not where it should be, as it is kept with the attempt. */
export type ErrorClass = Failure | 'redirect' | 'gone' | 'http-status';

/** How a receiver behaved, seen from those who wait behind it for the places that its posts take. */
export type Conduct = 'well' | 'failing';

/** An answer that takes longer keeps a place from others as a failure does, even if it is a good one. */
const SLOW_ANSWER_MS = 5_000;

/** Failures that never got as far as the receiver. */
const OUR_OWN: ReadonlySet<Failure> = new Set(['no-signing-secret', 'secret-unreadable', 'defect', 'url-refused', 'endpoint-disabled']);

/** What an attempt says about its receiver; nothing when it never got so far. A prompt refusal (4xx, a redirect) holds up nobody. */
export function conductOf(attempted: Attempted, durationMs: number): Conduct | undefined {
  if (attempted.kind === 'failed') return OUR_OWN.has(attempted.failure) ? undefined : 'failing';
  return attempted.status < 500 && durationMs < SLOW_ANSWER_MS ? 'well' : 'failing';
}

/** What becomes of the delivery. */
export type Next =
  | { readonly state: 'delivered' }
  | { readonly state: 'pending'; readonly error: ErrorClass; readonly delayMs: number }
  | { readonly state: 'parked'; readonly error: ErrorClass; readonly disableEndpoint: boolean };

/**
 * What follows from an attempt that ended at `now`. Only a 2xx is a success; 410 asks us to stop for good; a redirect is never followed,
 * because it would carry a signed result to a place that nobody registered.
 * @param random a number in [0, 1), the only source of chance
 */
export function nextAfter(
  delivery: Pick<Delivery, 'attempts' | 'firstAttemptAt'>,
  attempted: Attempted,
  now: Date,
  schedule: RetrySchedule,
  random: number,
): Next {
  const error = errorOf(attempted);
  if (error === 'none') return { state: 'delivered' };
  if (isHopeless(error)) return { state: 'parked', error, disableEndpoint: error === 'gone' };
  const elapsedMs = now.getTime() - delivery.firstAttemptAt.getTime();
  const delayMs = retryDelayMs(schedule, delivery.attempts + 1, elapsedMs, random);
  if (delayMs === 'give-up') return { state: 'parked', error, disableEndpoint: false };
  return { state: 'pending', error, delayMs: Math.max(delayMs, askedToWaitMs(attempted)) };
}

function errorOf(attempted: Attempted): ErrorClass | 'none' {
  switch (attempted.kind) {
    case 'failed':
      return attempted.failure;
    case 'answered':
      if (attempted.status >= 200 && attempted.status < 300) return 'none';
      if (attempted.status >= 300 && attempted.status < 400) return 'redirect';
      return attempted.status === GONE ? 'gone' : 'http-status';
    default:
      return unreachable(attempted);
  }
}

const isHopeless = (error: ErrorClass): boolean => error === 'gone' || error === 'url-refused' || error === 'endpoint-disabled';

function askedToWaitMs(attempted: Attempted): number {
  if (attempted.kind !== 'answered' || !ASKS_TO_WAIT.has(attempted.status)) return 0;
  return Math.min(attempted.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS);
}
