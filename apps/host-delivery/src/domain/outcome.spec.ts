import { describe, expect, it } from '@jest/globals';
import {
  conductOf,
  deliverySchedule,
  MAX_RETRY_AFTER_MS,
  nextAfter,
  type Attempted,
  type ErrorClass,
  type Failure,
  type Next,
} from './outcome.js';

const HOUR_MS = 3_600_000;
const firstAttemptAt = new Date('2026-11-01T10:00:00.000Z');
const NO_JITTER = 0.5;

const after = (attempted: Attempted, attempts = 0, elapsedMs = 0): Next =>
  nextAfter({ attempts, firstAttemptAt }, attempted, new Date(firstAttemptAt.getTime() + elapsedMs), deliverySchedule, NO_JITTER);

const answered = (status: number, retryAfterMs?: number): Attempted =>
  retryAfterMs === undefined ? { kind: 'answered', status } : { kind: 'answered', status, retryAfterMs };
const failed = (failure: Failure): Attempted => ({ kind: 'failed', failure });
const again = (error: ErrorClass, delayMs: number): Next => ({ state: 'pending', error, delayMs });
const parked = (error: ErrorClass, disableEndpoint = false): Next => ({ state: 'parked', error, disableEndpoint });

describe('what follows from an attempt', () => {
  const table: readonly (readonly [string, Attempted, Next])[] = [
    ['any 2xx is a delivery, whatever the body says', answered(200), { state: 'delivered' }],
    ['an empty 204 as well', answered(204), { state: 'delivered' }],
    ['1xx is no delivery', answered(199), again('http-status', 5_000)],
    ['a redirect is a failure and is not followed', answered(302), again('redirect', 5_000)],
    ['a 404 may be repaired', answered(404), again('http-status', 5_000)],
    ['so may a 401', answered(401), again('http-status', 5_000)],
    ['410 asks us to stop', answered(410), parked('gone', true)],
    ['429 without a wish follows the schedule', answered(429), again('http-status', 5_000)],
    ['429 with a longer wish is obeyed', answered(429, 60_000), again('http-status', 60_000)],
    ['503 with a longer wish is obeyed', answered(503, 60_000), again('http-status', 60_000)],
    ['a shorter wish does not hurry the schedule', answered(503, 1_000), again('http-status', 5_000)],
    ['a wish is bounded', answered(503, 1_000 * HOUR_MS), again('http-status', MAX_RETRY_AFTER_MS)],
    ['500 has no say in when', answered(500, 60_000), again('http-status', 5_000)],
    ['a time-out is tried again', failed('timeout'), again('timeout', 5_000)],
    ['a refused connection is tried again', failed('connection-refused'), again('connection-refused', 5_000)],
    ['a secret that nobody gave us yet may come', failed('no-signing-secret'), again('no-signing-secret', 5_000)],
    ['a secret that does not open may be repaired', failed('secret-unreadable'), again('secret-unreadable', 5_000)],
    ['a URL refused by rule stays refused', failed('url-refused'), parked('url-refused')],
    ['a disabled endpoint gets nothing', failed('endpoint-disabled'), parked('endpoint-disabled')],
  ];

  it.each(table)('%s', (_, attempted, next) => expect(after(attempted)).toEqual(next));

  it('the waits are the decided ones', () => {
    const waits = Array.from({ length: 10 }, (_, attempts) => after(answered(500), attempts));
    const seconds = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 21_600, 21_600];
    expect(waits).toEqual(seconds.map((each) => again('http-status', each * 1_000)));
  });

  it('after 72 hours of failures the delivery is parked, and not a moment before', () => {
    expect(after(answered(500), 19, 72 * HOUR_MS - 1)).toEqual(again('http-status', 6 * HOUR_MS));
    expect(after(answered(500), 19, 72 * HOUR_MS)).toEqual(parked('http-status'));
  });

  it('a success after 72 hours is a success', () => {
    expect(after(answered(200), 30, 100 * HOUR_MS)).toEqual({ state: 'delivered' });
  });

  it('a wish to wait does not outlive the schedule', () => {
    expect(after(answered(503, HOUR_MS), 19, 72 * HOUR_MS)).toEqual(parked('http-status'));
  });
});

describe('what an attempt says about its receiver', () => {
  it.each([
    ['a prompt 2xx', answered(200), 100, 'well'],
    ['a prompt refusal', answered(404), 100, 'well'],
    ['a slow 2xx, which keeps its place from others', answered(200), 5_000, 'failing'],
    ['5xx', answered(500), 100, 'failing'],
    ['a time-out', failed('timeout'), 15_000, 'failing'],
    ['a broken connection', failed('connection-reset'), 10, 'failing'],
    ['a secret that is missing here', failed('no-signing-secret'), 0, undefined],
  ] as const)('%s', (_, attempted, durationMs, conduct) => expect(conductOf(attempted, durationMs)).toBe(conduct));
});
