import { describe, expect, it } from '@jest/globals';
import { errors, refused, type ErrorName } from '@tillbridge/contracts';
import type { Outcome } from '@tillbridge/messaging';
import { answerFor } from './dialect-answer.js';

const now = new Date('2026-11-01T10:00:00.500Z');
const answer = (outcome: Outcome<object>): object => answerFor(outcome, () => undefined, { operation: undefined, now });

describe('every outcome has its answer', () => {
  it('success', () => {
    const body = { code: 200, msg: 'success', timestamp: '2026-11-01 10:00:00' };
    expect(answer({ outcome: 'done', value: {} })).toEqual({ status: 200, headers: {}, body });
  });

  it('a replay is a success with a mark', () => {
    expect(answer({ outcome: 'done', value: {}, replayed: true })).toMatchObject({
      status: 200,
      headers: { 'x-idempotent-replay': 'true' },
      body: { code: 200 },
    });
  });

  it.each(Object.keys(errors) as ErrorName[])('the refusal %s, with its advice and a message', (name) => {
    const { code, httpStatus, advice, text } = errors[name];
    expect(answer(refused(name, 'so it is'))).toMatchObject({ status: httpStatus, body: { code, advice, msg: `${text}: so it is` } });
  });

  it('nothing was started', () => {
    expect(answer({ outcome: 'unavailable', retryAfterMs: 1_500 })).toMatchObject({
      status: 503,
      headers: { 'retry-after': '2' },
      body: { code: 50302 },
    });
    expect(answer({ outcome: 'unavailable', retryAfterMs: 0 })).toMatchObject({ headers: { 'retry-after': '1' } });
  });

  it.each(['no-answer', 'expired'] as const)('nobody knows (%s)', (outcome) => {
    expect(answer({ outcome })).toMatchObject({ status: 200, body: { code: 50401, advice: { moneyMoved: 'unknown' } } });
  });

  it('a fault of ours shows an id and nothing else', () => {
    const body = { code: 50001, msg: 'internal error: correlation id abc' };
    expect(answer({ outcome: 'defect', correlationId: 'abc' })).toMatchObject({ status: 500, body });
  });
});
