import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually, HostSink } from '@tillbridge/testkit';
import { deliverySchedule } from '../src/domain/outcome.js';
import { HttpPoster } from '../src/workers/http-poster.js';
import { newOwner, pushesOf, TestOffice } from './test-office.js';

const SOON_MS = 5_000;
const LEASE_MS = 500;

let office: TestOffice;
let host: HostSink;

beforeAll(async () => {
  // Shorter than a post may take, which is otherwise never so: thus a post under way is one whose process seems to have died.
  office = await TestOffice.start({ schedule: deliverySchedule, postTimeoutMs: 10_000, leaseMs: LEASE_MS });
  host = await HostSink.start();
}, 30_000);
afterAll(async () => {
  await office.stop();
  await host.close();
}, 30_000);

describe('a delivery whose process died between post and record', () => {
  it('is pushed again under the same id when its lease has run out, and a late record of the first post changes nothing', async () => {
    const owner = newOwner();
    await office.endpointAt(host, owner);
    // A receiver that has answered well has more than one place, so that its hanging post does not itself hold up the second one.
    const before = await office.tell(owner);
    await eventually(async () => expect(await office.deliveriesOf(before)).toMatchObject([{ state: 'delivered' }]), SOON_MS);
    host.answerNext({ status: 500, delayMs: 2_000 });
    const transaction = await office.tell(owner);
    await eventually(() => expect(pushesOf(host, transaction)).toHaveLength(2), SOON_MS);
    const [first, second] = pushesOf(host, transaction);
    expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
    expect(second!.receivedAt.getTime() - first!.receivedAt.getTime()).toBeGreaterThanOrEqual(LEASE_MS - 50);
    const delivered = [{ state: 'delivered', version: 2, attempts: 1, last_status: 200 }];
    await eventually(async () => expect(await office.deliveriesOf(transaction)).toMatchObject(delivered), SOON_MS);
    // The first answer comes now, and a 500 must not undo the delivery.
    await new Promise((resolve) => setTimeout(resolve, 2_500 - (Date.now() - first!.receivedAt.getTime())));
    expect(await office.deliveriesOf(transaction)).toMatchObject(delivered);
    expect(await office.attemptsOf(transaction)).toMatchObject([{ attempt_no: 1, status: 200 }]);
  });
});

describe('a replica that is told to stop', () => {
  it('first finishes and records what it is pushing', async () => {
    const owner = newOwner();
    const [only] = office.replicas;
    await office.endpointAt(host, owner);
    host.answerNext({ status: 200, delayMs: LEASE_MS / 2 });
    const transaction = await office.tell(owner);
    await eventually(() => expect(pushesOf(host, transaction)).toHaveLength(1), SOON_MS);
    await office.removeReplica(only!);
    expect(await office.deliveriesOf(transaction)).toMatchObject([{ state: 'delivered', attempts: 1 }]);
    expect(pushesOf(host, transaction)).toHaveLength(1);
  });
});

describe('two replicas', () => {
  let shared: TestOffice;
  beforeAll(async () => {
    shared = await TestOffice.start({ schedule: deliverySchedule, postTimeoutMs: 10_000, leaseMs: 30_000 });
    await shared.addReplica();
  }, 30_000);
  afterAll(() => shared.stop(), 30_000);

  it('share the work, and push each result once', async () => {
    const posts = shared.replicas.map((replica) => jest.spyOn(replica.get(HttpPoster), 'post'));
    const [owner, sink] = [newOwner(), await HostSink.start()];
    sink.answerAlways({ status: 200, delayMs: 20 });
    await shared.endpointAt(sink, owner);
    const transactions = await Promise.all(Array.from({ length: 100 }, () => shared.tell(owner)));
    const byState = 'select state, count(*)::int as count from deliveries where client_id = $1 group by state';
    await eventually(
      async () => expect((await shared.sql.query(byState, [owner.clientId])).rows).toEqual([{ state: 'delivered', count: 100 }]),
      2 * SOON_MS,
    );
    // Nothing waits any more, so no later push can come.
    expect(transactions.map((each) => pushesOf(sink, each).length)).toEqual(transactions.map(() => 1));
    // Which of them hears of what is for the bus to say, so it is asked until both have had something.
    await eventually(async () => {
      const idle = posts.filter((post) => post.mock.calls.length === 0);
      if (idle.length > 0) await shared.tell(owner);
      expect(idle).toEqual([]);
    }, 2 * SOON_MS);
    await sink.close();
  }, 30_000);
});
