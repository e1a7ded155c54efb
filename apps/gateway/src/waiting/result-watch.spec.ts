import { describe, expect, it } from '@jest/globals';
import {
  done,
  refused,
  sampleResult,
  sampleTransaction,
  type FactDefinition,
  type FindTransactionV1,
  type Reply,
  type TransactionFoundV1,
  type TransactionState,
  type TransactionV1,
} from '@tillbridge/contracts';
import { newCause, type RequestClient } from '@tillbridge/messaging';
import { MAX_WAITING, ResultWatch } from './result-watch.js';

/** Who waits for a result is told as soon as it is there, whatever happens in between, and costs nothing meanwhile. */

const cause = newCause();
const LONG_MS = 55_000;

const queryFor = (tradeNo: string): FindTransactionV1 => ({ clientId: 'c1', merchantId: 'm1', tradeNo });
const inState = (state: TransactionState, tradeNo = 't1'): TransactionV1 =>
  sampleTransaction(state, 5, { clientId: 'c1', merchantId: 'm1', tradeNo, ...(state === 'approved' ? { result: sampleResult } : {}) });
const running = done({ transaction: inState('in-progress') });
const approved = done({ transaction: inState('approved') });

/** The watch in front of an owner that answers like this, with everything that it asks and hears. */
function watchWith(answer: (query: FindTransactionV1, times: number) => Reply<TransactionFoundV1> | Promise<Reply<TransactionFoundV1>>) {
  const asked: string[] = [];
  const heard = new Map<string, { onFact: (transaction: TransactionV1) => void; onGap: () => void }>();
  const query = (_definition: unknown, payload: FindTransactionV1): Promise<unknown> => {
    asked.push(payload.tradeNo);
    return Promise.resolve(answer(payload, asked.length));
  };
  const facts = {
    listen: (fact: FactDefinition<never>, onFact: (payload: never) => void, onGap: () => void): void => {
      heard.set(fact.name, { onFact: onFact as (transaction: TransactionV1) => void, onGap });
    },
  };
  const watch = new ResultWatch({ query: query as RequestClient['query'] }, facts as never);
  watch.onModuleInit();
  const wait = (tradeNo = 't1', waitMs = LONG_MS, onLeave: (left: () => void) => void = () => undefined) =>
    watch.find(queryFor(tradeNo), { waitMs, onLeave }, cause);
  const tell = (transaction: TransactionV1): void => heard.get(`transaction-${transaction.state}`)?.onFact(transaction);
  return { watch, asked, heard, wait, tell, gap: () => heard.get('transaction-approved')?.onGap() };
}

/** Lets everything that can happen now happen. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a call that does not wait', () => {
  it('is answered as it is', async () => {
    const { wait, asked, watch } = watchWith(() => running);
    expect(await wait('t1', 0)).toBe(running);
    expect([asked.length, watch.waiting]).toEqual([1, 0]);
  });
});

describe('a call that waits', () => {
  it.each([
    ['what is final already', approved],
    ['what is not there', refused('transaction-not-found')],
    ['an owner that is away', { outcome: 'unavailable', retryAfterMs: 1 } as const],
  ])('does not wait for %s', async (_name, reply) => {
    const { wait, watch } = watchWith(() => reply);
    expect(await wait()).toBe(reply);
    expect(watch.waiting).toBe(0);
  });

  it.each(['approved', 'declined', 'cancelled', 'failed'] as const)('is answered by the fact that it is %s', async (state) => {
    const { wait, tell, asked, watch } = watchWith(() => running);
    const answer = wait();
    await settled();
    tell(inState(state));
    expect(await answer).toEqual(done({ transaction: inState(state) }));
    expect([asked, watch.waiting]).toEqual([['t1'], 0]);
  });

  it('hears a correction too', async () => {
    const { wait, heard } = watchWith(() => running);
    const answer = wait();
    await settled();
    heard.get('transaction-corrected')?.onFact(inState('approved'));
    expect(await answer).toEqual(approved);
  });

  it('is woken by a fact that comes before the owner has answered', async () => {
    let reply: (found: Reply<TransactionFoundV1>) => void = () => undefined;
    const { wait, tell } = watchWith(() => new Promise((resolve) => (reply = resolve)));
    const answer = wait();
    await settled();
    tell(inState('approved'));
    reply(running);
    expect(await answer).toEqual(approved);
  });

  it('is told the newest that the owner knows when that is final, follow-ups included', async () => {
    let reply: (found: Reply<TransactionFoundV1>) => void = () => undefined;
    const { wait, tell } = watchWith(() => new Promise((resolve) => (reply = resolve)));
    const answer = wait();
    await settled();
    tell(inState('failed'));
    const corrected = done({ transaction: inState('approved'), aftermath: 'refunded' as const });
    reply(corrected);
    expect(await answer).toBe(corrected);
  });

  it('asks once more when its time is up', async () => {
    const { wait, asked } = watchWith((_query, times) => (times === 1 ? running : approved));
    expect(await wait('t1', 5)).toBe(approved);
    expect(asked).toHaveLength(2);
  });

  it('is told what was known when the owner is away at the end', async () => {
    const { wait } = watchWith((_query, times) => (times === 1 ? running : { outcome: 'unavailable', retryAfterMs: 1 }));
    expect(await wait('t1', 5)).toBe(running);
  });

  it('is forgotten when its client hangs up, and nobody is asked for it', async () => {
    let left: () => void = () => undefined;
    const { wait, watch, asked } = watchWith(() => running);
    const answer = wait('t1', LONG_MS, (leave) => (left = leave));
    await settled();
    expect(watch.waiting).toBe(1);
    left();
    expect(await answer).toBe(running);
    expect([asked.length, watch.waiting]).toEqual([1, 0]);
  });
});

describe('10 000 calls that wait', () => {
  const all = Array.from({ length: MAX_WAITING }, (_, place) => `t${place}`);
  const crowd = async () => {
    const parts = watchWith(({ tradeNo }) => done({ transaction: inState('dispatched', tradeNo) }));
    const answers = all.map((tradeNo) => parts.wait(tradeNo));
    await settled();
    expect([parts.asked.length, parts.watch.waiting]).toEqual([MAX_WAITING, MAX_WAITING]);
    parts.asked.length = 0;
    return { ...parts, answers };
  };

  it('ask nothing while they wait; a fact wakes those who wait for it and nobody else', async () => {
    const { wait, tell, asked, answers, watch } = await crowd();
    tell(inState('approved', 't7'));
    expect(await answers[7]).toEqual(done({ transaction: inState('approved', 't7') }));
    // Its place is free for a second call that waits for another one's result.
    const second = wait('t8');
    await settled();
    expect([watch.waiting, asked]).toEqual([MAX_WAITING, ['t8']]);
    tell(inState('declined', 't8'));
    expect(await Promise.all([answers[8], second])).toEqual([0, 1].map(() => done({ transaction: inState('declined', 't8') })));
    expect([watch.waiting, asked]).toEqual([MAX_WAITING - 2, ['t8']]);
    watch.onModuleDestroy();
    await Promise.all(answers);
  });

  it('leave no room for one more, which is answered as it is', async () => {
    const { wait, watch, answers } = await crowd();
    expect(await wait('late')).toMatchObject({ outcome: 'done', value: { transaction: { state: 'dispatched', tradeNo: 'late' } } });
    watch.onModuleDestroy();
    await Promise.all(answers);
  });

  it('are all answered at once when the service ends, without a question; and from then on nobody waits', async () => {
    const { wait, watch, asked, answers } = await crowd();
    watch.onModuleDestroy();
    for (const answer of await Promise.all(answers))
      expect(answer).toMatchObject({ outcome: 'done', value: { transaction: { state: 'dispatched' } } });
    expect([asked.length, watch.waiting]).toEqual([0, 0]);
    expect(await wait('late')).toMatchObject({ outcome: 'done' });
  });
});

describe('after a gap in the news', () => {
  it('everybody asks once, a few at a time, and hears what was missed', async () => {
    let underWay = 0;
    let most = 0;
    let over = false;
    const { wait, gap, asked, watch } = watchWith(async ({ tradeNo }) => {
      most = Math.max(most, ++underWay);
      await settled();
      underWay -= 1;
      return done({ transaction: inState(over && tradeNo === 't3' ? 'approved' : 'dispatched', tradeNo) });
    });
    const answers = Array.from({ length: 300 }, (_, place) => wait(`t${place}`));
    while (asked.length < 300 || underWay > 0) await settled();
    [asked.length, most, over] = [0, 0, true];
    gap();
    expect(await answers[3]).toEqual(done({ transaction: inState('approved', 't3') }));
    while (asked.length < 300 || underWay > 0) await settled();
    expect([new Set(asked).size, asked.length, watch.waiting]).toEqual([300, 300, 299]);
    expect(most).toBeLessThanOrEqual(50);
    watch.onModuleDestroy();
    await Promise.all(answers);
  });

  it('an owner that is away is asked again', async () => {
    const { wait, gap, asked } = watchWith((_query, times) =>
      times === 1 ? running : times === 2 ? { outcome: 'unavailable', retryAfterMs: 1 } : approved,
    );
    const answer = wait();
    await settled();
    gap();
    expect(await answer).toEqual(approved);
    expect(asked).toHaveLength(3);
  });

  it('a second gap while the first is being made up for casts doubt on its answers', async () => {
    const replies: ((found: Reply<TransactionFoundV1>) => void)[] = [];
    const { wait, gap, asked } = watchWith(() => new Promise((resolve) => replies.push(resolve)));
    const answer = wait();
    replies[0]?.(running);
    await settled();
    gap();
    await settled();
    gap();
    replies[1]?.(running);
    await settled();
    replies[2]?.(approved);
    expect(await answer).toEqual(approved);
    expect(asked).toHaveLength(3);
  });
});
