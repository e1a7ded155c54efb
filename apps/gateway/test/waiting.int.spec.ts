import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  done,
  findTransaction,
  sampleResult,
  sampleTransaction,
  transactionApproved,
  transactionDeclined,
  type TransactionState,
  type TransactionV1,
} from '@tillbridge/contracts';
import { eventually } from '@tillbridge/testkit';
import { request } from 'undici';
import { ResultWatch } from '../src/waiting/result-watch.js';
import { MERCHANT_ID, startGateway, TestEdge } from './test-edge.js';

/** Calls that wait for their result, over HTTP: they are held for longer than a request may take to come in, and woken by facts at every replica. */

type Told = { code: number; data: Record<string, unknown> };
const limits = { headersTimeoutMs: 300, requestTimeoutMs: 500, timeoutCheckEveryMs: 50, keepAliveTimeoutMs: 300 };

let edge: TestEdge;
let other: Awaited<ReturnType<typeof startGateway>>;
let otherUrl: string;
beforeAll(async () => {
  edge = await TestEdge.start({ limits });
  other = await startGateway(edge.nats.url);
  otherUrl = await other.getUrl();
}, 30_000);
afterAll(async () => {
  await other.close();
  await edge.stop();
}, 30_000);
beforeEach(() => edge.reset());

const inState = (state: TransactionState, tradeNo: string): TransactionV1 =>
  sampleTransaction(state, 5, {
    ...{ clientId: edge.caller.clientId, merchantId: MERCHANT_ID, tradeNo },
    ...(state === 'approved' ? { result: sampleResult } : {}),
  });
const bodyFor = (tradeNo: string, wait: number | string): string =>
  JSON.stringify({ clientId: edge.caller.clientId, merchantId: MERCHANT_ID, tradeNo, wait });
const waitingHeaders = (text: string): Record<string, string> => ({
  ...edge.credentialsFor(text),
  'content-type': 'application/json',
});

async function wait(tradeNo: string, seconds: number | string, root = `${edge.url}/ovstrade/semiOpen/v3`): Promise<Told> {
  const body = bodyFor(tradeNo, seconds);
  const told = await request(`${root}/getCashierAgentResult`, { method: 'POST', headers: waitingHeaders(body), body });
  return (await told.body.json()) as Told;
}

const asked = (): unknown[] => edge.heardOf(findTransaction).map(({ payload }) => payload['tradeNo']);

describe('a call that waits', () => {
  it('is woken by its own fact alone, at every replica and in both versions', async () => {
    edge.answer(findTransaction, done({ transaction: inState('in-progress', 'any') }));
    const roots = [`${edge.url}/ovstrade/semiOpen/v3`, `${edge.url}/ovstrade/semiOpen`, `${otherUrl}/ovstrade/semiOpen/v3`];
    const answers = Promise.all(roots.map((root) => wait('w1', 50, root)));
    const others = Promise.all(roots.map((root) => wait('w2', '50', root)));
    await eventually(() => expect(asked()).toHaveLength(6), 5_000);
    edge.tell(transactionApproved, inState('approved', 'w1'));
    for (const told of await answers) expect(told).toMatchObject({ code: 200, data: { transResult: 0, state: 2, rrn: sampleResult.rrn } });
    expect(asked()).toHaveLength(6);
    edge.tell(transactionDeclined, inState('declined', 'w2'));
    for (const told of await others) expect(told).toMatchObject({ code: 200, data: { transResult: 1, state: 5 } });
  }, 20_000);

  it('may wait for longer than a request may take to come in, and is told in the end that nothing is known yet', async () => {
    edge.answer(findTransaction, done({ transaction: inState('unknown', 'w3') }));
    const begin = performance.now();
    expect(await wait('w3', 1)).toMatchObject({ code: 200, data: { transResult: 2, state: 1 } });
    expect(performance.now() - begin).toBeGreaterThan(limits.requestTimeoutMs);
    expect(asked()).toEqual(['w3', 'w3']);
  }, 10_000);

  it('is forgotten when it hangs up', async () => {
    edge.answer(findTransaction, done({ transaction: inState('in-progress', 'w4') }));
    const watch = other.get(ResultWatch);
    const hangUp = new AbortController();
    const body = bodyFor('w4', 50);
    const call = request(`${otherUrl}/ovstrade/semiOpen/v3/getCashierAgentResult`, {
      ...{ method: 'POST', headers: waitingHeaders(body), body, signal: hangUp.signal },
    });
    const failed = expect(call).rejects.toThrow();
    await eventually(() => expect([watch.waiting, asked()]).toEqual([1, ['w4']]), 5_000);
    hangUp.abort();
    await failed;
    await eventually(() => expect(watch.waiting).toBe(0), 5_000);
  }, 20_000);

  it.each([-1, 56, 1.5, 'long', [1]])('has to say how long with seconds that can be waited, not with %p', async (seconds) => {
    expect(await wait('w5', seconds as number)).toMatchObject({ code: 40001 });
  });
});

describe('when a replica', () => {
  it('ends, those who wait at it are answered at once', async () => {
    edge.answer(findTransaction, done({ transaction: inState('in-progress', 'w6') }));
    const ending = await startGateway(edge.nats.url);
    const answers = [1, 2, 3].map(async () => wait('w6', 50, `${await ending.getUrl()}/ovstrade/semiOpen/v3`));
    await eventually(() => expect(ending.get(ResultWatch).waiting).toBe(3), 5_000);
    await eventually(() => expect(asked()).toHaveLength(3), 5_000);
    await ending.close();
    for (const told of await Promise.all(answers)) expect(told).toMatchObject({ code: 200, data: { transResult: 2 } });
  }, 20_000);

  it('has lost NATS for a while, those who wait at it hear what was missed', async () => {
    edge.answer(findTransaction, done({ transaction: inState('in-progress', 'w7') }));
    const answer = wait('w7', 50);
    await eventually(() => expect(asked()).toEqual(['w7']), 5_000);
    edge.answer(findTransaction, done({ transaction: inState('approved', 'w7') }));
    await edge.nats.kill();
    await edge.nats.restart();
    expect(await answer).toMatchObject({ code: 200, data: { transResult: 0 } });
  }, 30_000);
});
