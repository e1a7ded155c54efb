import { assert } from '@tillbridge/kernel';

/** What a machine may tell the cashier. Beside the vendor's members; existing clients ignore it. */
export type Advice = {
  safeToRetry: boolean;
  moneyMoved: 'yes' | 'no' | 'unknown';
  /** What to do next, as a short stable word such as `query` or `wait`. */
  nextAction: string;
};

/**
 * The answer to every operation (wire specification 2). `code` is a body code: 200 is success, anything else failure, mostly under HTTP 200.
 * `msg` is always there: the vendor's demo client fails without it. `timestamp`: see {@link formatTimestamp}.
 */
export type Envelope<Payload = unknown> = {
  code: number;
  msg: string;
  data?: Payload;
  timestamp: string;
  advice?: Advice;
};

/** Builds an answer. `data` and `advice` are left out when undefined, as the demo client fails on objects where it expects a text or nothing. */
export function envelope<Payload>(code: number, msg: string, data: Payload | undefined, now: Date, advice?: Advice): Envelope<Payload> {
  const timestamp = formatTimestamp(now);
  // In this order in the answer. Most have neither, and building an object out of parts takes several times as long.
  if (data === undefined && advice === undefined) return { code, msg, timestamp };
  return { code, msg, ...(data === undefined ? {} : { data }), timestamp, ...(advice === undefined ? {} : { advice }) };
}

/** The second that was formatted last: every answer of a second has the same. */
let formatted = { second: Number.NaN, text: '' };

/** `yyyy-MM-dd HH:mm:ss` in UTC, the dialect's form of an instant; fractions of a second are cut off. */
export function formatTimestamp(date: Date): string {
  const second = Math.floor(date.getTime() / 1_000);
  assert(!Number.isNaN(second), 'an invalid date has no timestamp');
  if (second !== formatted.second) formatted = { second, text: date.toISOString().slice(0, 19).replace('T', ' ') };
  return formatted.text;
}
