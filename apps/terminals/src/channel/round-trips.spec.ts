import { describe, expect, it } from '@jest/globals';
import { RoundTrips } from './round-trips.js';

describe('round trips', () => {
  it('tell how long the answer to a ping took, and when the terminal was heard', () => {
    const trips = new RoundTrips(1_000);
    expect([trips.lastMs, trips.unanswered, trips.ageMs(1_500)]).toEqual([undefined, 0, 500]);
    const t = trips.ping(6_000.4);
    expect([t, trips.unanswered]).toEqual([6_000, 1]);
    trips.hear(6_012.9);
    trips.pong(t, 6_012.9);
    expect([trips.lastMs, trips.unanswered, trips.ageMs(6_013)]).toEqual([12.5, 0, expect.closeTo(0.1)]);
  });

  it('count no answer that nobody asked for, and none twice', () => {
    const trips = new RoundTrips(0);
    trips.pong(0, 10);
    expect(trips.lastMs).toBeUndefined();
    const t = trips.ping(100);
    trips.pong(t, 150);
    trips.pong(t, 5_000);
    expect(trips.lastMs).toBe(50);
  });

  it('tell answers to earlier pings from those to later ones, and remember the last four', () => {
    const trips = new RoundTrips(0);
    const [first, second] = [trips.ping(1_000), trips.ping(2_000)];
    trips.pong(first, 2_500);
    expect(trips.lastMs).toBe(1_500);
    for (const at of [3_000, 4_000, 5_000, 6_000]) trips.ping(at);
    trips.pong(second, 6_001);
    expect([trips.lastMs, trips.unanswered]).toEqual([1_500, 6]);
  });
});
