import { describe, expect, it } from '@jest/globals';
import { Lanes } from './lanes.js';

const of = (lane: string, clientId = `client of ${lane}`) => ({ lane, clientId });

const proven = (lanes: Lanes, lane: string): void => {
  lanes.enter(of(lane));
  lanes.leave(of(lane), 'well');
};

describe('the bounds on posts under way', () => {
  it('count in all, per lane and per client, and forget what has left', () => {
    const lanes = new Lanes(4, 2);
    lanes.enter(of('a', 'one'));
    lanes.enter(of('b', 'one'));
    expect(lanes.load).toMatchObject({ room: 2, clients: [{ clientId: 'one', posts: 2 }], maxPostsPerClient: 2 });
    lanes.leave(of('a', 'one'));
    lanes.leave(of('b', 'one'));
    expect(lanes.load).toMatchObject({ room: 4, lanes: [], clients: [] });
  });

  it('give a lane one post until it has answered well, and one again after it has failed', () => {
    const lanes = new Lanes(8, 4);
    const boundOfA = (): number | undefined => lanes.load.lanes.find(({ lane }) => lane === 'a')?.maxPosts;
    lanes.enter(of('a'));
    expect(boundOfA()).toBe(1);
    lanes.leave(of('a'), 'well');
    lanes.enter(of('a'));
    expect(boundOfA()).toBe(4);
    lanes.leave(of('a'), 'failing');
    lanes.enter(of('a'));
    expect(boundOfA()).toBe(1);
  });

  it('give all failing lanes together half of the places', () => {
    const lanes = new Lanes(4, 1);
    for (const lane of ['a', 'b', 'c']) {
      lanes.enter(of(lane));
      lanes.leave(of(lane), 'failing');
    }
    expect(lanes.load).toMatchObject({ failingLanes: ['a', 'b', 'c'], failingRoom: 2 });
    lanes.enter(of('a'));
    lanes.enter(of('b'));
    expect(lanes.load).toMatchObject({ room: 2, failingRoom: 0 });
    expect(lanes.leave(of('a'), 'well')).toBe(true);
    expect(lanes.load).toMatchObject({ failingLanes: ['b', 'c'], failingRoom: 1 });
  });

  it('tell of a freed place only when something may have waited for it', () => {
    const lanes = new Lanes(8, 2);
    proven(lanes, 'a');
    lanes.enter(of('a'));
    lanes.enter(of('a'));
    expect(lanes.leave(of('a'))).toBe(true);
    expect(lanes.leave(of('a'))).toBe(false);
  });

  it('remember a bounded number of lanes, the latest', () => {
    const lanes = new Lanes(8, 2);
    for (let each = 0; each <= 1_000; each += 1) {
      lanes.enter(of(String(each)));
      lanes.leave(of(String(each)), 'failing');
    }
    expect(lanes.load.failingLanes).toHaveLength(1_000);
    expect(lanes.load.failingLanes).not.toContain('0');
  });
});
