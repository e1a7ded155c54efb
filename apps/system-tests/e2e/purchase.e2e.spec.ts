import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signRequest, verifyPush, verifyWebhook, type PushFields } from '@tillbridge/protocol';
import { eventually } from '@tillbridge/testkit';
import { send, sendOk } from '../src/http.js';
import { brokenPromises, payThrough } from '../src/payday.js';
import { seeded } from '../src/random.js';
import type { Till } from '../src/till.js';
import { World } from '../src/world.js';

const MINUTE_MS = 60_000;
const SOON_MS = 20_000;

describe('a purchase, with two replicas of every service', () => {
  let world: World;
  let till: Till;

  beforeAll(async () => {
    world = await World.open({ replicas: 2, tills: 6, thinkTimeMs: 20 });
    till = world.tills[0]!;
  }, 2 * MINUTE_MS);

  afterAll(() => world.close(), MINUTE_MS);

  const giveUpAt = (): number => performance.now() + SOON_MS;

  it('goes from the till to the card and back, and to the host, signed in both styles', async () => {
    const payment = await till.pay('first', 1_000, giveUpAt());
    expect(payment.transResult).toBe(0);
    const push = await eventually(() => {
      const found = world.host.received.find((each) => each.body.includes('"first"'));
      if (found === undefined) throw new Error('not pushed yet');
      return found;
    }, SOON_MS);
    const body = JSON.parse(push.body) as PushFields;
    expect(body).toMatchObject({
      tradeNo: 'first',
      transResult: 0,
      mid: world.caller.merchantId,
      transIndexCode: payment.transIndexCode,
      amount: '1000',
    });
    expect(verifyPush(body, world.caller.clientId, world.caller.clientSecret)).toBe(true);
    const headers = push.headers as Record<string, string>;
    expect(verifyWebhook(headers, push.body, [world.caller.clientSecret], Math.floor(push.receivedAt.getTime() / 1000))).toBe(true);
  });

  it("takes what the vendor's demo client sends", async () => {
    const { clientId, merchantId } = till.identity;
    const body =
      `{"clientId":"${clientId}","merchantId":"${merchantId}","posId":"${till.posId}","terminalId":"00000000","tradeNo":"demo\\/1",` +
      '"transType":"Purchase","transScheme":"Credit","callerName":"演示商户","transAmount":"1000","currencyCode":"840","reqTransDate":"20240812",' +
      '"reqTransTime":"034700","oriTransIndexCode":"","oriTraceNum":"","oriInvoiceNum":"","oriTransId":"","oriRrn":""}';
    const answer = await till.call('internetTrans', body, {
      'content-type': 'application/json; charset=utf-8',
      'user-agent': 'okhttp/4.9.0',
    });
    expect(answer.body).toMatchObject({ code: 200, msg: 'success' });
    expect(['undefined', 'string']).toContain(typeof answer.body['data']);
    const result = await eventually(async () => {
      const { body: found } = await till.call('getCashierAgentResult', { clientId, merchantId, tradeNo: 'demo/1' });
      const data = found['data'] as Record<string, unknown>;
      expect(data['transResult']).toBe(0);
      return data;
    }, SOON_MS);
    expect(Object.keys(result).sort()).toEqual(
      expect.arrayContaining(['cardNo', 'checkoutId', 'rrn', 'state', 'traceNum', 'transId', 'transIndexCode']),
    );
    expect(result['cardNo']).toMatch(/^\d{6}\*+\d{4}$/);
  });

  it('refuses a body of which one byte was changed', async () => {
    const text = JSON.stringify(till.purchase('changed', 1_000));
    const spoilt = text.replace('1000', '9000');
    const sign = signRequest(text, world.caller.clientId, world.caller.clientSecret);
    const answer = await till.call('internetTrans', spoilt, { sign });
    expect(answer).toMatchObject({ status: 200, body: { code: 40102, advice: { moneyMoved: 'no' } } });
    const query = await till.call('getCashierAgentResult', { ...till.identity, tradeNo: 'changed' });
    expect(query.body).toMatchObject({ code: 40402 });
  });

  it('gives a repeated request the first answer, and refuses another one under its number', async () => {
    await till.pay('once', 1_000, giveUpAt());
    const again = await till.call('internetTrans', till.purchase('once', 1_000));
    expect(again.body).toMatchObject({ code: 200 });
    expect(again.headers.get('x-idempotent-replay')).toBe('true');
    const other = await till.call('internetTrans', till.purchase('once', 2_000));
    expect(other.body).toMatchObject({ code: 40901, advice: { moneyMoved: 'unknown', safeToRetry: false } });
  });

  it('starts one payment for 50 equal requests at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => till.call('internetTrans', till.purchase('fifty', 1_000))));
    expect(new Set(answers.map((answer) => answer.body['code']))).toEqual(new Set([200]));
    expect(answers.filter((answer) => answer.headers.get('x-idempotent-replay') !== 'true')).toHaveLength(1);
    const payment = await till.pay('fifty', 1_000, giveUpAt());
    expect((await world.ledger()).get(payment.transIndexCode)).toMatchObject({ executions: 1, approved: true });
  });

  it('declines what the card declines', async () => {
    const payment = await till.pay('declined', 9_001, giveUpAt());
    expect(payment.transResult).toBe(1);
  });

  it('lists the bound tills, always as an array', async () => {
    const answer = await till.call('queryTerminalList', till.identity);
    expect(answer.body['data']).toEqual(
      expect.arrayContaining([{ terminalId: '00000000', terminalSn: till.terminalSn, bindPosId: till.posId }]),
    );
  });

  it('answers an unbound till, a wrong token and an unknown path in the dialect', async () => {
    const unbound = await till.call('internetTrans', { ...till.purchase('nowhere', 1_000), posId: 'NOBODY' });
    expect(unbound.body).toMatchObject({ code: 40401, advice: { moneyMoved: 'no' } });
    const stranger = await till.call('internetTrans', till.purchase('stranger', 1_000), { 'jwt-token': 'X'.repeat(32) });
    expect(stranger.body).toMatchObject({ code: 40101 });
    const nothing = await till.call('noSuchOperation', {});
    expect(nothing).toMatchObject({ status: 404, body: { msg: expect.any(String) } });
  });

  it('tells the timeline of a payment', async () => {
    await till.pay('timed', 1_000, giveUpAt());
    const [gateway] = world.fleet.gatewayUrls;
    const url = `${gateway ?? ''}/admin/v1/transactions/${world.caller.clientId}/timed/timeline`;
    const timeline = await eventually(async () => {
      const found = (await sendOk('GET', url, undefined, world.caller.adminHeaders)) as { hops: { at: string; what: string }[] };
      expect(found.hops.at(-1)?.what).toBe('transaction-approved');
      return found;
    }, SOON_MS);
    expect(timeline.hops[0]?.what).toBe('transaction-requested');
    expect((await send('GET', url, undefined)).status).toBe(401);
  });

  it(
    'works on with both replicas beside each other',
    async () => {
      const payday = await payThrough(world, { payments: 60, disturbances: [], patienceMs: MINUTE_MS, random: seeded(1) });
      const sold = { ...payday, tradeNos: payday.tradeNos };
      const broken = await brokenPromises(world, sold);
      // The other tests of this file charged the cards as well.
      expect(broken.filter((each) => !/charges for 60 payments/.test(each))).toEqual([]);
    },
    2 * MINUTE_MS,
  );
});
