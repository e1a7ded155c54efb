import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, HostSink } from '@tillbridge/testkit';
import { deliverySchedule } from '../src/domain/outcome.js';
import { DeliveryStore, MAX_UNRECORDED_CLAIMS, type Load } from '../src/store/delivery-store.js';
import { newOwner, pushesOf, TestOffice } from './test-office.js';

const SOON_MS = 5_000;
const POST_TIMEOUT_MS = 4_000;
/** Rows due then are seen by this test's own claims, and not by the service's. */
const FAR = Date.parse('2100-01-01T00:00:00.000Z');
const MINUTE_MS = 60_000;

let office: TestOffice;
let store: DeliveryStore;

beforeAll(async () => {
  office = await TestOffice.start({ schedule: deliverySchedule, postTimeoutMs: POST_TIMEOUT_MS, leaseMs: 30_000 });
  store = office.replicas[0]!.get(DeliveryStore);
}, 30_000);
afterAll(() => office.stop(), 30_000);

/** `count` callbacks of one lane, the first due `dueAt` ms after the far day and the others a millisecond later each. */
async function planned(lane: string, clientId: string, count: number, dueAt: number): Promise<void> {
  await office.sql.query(
    `insert into deliveries (delivery_id, lane, url, client_id, merchant_id, transaction_id, fact_id, transaction_version, body,
       correlation_id, traceparent, state, version, attempts, due_at, created_at, changed_at)
     select gen_random_uuid(), $1, 'https://host.example/', $2, 'm', gen_random_uuid(), gen_random_uuid(), 1, '{}', 'c', 't', 'pending', 1, 0,
       $3::timestamptz + i * interval '1 ms', now(), now() from generate_series(0, $4::int - 1) as i`,
    [lane, clientId, new Date(FAR + dueAt), count],
  );
}

const free: Load = { room: 32, lanes: [], clients: [], maxPostsPerClient: 16, failingLanes: [], failingRoom: 16 };

async function claimedLanes(load: Partial<Load>): Promise<string[]> {
  const now = new Date(FAR + 10 * MINUTE_MS);
  const { claimed } = await store.claim(now, new Date(now.getTime() + MINUTE_MS), { ...free, ...load });
  return claimed.map(({ lane }) => lane).sort();
}

describe('a claim', () => {
  beforeEach(async () => {
    await office.sql.query('delete from deliveries where due_at >= $1', [new Date(FAR)]);
  });

  it('gives a freed place to the lane with the fewest posts, however long the others have waited', async () => {
    await planned('three', 'x', 300, 0);
    await planned('two', 'y', 300, 1_000);
    const lanes = [
      { lane: 'three', posts: 3, maxPosts: 4 },
      { lane: 'two', posts: 2, maxPosts: 4 },
    ];
    await planned('idle', 'z', 1, 2_000);
    expect(await claimedLanes({ room: 1, lanes })).toEqual(['idle']);
    await office.sql.query(`delete from deliveries where lane = 'three' and due_at > $1`, [new Date(FAR + 10)]);
    expect(await claimedLanes({ room: 1, lanes })).toEqual(['two']);
  });

  it('fills no lane beyond its bound, and gives an idle one a single place', async () => {
    await planned('busy', 'x', 9, 0);
    await planned('full', 'y', 9, 0);
    await planned('idle', 'z', 9, 0);
    const lanes = [
      { lane: 'busy', posts: 2, maxPosts: 4 },
      { lane: 'full', posts: 1, maxPosts: 1 },
    ];
    expect(await claimedLanes({ lanes })).toEqual(['busy', 'busy', 'idle']);
  });

  it('gives one client at most its share, over however many lanes', async () => {
    for (let each = 0; each < 30; each += 1) await planned(`of-one-${each}`, 'one', 1, each);
    await planned('other', 'two', 1, 1_000);
    const lanes = await claimedLanes({ clients: [{ clientId: 'one', posts: 10 }] });
    expect(lanes.filter((lane) => lane.startsWith('of-one'))).toHaveLength(6);
    expect(lanes).toContain('other');
    expect(await claimedLanes({ clients: [{ clientId: 'one', posts: 16 }] })).toEqual([]);
  });

  it('gives all failing lanes together at most their room', async () => {
    const failingLanes = Array.from({ length: 20 }, (_, each) => `failing-${each}`);
    for (const [each, lane] of failingLanes.entries()) await planned(lane, `client-${each}`, 20, 0);
    await planned('well', 'w', 1, 1_000);
    expect(await claimedLanes({ failingLanes, failingRoom: 3 })).toHaveLength(3);
    // In the next step they are looked past, however many rows of theirs are older.
    expect(await claimedLanes({ failingLanes, failingRoom: 0 })).toEqual(['well']);
  });

  it('parks what was claimed too often without a record', async () => {
    await planned('unlucky', 'x', 1, 0);
    for (let claims = 0; claims < MAX_UNRECORDED_CLAIMS; claims += 1) {
      expect(await claimedLanes({})).toEqual(['unlucky']);
      await office.sql.query(`update deliveries set leased_until = null where lane = 'unlucky'`);
    }
    const now = new Date(FAR + 10 * MINUTE_MS);
    const { claimed, givenUp } = await store.claim(now, now, free);
    expect([claimed, givenUp.length]).toEqual([[], 1]);
    const { rows } = await office.sql.query(`select state, last_error, version, due_at from deliveries where lane = 'unlucky'`);
    expect(rows).toEqual([{ state: 'parked', last_error: 'unrecorded', version: 2, due_at: null }]);
  });

  it('passes over 200 000 due rows of a lane that is full within a moment', async () => {
    await planned('full', 'x', 200_000, 0);
    await planned('idle', 'y', 1, 5 * MINUTE_MS);
    const startedMs = performance.now();
    expect(await claimedLanes({ lanes: [{ lane: 'full', posts: 4, maxPosts: 4 }] })).toEqual(['idle']);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  }, 60_000);
});

describe('an attempt that was recorded', () => {
  it('lets the claims be counted anew', async () => {
    const [owner, host] = [newOwner(), await HostSink.start()];
    await office.endpointAt(host, owner);
    host.answerNext({ status: 500 });
    const transaction = await office.tell(owner);
    await eventually(async () => expect(await office.deliveriesOf(transaction)).toMatchObject([{ attempts: 1, claims: 0 }]), SOON_MS);
    await host.close();
  });
});

describe('eight receivers that hang, each with a backlog,', () => {
  it('hold up nobody else', async () => {
    const [slow, quick] = [await HostSink.start(), await HostSink.start()];
    slow.answerAlways('hang');
    const owners = Array.from({ length: 8 }, newOwner);
    for (const owner of owners) await office.endpointAt(slow, owner);
    const healthy = newOwner();
    await office.endpointAt(quick, healthy);
    await Promise.all(owners.flatMap((owner) => Array.from({ length: 12 }, () => office.tell(owner))));
    await eventually(() => expect(slow.received.length).toBeGreaterThanOrEqual(8), SOON_MS);
    const told = Date.now();
    const transaction = await office.tell(healthy);
    await eventually(() => expect(pushesOf(quick, transaction)).toHaveLength(1), SOON_MS);
    expect(quick.received[0]!.receivedAt.getTime() - told).toBeLessThan(POST_TIMEOUT_MS / 4);
    await Promise.all([slow.close(), quick.close()]);
  }, 30_000);
});
