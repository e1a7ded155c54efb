import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  done,
  refused,
  sampleTransaction,
  transactionApproved,
  type FactDefinition,
  type Reply,
  type TransactionFoundV1,
  type TransactionState,
  type TransactionV1,
} from '@tillbridge/contracts';
import { setImmediate } from 'node:timers/promises';
import { FinalResults, MAX_WAITS } from './final-results.js';
import { ResultQueries } from './result-queries.js';

/** The bus as a listener knows it. */
class FakeFacts {
  private readonly listeners: { type: string; onFact: (payload: TransactionV1) => void; onGap: () => void }[] = [];

  listen<P extends object>(fact: FactDefinition<P>, onFact: (payload: P) => void, onGap: () => void): void {
    this.listeners.push({ type: fact.type, onFact: onFact as (payload: TransactionV1) => void, onGap });
  }

  tell(fact: FactDefinition<TransactionV1>, payload: TransactionV1): void {
    for (const { type, onFact } of this.listeners) if (type === fact.type) onFact(payload);
  }

  lose(): void {
    for (const { onGap } of this.listeners) onGap();
  }
}

const cause = { correlationId: 'c', traceparent: 't' };
const clock = { now: () => new Date(), monotonicMs: () => Date.now() };
const inState = (state: TransactionState, tradeNo: string): TransactionV1 => ({ ...sampleTransaction(state, 2), clientId: 'c', tradeNo });

function world(state: TransactionState | 'missing' = 'in-progress') {
  const facts = new FakeFacts();
  const results = new FinalResults(facts);
  results.onModuleInit();
  const now = { state };
  const asked: string[] = [];
  const client = {
    query: (_definition: unknown, { tradeNo }: { tradeNo: string }): Promise<Reply<TransactionFoundV1>> => {
      asked.push(tradeNo);
      return Promise.resolve(
        now.state === 'missing' ? refused('transaction-not-found') : done({ transaction: inState(now.state, tradeNo) }),
      );
    },
  };
  const queries = new ResultQueries(client as never, results, clock);
  const hangUp = new AbortController();
  const find = (tradeNo: string, waitMs = 55_000, gone = hangUp.signal) =>
    queries.find({ clientId: 'c', merchantId: 'm', tradeNo }, waitMs, gone, cause);
  return { facts, results, now, asked, find, hangUp };
}

const stateOf = (outcome: Awaited<ReturnType<ReturnType<typeof world>['find']>>): string =>
  outcome.outcome === 'done' ? outcome.value.transaction.state : outcome.outcome;

describe('a call that waits for a result', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('is woken by the fact of its own transaction, and looks again', async () => {
    const { facts, results, now, asked, find } = world();
    const [mine, other] = [find('mine'), find('other', 10_000)];
    await jest.advanceTimersByTimeAsync(3_000);
    now.state = 'approved';
    facts.tell(transactionApproved, inState('approved', 'mine'));
    expect(stateOf(await mine)).toBe('approved');
    expect(asked).toEqual(['mine', 'other', 'mine']);
    expect(results.size).toBe(1);
    now.state = 'in-progress';
    await jest.advanceTimersByTimeAsync(10_000);
    expect(stateOf(await other)).toBe('in-progress');
    expect(results.size).toBe(0);
  });

  it('misses no end that comes while it looks for the first time', async () => {
    const { facts, now, find } = world();
    const waiting = find('mine');
    now.state = 'approved';
    facts.tell(transactionApproved, inState('approved', 'mine'));
    await jest.advanceTimersByTimeAsync(0);
    expect(stateOf(await waiting)).toBe('approved');
  });

  it.each<[TransactionState | 'missing', number]>([
    ['approved', 55_000],
    ['declined', 55_000],
    ['missing', 55_000],
    ['in-progress', 0],
  ])('does not wait when it finds %s and may wait %d ms', async (state, waitMs) => {
    const { results, asked, find } = world(state);
    expect(stateOf(await find('mine', waitMs))).toBe(state === 'missing' ? 'refused' : state);
    expect(asked).toHaveLength(1);
    expect(results.size).toBe(0);
  });

  it('goes on waiting while the outcome is unknown', async () => {
    const { now, facts, find } = world('unknown');
    const waiting = find('mine');
    await jest.advanceTimersByTimeAsync(30_000);
    now.state = 'approved';
    facts.tell(transactionApproved, inState('approved', 'mine'));
    expect(stateOf(await waiting)).toBe('approved');
  });

  it('costs nothing while it waits, also with ten thousand beside it; one more is answered as it stands', async () => {
    // The imitation of so many timers takes longer than the test may.
    jest.useRealTimers();
    const { facts, results, now, asked, find } = world();
    const waiting = Array.from({ length: MAX_WAITS }, (_unused, index) => find(`t${index}`));
    await setImmediate();
    expect(asked).toHaveLength(MAX_WAITS);
    expect(results.size).toBe(MAX_WAITS);
    expect(stateOf(await find('one more'))).toBe('in-progress');
    now.state = 'approved';
    facts.tell(transactionApproved, inState('approved', 't7'));
    expect(stateOf(await waiting[7]!)).toBe('approved');
    expect(asked).toHaveLength(MAX_WAITS + 2);
    results.onModuleDestroy();
    await Promise.all(waiting);
    expect(results.size).toBe(0);
  });

  it('looks again after a gap, and waits on when nothing has come of it', async () => {
    const { facts, now, asked, find } = world();
    const waiting = [find('a'), find('b')];
    await jest.advanceTimersByTimeAsync(1_000);
    facts.lose();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(asked.length).toBeGreaterThanOrEqual(4);
    now.state = 'approved';
    facts.lose();
    await jest.advanceTimersByTimeAsync(10_000);
    expect((await Promise.all(waiting)).map(stateOf)).toEqual(['approved', 'approved']);
  });

  it('is forgotten when its caller hangs up', async () => {
    const { results, find, hangUp } = world();
    const waiting = find('mine');
    await jest.advanceTimersByTimeAsync(1_000);
    hangUp.abort();
    await waiting;
    expect(results.size).toBe(0);
  });

  it('is answered with what there is when the replica goes away', async () => {
    const { results, find } = world();
    const waiting = find('mine');
    await jest.advanceTimersByTimeAsync(1_000);
    results.onModuleDestroy();
    expect(stateOf(await waiting)).toBe('in-progress');
    expect(stateOf(await find('another'))).toBe('in-progress');
  });
});
