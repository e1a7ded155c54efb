import { describe, expect, it } from '@jest/globals';
import assert from 'node:assert';
import { done, refused, type CallerV1, type CredentialsChangedV1, type Reply } from '@tillbridge/contracts';
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
  const heard: { onFact: (changed: CredentialsChangedV1) => void; onGap: () => void }[] = [];
  const facts = {
    listen: (_fact: unknown, onFact: (payload: never) => void, onGap: () => void): void => {
      heard.push({ onFact: onFact as (changed: CredentialsChangedV1) => void, onGap });
    },
  };
  const directory = new CallerDirectory({ query: query as RequestClient['query'] }, facts, clock);
  directory.onModuleInit();
  const [news = assert.fail('it does not listen')] = heard;
  return { directory, asked, clock, news };
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
    await Promise.all(Array.from({ length: 20 }, async () => directory.find('c1', 'token', cause)));
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

describe('what changed is forgotten at once', () => {
  const { clientId, merchantId, tokenUid } = caller;
  const other = '0193aa3e-7c1b-7d30-9a51-2f60c1f7a009';

  it.each<[string, Omit<CredentialsChangedV1, 'version'>, boolean]>([
    ['the developer', { clientId }, true],
    ['the merchant', { clientId, merchantId }, true],
    ['the token', { clientId, merchantId, tokenUid }, true],
    ['another developer', { clientId: 'c2' }, false],
    ['another merchant', { clientId, merchantId: 'm2' }, false],
    ['another token', { clientId, merchantId, tokenUid: other }, false],
    ['a terminal', { clientId, merchantId, terminalUid: other }, false],
  ])('when it is about %s', async (_what, changed, isForgotten) => {
    const { directory, asked, news } = directoryWith(done(caller));
    await directory.find('c1', 'token', cause);
    news.onFact({ ...changed, version: 2 });
    await directory.find('c1', 'token', cause);
    expect(asked).toHaveLength(isForgotten ? 2 : 1);
  });

  it('and so is everything when news may have been missed', async () => {
    const { directory, asked, news } = directoryWith(done(caller));
    await directory.find('c1', 'token', cause);
    news.onGap();
    await directory.find('c1', 'token', cause);
    expect(asked).toHaveLength(2);
  });

  it('an answer that was on its way meanwhile is not remembered', async () => {
    const { directory, asked, news } = directoryWith(done(caller), refused('token-invalid'));
    const before = directory.find('c1', 'token', cause);
    news.onFact({ clientId, merchantId, tokenUid, version: 2 });
    expect(await before).toEqual(done(caller));
    expect(await directory.find('c1', 'token', cause)).toEqual(refused('token-invalid'));
    expect(asked).toHaveLength(2);
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
