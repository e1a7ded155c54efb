import { describe, expect, it } from '@jest/globals';
import { RateLimiter, type RatePolicy } from './rate-limiter.js';

const policy: RatePolicy = { name: 'p', limit: 100, windowMs: 10_000 };

/** Counters as NATS has them, which can go away. */
class FakeCounters {
  readonly totals = new Map<string, number>();
  trips = 0;
  away = false;

  async add(name: string, amount: number): Promise<number | undefined> {
    this.trips += 1;
    await Promise.resolve();
    if (this.away) return undefined;
    const total = (this.totals.get(name) ?? 0) + amount;
    this.totals.set(name, total);
    return total;
  }
}

function world() {
  const counters = new FakeCounters();
  const time = { ms: 1_000_000_000_000 };
  const clock = { now: () => new Date(time.ms) };
  const replica = () => new RateLimiter(counters, clock);
  return { counters, time, replica };
}

async function allowed(limiter: RateLimiter, times: number, key = 'k', by: RatePolicy = policy): Promise<number> {
  const standings = await Promise.all(Array.from({ length: times }, () => limiter.take(by, key)));
  return standings.filter((standing) => standing.allowed).length;
}

describe('a limit', () => {
  it('allows just as much as it says, and again in the next window', async () => {
    const { replica, time } = world();
    const limiter = replica();
    expect(await allowed(limiter, 250)).toBe(100);
    expect(await allowed(limiter, 50)).toBe(0);
    time.ms += 10_000;
    expect(await allowed(limiter, 250)).toBe(100);
  });

  it('is shared by all replicas, whoever is asked how often', async () => {
    const { replica } = world();
    const replicas = [replica(), replica(), replica()];
    const first = await allowed(replicas[0]!, 10);
    const counts = await Promise.all(replicas.map((limiter) => allowed(limiter, 200)));
    const sum = counts.reduce((a, b) => a + b, first);
    expect(sum).toBeLessThanOrEqual(100);
    expect(sum).toBeGreaterThanOrEqual(80);
  });

  it('costs a busy key a few round trips and not one for each call', async () => {
    const { replica, counters } = world();
    await allowed(replica(), 10_000, 'k', { ...policy, limit: 5_000 });
    expect(counters.trips).toBeLessThanOrEqual(34);
    expect(counters.trips).toBeGreaterThan(1);
  });

  it('keeps keys and policies apart', async () => {
    const { replica } = world();
    const limiter = replica();
    expect(await allowed(limiter, 150, 'a')).toBe(100);
    expect(await allowed(limiter, 150, 'b')).toBe(100);
    expect(await allowed(limiter, 150, 'a', { ...policy, name: 'q', limit: 7 })).toBe(7);
  });

  it('holds for each replica alone while the counters are away, also where a part was spent before', async () => {
    const { replica, counters, time } = world();
    const limiter = replica();
    expect(await allowed(limiter, 30)).toBe(30);
    counters.away = true;
    expect(await allowed(limiter, 200)).toBe(70);
    time.ms += 10_000;
    const begin = counters.trips;
    expect(await allowed(limiter, 200)).toBe(100);
    expect(counters.trips - begin).toBe(1);
    counters.away = false;
    time.ms += 10_000;
    expect(await allowed(limiter, 200)).toBe(100);
    expect([...counters.totals.values()].at(-1)).toBeGreaterThanOrEqual(100);
  });

  it('tells how it stands', async () => {
    const { replica, time } = world();
    const limiter = replica();
    time.ms = 1_000_000_002_500;
    expect(await limiter.take(policy, 'k')).toEqual({ allowed: true, limit: 100, remaining: 99, resetMs: 7_500 });
    await allowed(limiter, 99);
    expect(await limiter.take(policy, 'k')).toEqual({ allowed: false, limit: 100, remaining: 0, resetMs: 7_500 });
  });

  it('can be looked at without counting', async () => {
    const { replica } = world();
    const limiter = replica();
    const by = { ...policy, limit: 2 };
    expect(limiter.look(by, 'k').allowed).toBe(true);
    expect(await allowed(limiter, 2, 'k', by)).toBe(2);
    expect(limiter.look(by, 'k')).toMatchObject({ allowed: false, remaining: 0 });
  });

  it('costs a bounded amount of memory', async () => {
    const { replica, counters } = world();
    counters.away = true;
    const limiter = replica();
    for (let key = 0; key < 50_100; key += 1) limiter.look(policy, `${key}`);
    expect(limiter.size).toBe(50_000);
    expect(await allowed(limiter, 150, 'x'.repeat(1_000_000))).toBe(100);
  });
});
