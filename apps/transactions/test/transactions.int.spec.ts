import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { done, findOpenTransaction, findTimeline, terminalBound } from '@tillbridge/contracts';
import { newId } from '@tillbridge/kernel';
import { newCause } from '@tillbridge/messaging';
import { eventually } from '@tillbridge/testkit';
import { TillStore } from '../src/store/till-store.js';
import { TestOwner } from './test-owner.js';

const SOON_MS = 15_000;

describe('transactions', () => {
  let owner: TestOwner;

  beforeAll(async () => {
    owner = await TestOwner.start();
  }, 60_000);

  afterAll(() => owner.stop(), 30_000);

  const newRequest = async () => owner.requestAt(await owner.newTill());
  const accepted = async () => {
    const request = await newRequest();
    return { request, ...(await owner.accepted(request)) };
  };
  const rows = ({ clientId, tradeNo }: { clientId: string; tradeNo: string }): Promise<{ n: number }[]> =>
    owner.sql('select count(*)::int as n from transactions where client_id = $1 and trade_no = $2', [clientId, tradeNo]);

  it('accepts a trade number once, from 50 requests at the same time at two replicas', async () => {
    const request = await newRequest();
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => owner.initiate(request)));
    const ids = outcomes.map((outcome) => (outcome.outcome === 'done' ? outcome.value.transactionId : JSON.stringify(outcome)));
    expect(new Set(ids).size).toBe(1);
    expect(outcomes.filter((outcome) => outcome.outcome === 'done' && outcome.replayed !== true)).toHaveLength(1);
    expect(await rows(request)).toEqual([{ n: 1 }]);
  });

  it('refuses another request under a used number, and leaves nothing behind', async () => {
    const { request } = await accepted();
    const otherTill = await newRequest();
    const reused = { ...otherTill, tradeNo: request.tradeNo, requestHash: 'f'.repeat(64) };
    expect(await owner.initiate(reused)).toMatchObject({ outcome: 'refused', refusal: { name: 'trade-no-reused' } });
    expect(await rows(request)).toEqual([{ n: 1 }]);
  });

  it('lets one open transaction at a terminal, whatever 50 tills do at the same time, and keeps nothing of what it refuses', async () => {
    const first = await owner.newTill();
    const tills = [first, ...(await Promise.all(Array.from({ length: 49 }, () => owner.newTill('m', first.terminalUid))))];
    const requests = tills.map((till) => owner.requestAt(till));
    const outcomes = await Promise.all(requests.map((request) => owner.initiate(request)));
    const names = outcomes.map((outcome) => (outcome.outcome === 'refused' ? outcome.refusal.name : outcome.outcome));
    expect(names.filter((name) => name === 'done')).toHaveLength(1);
    expect(names.filter((name) => name === 'terminal-busy')).toHaveLength(49);
    const kept = await owner.sql<{ trade_no: string }>('select trade_no from transactions where terminal_uid = $1', [first.terminalUid]);
    expect(kept.map((row) => row.trade_no)).toEqual(requests.flatMap(({ tradeNo }, index) => (names[index] === 'done' ? [tradeNo] : [])));
  });

  it('says at once that a terminal is away, and takes the request again once it is back', async () => {
    const till = await owner.newTill();
    const request = owner.requestAt(till);
    await owner.connect(till.terminalUid, false);
    expect(await owner.initiate(request)).toMatchObject({ outcome: 'refused', refusal: { name: 'terminal-offline' } });
    expect(await rows(request)).toEqual([{ n: 0 }]);
    await owner.connect(till.terminalUid, true);
    expect(await owner.initiate(request)).toMatchObject({ outcome: 'done' });
  });

  it('believes the newer of two connections, in whatever order they are told', async () => {
    const till = await owner.newTill();
    await owner.connect(till.terminalUid, false, 100_002);
    await owner.connect(till.terminalUid, true, 100_001);
    expect(await owner.initiate(owner.requestAt(till))).toMatchObject({ refusal: { name: 'terminal-offline' } });
  });

  it('gives a terminal as long as its merchant wants', async () => {
    await owner.merchant('patient', { deadlineSeconds: 600 });
    const { tradeNo } = await owner.accepted(owner.requestAt(await owner.newTill('patient')));
    const found = await owner.find(tradeNo, 'patient');
    if (found.outcome !== 'done') throw new Error(found.outcome);
    const { acceptedAt, deadlineAt } = found.value.transaction;
    expect(Date.parse(deadlineAt) - Date.parse(acceptedAt)).toBe(600_000);
  });

  it('refuses an unbound till without a trace', async () => {
    const request = { ...(await newRequest()), posId: newId() };
    expect(await owner.initiate(request)).toMatchObject({ outcome: 'refused', refusal: { name: 'till-not-bound' } });
    expect(await rows(request)).toEqual([{ n: 0 }]);
  });

  it('tells every change with its version, and shows it in the timeline', async () => {
    const { request, transactionId } = await accepted();
    await owner.weigh(transactionId, { kind: 'dispatched' });
    await owner.weigh(transactionId, { kind: 'acknowledged' });
    await owner.weigh(transactionId, { kind: 'acknowledged' });
    await owner.weigh(transactionId, { kind: 'progressed', stage: 'card-presented' });
    await owner.weigh(transactionId, { kind: 'approved', result: { approved: true, respCode: '00' } });
    const found = await owner.find(request.tradeNo);
    expect(found).toMatchObject({ outcome: 'done', value: { transaction: { state: 'approved', version: 5, result: { respCode: '00' } } } });
    const timeline = await owner.edge.query(findTimeline, { clientId: 'c', tradeNo: request.tradeNo }, newCause());
    const hops = timeline.outcome === 'done' ? timeline.value.hops.map((hop) => hop.what) : [];
    expect(timeline).toMatchObject({ value: { transactionId, traceId: expect.stringMatching(/^[0-9a-f]{32}$/) } });
    expect(hops).toEqual([
      'transaction-requested',
      'transaction-dispatched',
      'transaction-acknowledged',
      'transaction-in-progress',
      'transaction-approved',
    ]);
  });

  it('says whether a transaction is open on a till', async () => {
    const { request, transactionId } = await accepted();
    const { clientId, merchantId, posId, tradeNo } = request;
    const openOn = (till: { clientId: string; merchantId: string; posId: string }) =>
      owner.edge.query(findOpenTransaction, till, newCause());
    expect(await openOn({ clientId, merchantId, posId })).toEqual(done({ tradeNo }));
    expect(await openOn({ clientId, merchantId: 'another', posId })).toEqual(done({}));
    await owner.weigh(transactionId, { kind: 'approved', result: { approved: true, respCode: '00' } });
    expect(await openOn({ clientId, merchantId, posId })).toEqual(done({}));
  });

  it('never lets two proofs disagree in silence', async () => {
    const { transactionId } = await accepted();
    await owner.weigh(transactionId, { kind: 'declined', result: { approved: false } });
    await expect(owner.weigh(transactionId, { kind: 'approved', result: { approved: true } })).rejects.toThrow(
      'there is evidence that it is approved',
    );
  });

  it('calls a transaction unknown when its deadline passes without proof, and believes a later proof', async () => {
    const { request, transactionId } = await accepted();
    await owner.weigh(transactionId, { kind: 'dispatched' });
    await owner.age(transactionId, '10 minutes');
    const find = () => owner.find(request.tradeNo);
    await eventually(async () => expect(await find()).toMatchObject({ value: { transaction: { state: 'unknown' } } }), SOON_MS);
    await owner.weigh(transactionId, { kind: 'approved', result: { approved: true } });
    expect(await find()).toMatchObject({ value: { transaction: { state: 'approved' } } });
  });

  it("gives another merchant's transaction the answer of one that does not exist", async () => {
    const { request } = await accepted();
    const foreign = await owner.find(request.tradeNo, 'other');
    const missing = await owner.find('none', 'other');
    expect(foreign).toEqual(missing);
    expect(foreign).toMatchObject({ outcome: 'refused', refusal: { name: 'transaction-not-found' } });
  });

  it('applies bindings in any order: the newer one wins', async () => {
    const binding = { ...terminalBound.sample, clientId: 'c', merchantId: 'm', posId: newId(), tillUid: newId(), terminalUid: newId() };
    const newer = { ...binding, version: 2, terminalUid: newId() };
    const put = (fact: typeof binding) => owner.perform(fact.tillUid, (tx) => owner.app.get(TillStore).put(tx, fact, true));
    await put(newer);
    await put(binding);
    const [till] = await owner.sql<{ terminal_uid: string }>('select * from tills where till_uid = $1', [binding.tillUid]);
    expect(till?.terminal_uid).toBe(newer.terminalUid);
  });
});
