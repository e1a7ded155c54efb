import { describe, expect, it } from '@jest/globals';
import { done, refused, type CallerV1, type Reply } from '@tillbridge/contracts';
import { newCause, type RequestClient } from '@tillbridge/messaging';
import { BoundedCache } from './bounded-cache.js';
import { CallerDirectory, KEEP_CALLERS_MS } from './caller-directory.js';
import { someCaller } from '../../test/some-caller.js';

const caller = someCaller();
const cause = newCause();

/** The directory in front of an owner that gives these answers, one after the other. */
function directoryWith(...replies: Reply<CallerV1>[]) {
  const asked: unknown[] = [];
  const clock = { nowMs: 0, now: () => new Date(0), monotonicMs: () => clock.nowMs };
  const query = (_definition: unknown, payload: unknown): Promise<unknown> => {
    asked.push(payload);
    return Promise.resolve(replies[asked.length - 1] ?? replies.at(-1));
  };
  return { directory: new CallerDirectory({ query: query as RequestClient['query'] }, clock), asked, clock };
}

describe('callers are remembered for seconds', () => {
  it('asks the owner once within the time, and again after it', async () => {
    const { directory, asked, clock } = directoryWith(done(caller));
    await directory.find('c1', 'token', cause);
    clock.nowMs = KEEP_CALLERS_MS - 1;
    expect(await directory.find('c1', 'token', cause)).toEqual(done(caller));
    expect(asked).toHaveLength(1);
    clock.nowMs = KEEP_CALLERS_MS;
    await directory.find('c1', 'token', cause);
    expect(asked).toHaveLength(2);
  });

  it('asks once for many calls at the same moment, and tells the owner only the hash of the token', async () => {
    const { directory, asked } = directoryWith(done(caller));
    await Promise.all(Array.from({ length: 20 }, () => directory.find('c1', 'token', cause)));
    expect(asked).toEqual([{ clientId: 'c1', tokenHash: '3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0' }]);
  });

  it('does not remember a refusal, so a caller registered just now need not wait', async () => {
    const { directory } = directoryWith(refused('token-invalid'), done(caller));
    expect(await directory.find('c1', 'token', cause)).toEqual(refused('token-invalid'));
    expect(await directory.find('c1', 'token', cause)).toEqual(done(caller));
  });

  it('does not take one developer for another with the same token', async () => {
    const { directory } = directoryWith(done(caller), refused('client-mismatch'));
    await directory.find('c1', 'token', cause);
    expect(await directory.find('c2', 'token', cause)).toEqual(refused('client-mismatch'));
  });
});

describe('the memory is bounded', () => {
  it('forgets the oldest entry when it is full', () => {
    const cache = new BoundedCache<number>({ maxEntries: 2, keepMs: 1, clock: { monotonicMs: () => 0 } });
    for (const [index, key] of ['a', 'b', 'c'].entries()) cache.set(key, index);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([undefined, 1, 2]);
    expect(cache.size).toBe(2);
  });
});
