import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  transactionAcknowledged,
  transactionApproved,
  transactionCancelled,
  transactionCorrected,
  transactionDeclined,
  transactionFailed,
  transactionUnknown,
  type TransactionV1,
} from '@tillbridge/contracts';
import { newClientSecret, newId } from '@tillbridge/kernel';
import { eventually, HostSink } from '@tillbridge/testkit';
import { correlationOf, isAuthentic, newOwner, pushesOf, TestOffice, type Owner } from './test-office.js';

const SOON_MS = 5_000;
const MIN_WAIT_MS = 80;
const GIVE_UP_MS = 1_500;

let office: TestOffice;
const hosts: HostSink[] = [];

const newHost = async (): Promise<HostSink> => {
  const host = await HostSink.start();
  hosts.push(host);
  return host;
};

beforeAll(async () => {
  const schedule = { delaysMs: [100, 100], thenEveryMs: 300, giveUpAfterMs: GIVE_UP_MS, jitter: 0.2 };
  office = await TestOffice.start({ schedule, postTimeoutMs: 2_000, leaseMs: 30_000 });
}, 30_000);
afterAll(async () => {
  await office.stop();
  await Promise.all(hosts.map((host) => host.close()));
}, 30_000);

/** Waits until the one delivery of the transaction is in this state, and gives it. */
const inState = (transaction: Parameters<TestOffice['deliveriesOf']>[0], state: string) =>
  eventually(async () => {
    const deliveries = await office.deliveriesOf(transaction);
    expect(deliveries.map((each) => each.state)).toEqual([state]);
    return deliveries[0]!;
  }, SOON_MS);

const pendingOf = async ({ clientId }: Owner): Promise<number> => {
  const pending = `select 1 from deliveries where client_id = $1 and state = 'pending'`;
  return (await office.sql.query(pending, [clientId])).rows.length;
};

describe('registering an endpoint', () => {
  const endpointOf = (owner: Owner, url = 'https://host.example/hook') => ({
    ...owner,
    endpointId: newId(),
    url,
    signingSecret: newClientSecret(),
  });

  it('is idempotent, and keeps the secret sealed', async () => {
    const endpoint = endpointOf(newOwner());
    expect(await office.register(endpoint)).toEqual({ outcome: 'done', value: { changed: true } });
    expect(await office.register(endpoint)).toEqual({ outcome: 'done', value: { changed: false }, replayed: true });
    const { rows } = await office.sql.query<{ signing_secret: string }>('select * from endpoints where endpoint_id = $1', [
      endpoint.endpointId,
    ]);
    expect(rows).toHaveLength(1);
    expect(rows[0]!.signing_secret).toMatch(/^v1\.k1\./);
  });

  it('refuses a URL that results may not be pushed to, and leaves no trace', async () => {
    const endpoint = endpointOf(newOwner(), 'http://10.0.0.1:3000/hook');
    expect(await office.register(endpoint)).toMatchObject({ outcome: 'refused', refusal: { name: 'invalid-field' } });
    expect((await office.sql.query('select 1 from endpoints where endpoint_id = $1', [endpoint.endpointId])).rows).toEqual([]);
  });

  it("does not touch another owner's endpoint", async () => {
    const endpoint = endpointOf(newOwner());
    await office.register(endpoint);
    expect(await office.register({ ...endpoint, ...newOwner() })).toMatchObject({ outcome: 'refused', refusal: { name: 'not-yours' } });
  });
});

/** What a correction has in common with what it corrects. */
const only = ({ transactionId, transIndexCode }: TransactionV1) => ({ transactionId, transIndexCode });

describe('a final result', () => {
  it('is pushed once, signed in both styles, and told as delivered under the correlation of its payment', async () => {
    const [owner, host] = [newOwner(), await newHost()];
    const endpoint = await office.endpointAt(host, owner);
    const transaction = await office.tell(owner);
    const delivery = await inState(transaction, 'delivered');
    const [push, ...more] = pushesOf(host, transaction);
    expect(more).toEqual([]);
    expect(isAuthentic(push!, endpoint)).toBe(true);
    expect(push!.headers).toMatchObject({
      'webhook-id': delivery.delivery_id,
      'content-type': 'application/json',
      'user-agent': 'Tillbridge',
    });
    expect(JSON.parse(push!.body)).toMatchObject({
      transResult: 0,
      state: 2,
      mid: owner.merchantId,
      tradeNo: transaction.tradeNo,
      amount: '1000',
    });
    expect(await office.attemptsOf(transaction)).toMatchObject([{ attempt_no: 1, status: 200, error_class: null }]);
    expect(await office.toldOf(delivery.delivery_id)).toMatchObject([
      {
        name: 'delivery-succeeded',
        correlation_id: correlationOf(transaction),
        payload: { deliveryId: delivery.delivery_id, version: 2, endpointId: endpoint.endpointId, attempts: 1, lastStatus: 200 },
      },
    ]);
  });

  it('is not pushed again when its fact comes again', async () => {
    const [owner, host] = [newOwner(), await newHost()];
    await office.endpointAt(host, owner);
    const transaction = { ...transactionApproved.sample, ...owner, transactionId: newId() };
    const factId = newId();
    for (let copy = 0; copy < 5; copy += 1) await office.publish(transactionApproved, transaction, factId);
    // A later fact of the same aggregate passes only after all copies were handled.
    await office.publish(transactionApproved, { ...transaction, version: transaction.version + 1 }, newId());
    await eventually(
      async () => expect((await office.deliveriesOf(transaction)).map((each) => each.state)).toEqual(['delivered', 'delivered']),
      SOON_MS,
    );
    expect(new Set(host.received.map(({ headers }) => headers['webhook-id'])).size).toBe(2);
    expect(host.received).toHaveLength(2);
  });

  it.each([transactionDeclined, transactionCancelled, transactionFailed])('of every kind is pushed: $name', async (fact) => {
    const [owner, host] = [newOwner(), await newHost()];
    await office.endpointAt(host, owner);
    const transaction = await office.tell(owner, {}, fact);
    await inState(transaction, 'delivered');
    expect(host.bodies()).toMatchObject([{ transResult: 1, state: 5 }]);
  });

  it('that was corrected is pushed again as what it is now, as a delivery of its own', async () => {
    const [owner, host] = [newOwner(), await newHost()];
    await office.endpointAt(host, owner);
    const failed = await office.tell(owner, { state: 'failed' }, transactionFailed);
    await inState(failed, 'delivered');
    const corrected = { ...transactionCorrected.sample, ...owner, ...only(failed), version: failed.version + 1 };
    const factId = newId();
    for (let copy = 0; copy < 3; copy += 1) await office.publish(transactionCorrected, corrected, factId);
    const deliveries = await eventually(async () => {
      const planned = await office.deliveriesOf(failed);
      expect(planned.map(({ state }) => state)).toEqual(['delivered', 'delivered']);
      return planned;
    }, SOON_MS);
    expect(host.bodies()).toMatchObject([
      { transResult: 1, state: 5 },
      { transResult: 0, state: 2, transIndexCode: failed.transIndexCode, rrn: corrected.result?.rrn },
    ]);
    expect(host.received.map(({ headers }) => headers['webhook-id'])).toEqual(deliveries.map((each) => each.delivery_id));
  });

  it('only: what is not final is not pushed', async () => {
    const [owner, host] = [newOwner(), await newHost()];
    await office.endpointAt(host, owner);
    for (const fact of [transactionAcknowledged, transactionUnknown]) await office.tell(owner, {}, fact);
    const last = await office.tell(owner);
    await inState(last, 'delivered');
    expect(host.bodies()).toMatchObject([{ transIndexCode: last.transIndexCode }]);
  });

  it('goes to every endpoint of its owner and to nobody else', async () => {
    const [owner, host, other] = [newOwner(), await newHost(), await newHost()];
    const endpoints = [await office.endpointAt(host, owner), await office.endpointAt(host, owner)];
    await office.endpointAt(other, { ...owner, clientId: newOwner().clientId });
    await office.endpointAt(other, { ...owner, merchantId: newOwner().merchantId });
    const transaction = await office.tell(owner);
    await eventually(() => expect(pushesOf(host, transaction)).toHaveLength(2), SOON_MS);
    for (const endpoint of endpoints) expect(pushesOf(host, transaction).filter((push) => isAuthentic(push, endpoint))).toHaveLength(1);
    expect(other.received).toEqual([]);
  });
});

describe('a host that fails', () => {
  it('gets the result again under the same id, signed with the time of that attempt', async () => {
    const [owner, host] = [newOwner(), await newHost()];
    const endpoint = await office.endpointAt(host, owner);
    host.answerNext({ status: 500, body: `no: ${endpoint.signingSecret}\u0000${'x'.repeat(10_000)}` }, 'reset');
    const transaction = await office.tell(owner);
    const delivery = await inState(transaction, 'delivered');
    const pushes = pushesOf(host, transaction);
    expect(pushes.map(({ headers }) => headers['webhook-id'])).toEqual([delivery.delivery_id, delivery.delivery_id, delivery.delivery_id]);
    expect(pushes.every((push) => isAuthentic(push, endpoint))).toBe(true);
    const attempts = await office.attemptsOf(transaction);
    expect(attempts).toMatchObject([
      { attempt_no: 1, status: 500, error_class: 'http-status' },
      { attempt_no: 2, status: null, error_class: 'connection-reset' },
      { attempt_no: 3, status: 200, error_class: null },
    ]);
    expect(attempts[0]!.response_excerpt).toMatch(/^no: \*\*\*\uFFFDx+$/);
    expect(attempts[0]!.response_excerpt!.length).toBeLessThanOrEqual(4_096);
  });

  it('is waited for as long as it asks', async () => {
    const [owner, host] = [newOwner(), await newHost()];
    await office.endpointAt(host, owner);
    host.answerNext({ status: 503, headers: { 'retry-after': '1' } });
    const transaction = await office.tell(owner);
    await inState(transaction, 'delivered');
    const [first, second] = pushesOf(host, transaction);
    expect(second!.receivedAt.getTime() - first!.receivedAt.getTime()).toBeGreaterThanOrEqual(1_000);
  });

  it('is tried until the schedule is used up; then the delivery is parked and told as exhausted', async () => {
    const [owner, host] = [newOwner(), await newHost()];
    await office.endpointAt(host, owner);
    host.answerAlways({ status: 500 });
    const transaction = await office.tell(owner);
    const delivery = await inState(transaction, 'parked');
    const pushes = pushesOf(host, transaction);
    expect(delivery).toMatchObject({ last_error: 'http-status', last_status: 500, attempts: pushes.length });
    expect(pushes.at(-1)!.receivedAt.getTime() - pushes[0]!.receivedAt.getTime()).toBeGreaterThanOrEqual(GIVE_UP_MS - MIN_WAIT_MS);
    expect(await office.toldOf(delivery.delivery_id)).toMatchObject([
      { name: 'delivery-exhausted', payload: { attempts: pushes.length, lastStatus: 500 } },
    ]);
  });

  it('gets nothing more after a 410, until its endpoint is registered again; what it misses is kept', async () => {
    const [owner, host] = [newOwner(), await newHost()];
    const endpoint = await office.endpointAt(host, owner);
    host.answerNext({ status: 410 });
    const delivery = await inState(await office.tell(owner), 'parked');
    expect(delivery).toMatchObject({ last_error: 'gone', attempts: 1 });
    const unheard = await office.tell(owner);
    await eventually(async () => expect(await office.isHandled(unheard)).toBe(true), SOON_MS);
    const kept = [{ state: 'parked', last_error: 'endpoint-disabled', attempts: 0 }];
    expect(await office.deliveriesOf(unheard)).toMatchObject(kept);
    expect(await office.register(endpoint)).toEqual({ outcome: 'done', value: { changed: true } });
    await inState(await office.tell(owner), 'delivered');
    // Registering does not replay.
    expect(await office.deliveriesOf(unheard)).toMatchObject(kept);
    expect(pushesOf(host, unheard)).toEqual([]);
  });

  it('does not take our signed result elsewhere by a redirect', async () => {
    const [owner, host, elsewhere] = [newOwner(), await newHost(), await newHost()];
    await office.endpointAt(host, owner);
    host.answerNext({ status: 307, headers: { location: elsewhere.url } });
    const transaction = await office.tell(owner);
    await inState(transaction, 'delivered');
    expect(await office.attemptsOf(transaction)).toMatchObject([{ status: 307, error_class: 'redirect' }, { status: 200 }]);
    expect(elsewhere.received).toEqual([]);
  });

  it('that hangs with a backlog holds up nobody else', async () => {
    const [owner, slow, quick] = [newOwner(), await newHost(), await newHost()];
    await office.endpointAt(slow, owner);
    // It has answered well before, so it has all the places that a receiver may have.
    await inState(await office.tell(owner), 'delivered');
    slow.answerAlways('hang');
    const backlog = await Promise.all(Array.from({ length: 40 }, () => office.tell(owner)));
    await eventually(() => expect(slow.received).toHaveLength(5), SOON_MS);
    await eventually(async () => expect(await pendingOf(owner)).toBe(backlog.length), SOON_MS);
    const other = newOwner();
    await office.endpointAt(quick, other);
    const told = Date.now();
    await Promise.all(Array.from({ length: 20 }, () => office.tell(other)));
    await eventually(() => expect(quick.received).toHaveLength(20), SOON_MS);
    expect(quick.received.at(-1)!.receivedAt.getTime() - told).toBeLessThan(1_000);
    // All hang for longer than this took, so no more than the bound of one lane can have been posted.
    expect(slow.received).toHaveLength(5);
    expect(await pendingOf(owner)).toBe(backlog.length);
    slow.answerAlways({ status: 200 });
  });
});

describe('a delivery that cannot be made', () => {
  it('because its secret does not open stops no other, and heals when the endpoint is registered again', async () => {
    const [owner, host, healthy] = [newOwner(), await newHost(), await newHost()];
    const endpoint = await office.endpointAt(host, owner);
    await office.endpointAt(healthy, owner);
    await office.sql.query(`update endpoints set signing_secret = 'v1.lost.AAAA' where endpoint_id = $1`, [endpoint.endpointId]);
    const transaction = await office.tell(owner);
    await eventually(
      async () => expect((await office.attemptsOf(transaction)).map((each) => each.error_class)).toContain('secret-unreadable'),
      SOON_MS,
    );
    await eventually(() => expect(pushesOf(healthy, transaction)).toHaveLength(1), SOON_MS);
    expect(pushesOf(host, transaction)).toEqual([]);
    await office.register(endpoint);
    await eventually(() => expect(pushesOf(host, transaction)).toHaveLength(1), SOON_MS);
  });

  it('because its URL is refused by rule is parked at once, with the reason', async () => {
    const transaction = await office.tell(newOwner(), { callBackUrl: 'http://10.0.0.1:3000/hook' });
    expect(await inState(transaction, 'parked')).toMatchObject({ last_error: 'url-refused', attempts: 1 });
  });
});

describe('the callback of a transaction', () => {
  it('is a delivery of its own, signed with the secret of the newest endpoint of its owner', async () => {
    const [owner, host, callback] = [newOwner(), await newHost(), await newHost()];
    const older = await office.endpointAt(host, owner);
    const newest = await office.endpointAt(host, owner);
    const transaction = await office.tell(owner, { callBackUrl: callback.url });
    const [push] = await eventually(() => {
      const pushes = pushesOf(callback, transaction);
      expect(pushes).toHaveLength(1);
      return pushes;
    }, SOON_MS);
    expect([isAuthentic(push!, newest), isAuthentic(push!, older)]).toEqual([true, false]);
    expect(new Set((await office.deliveriesOf(transaction)).map((each) => each.delivery_id)).size).toBe(3);
  });

  it('is never sent unsigned: it waits for a secret', async () => {
    const [owner, host, callback] = [newOwner(), await newHost(), await newHost()];
    const transaction = await office.tell(owner, { callBackUrl: callback.url });
    await eventually(
      async () => expect((await office.attemptsOf(transaction))[0]).toMatchObject({ error_class: 'no-signing-secret' }),
      SOON_MS,
    );
    expect(callback.received).toEqual([]);
    const endpoint = await office.endpointAt(host, owner);
    await inState(transaction, 'delivered');
    expect(pushesOf(callback, transaction).map((push) => isAuthentic(push, endpoint))).toEqual([true]);
  });
});
