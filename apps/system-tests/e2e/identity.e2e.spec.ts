import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signRequest } from '@tillbridge/protocol';
import { eventually } from '@tillbridge/testkit';
import { send, type HttpAnswer } from '../src/http.js';
import { Till, type Caller } from '../src/till.js';
import { World } from '../src/world.js';

const MINUTE_MS = 60_000;
const SOON_MS = 20_000;
/** The promise is two seconds; the memory of the gateways lasts thirty. In between nothing but the news of the change can have done it. */
const NEWS_WITHIN_MS = 10_000;

/** Everything that can be the same is the same for all: till, trade number and TID. */
const POS_ID = 'TILL1';
const TRADE_NO = 'trade-1';
const TID = '00000000';

type Tenant = {
  readonly name: string;
  readonly caller: Caller;
  readonly till: Till;
  readonly terminalSn: string;
  readonly tokenUid: string;
};

let world: World;
const tenants: Tenant[] = [];

beforeAll(async () => {
  world = await World.open({ replicas: 2, tills: 1, thinkTimeMs: 20 });
  for (const developer of ['A', 'B']) {
    const { clientId, clientSecret } = (await world.admin('POST', 'developers', { name: developer })) as Record<string, string>;
    for (const merchant of ['1', '2']) tenants.push(await open(`${developer}${merchant}`, clientId!, clientSecret!));
  }
}, 2 * MINUTE_MS);

afterAll(() => world.close(), MINUTE_MS);

async function open(name: string, clientId: string, clientSecret: string): Promise<Tenant> {
  const merchantId = `M-${name}`;
  const terminalSn = `SN-${name}`;
  await world.admin('POST', 'merchants', { clientId, merchantId, name, currencyCode: '840' });
  const { token, tokenUid } = (await world.admin('POST', 'merchant-tokens', { clientId, merchantId, channel: 'Terminal' })) as Record<
    string,
    string
  >;
  const { key } = await world.admin('POST', 'terminals', { clientId, merchantId, terminalSn, terminalId: TID });
  await send('POST', `${world.fleet.simulatorUrl}/terminals`, { terminalSn, key, thinkTimeMs: 20 });
  const caller = { clientId, clientSecret, merchantId, token: token!, adminHeaders: {} };
  const till = new Till(caller, world.fleet.gatewayUrls, POS_ID, terminalSn);
  await till.register();
  await eventually(
    async () => expect(await world.terminals()).toContainEqual(expect.objectContaining({ terminalSn, connected: true })),
    SOON_MS,
  );
  return { name, caller, till, terminalSn, tokenUid: tokenUid! };
}

/** What an answer says, without the moment at which it was said. */
const told = ({ status, body }: HttpAnswer): object => ({ status, ...body, timestamp: undefined });

const pairs = (): [Tenant, Tenant][] =>
  tenants.flatMap((mine) => tenants.filter((each) => each !== mine).map((each): [Tenant, Tenant] => [mine, each]));

describe('tenants are apart', () => {
  it('each pays under the same names, at its own terminal', async () => {
    // A trade number is the developer's, so its second merchant has to use another one.
    const payments = await Promise.all(
      tenants.map(({ till, name }) => till.pay(name.endsWith('1') ? TRADE_NO : `${TRADE_NO}-2`, 1_000, performance.now() + SOON_MS)),
    );
    expect(payments.map(({ transResult }) => transResult)).toEqual([0, 0, 0, 0]);
    expect(new Set(payments.map(({ transIndexCode }) => transIndexCode)).size).toBe(4);
  });

  it('each sees its own bindings and nothing else', async () => {
    for (const { till, terminalSn } of tenants) {
      const { body } = await till.call('queryTerminalList', till.identity);
      expect(body['data']).toEqual([{ terminalId: TID, terminalSn, bindPosId: POS_ID }]);
    }
  });

  it("another's token, secret, merchant and trade number open nothing, and answer like what does not exist", async () => {
    for (const [mine, other] of pairs()) {
      const { till, caller } = mine;
      const ask = (operation: string, more: object): Promise<HttpAnswer> =>
        till.call(operation, { ...till.identity, posId: POS_ID, ...more });
      for (const [operation, more] of [
        ['queryTerminalList', {}],
        ['unbindTerminal', {}],
        ['registerTerminal', { terminalSn: other.terminalSn, terminalId: TID }],
        ['internetTrans', { tradeNo: 'stolen', transType: 'Purchase', transAmount: 1 }],
        ['getCashierAgentResult', { tradeNo: TRADE_NO }],
      ] as const) {
        const foreign = await ask(operation, { ...more, merchantId: other.caller.merchantId });
        const unknown = await ask(operation, { ...more, merchantId: 'M-nobody' });
        expect([operation, told(foreign)]).toEqual([operation, told(unknown)]);
        expect(foreign.body['code']).toBe(40301);
      }
      if (caller.clientId === other.caller.clientId) continue;
      const asOther = await till.call('queryTerminalList', { ...other.till.identity });
      expect(asOther.body['code']).toBe(40103);
      const text = JSON.stringify(other.till.identity);
      const forged = await other.till.call('queryTerminalList', text, { sign: signRequest(text, caller.clientId, caller.clientSecret) });
      expect(forged.body['code']).toBe(40102);
    }
  });

  it("a merchant does not find another merchant's payment under the same developer", async () => {
    const [first, second] = tenants as [Tenant, Tenant];
    const foreign = await second.till.call('getCashierAgentResult', { ...second.till.identity, tradeNo: TRADE_NO });
    const unknown = await second.till.call('getCashierAgentResult', { ...second.till.identity, tradeNo: 'never-used' });
    expect(foreign.body['code']).toBe(40402);
    expect(told(foreign)).toEqual(told(unknown));
    expect((await first.till.call('getCashierAgentResult', { ...first.till.identity, tradeNo: TRADE_NO })).body['code']).toBe(200);
  });

  it("unbinding a till leaves another's of the same name where it is", async () => {
    const [mine, ...others] = tenants as [Tenant, ...Tenant[]];
    expect((await mine.till.call('unbindTerminal', { ...mine.till.identity, posId: POS_ID, terminalId: TID })).body['code']).toBe(200);
    expect((await mine.till.call('queryTerminalList', mine.till.identity)).body['data']).toEqual([]);
    for (const { till } of others) expect((await till.call('queryTerminalList', till.identity)).body['data']).toHaveLength(1);
    await eventually(async () => {
      const refusal = await mine.till.call('internetTrans', mine.till.purchase('unbound', 1_000));
      expect(refusal.body).toMatchObject({ code: 40401, advice: { moneyMoved: 'no' } });
    }, SOON_MS);
    await mine.till.register();
  });
});

describe('what an operator takes back ends at both gateways at once', () => {
  /** The code with which each gateway answers a call that was fine before. */
  const codes = ({ caller, till }: Tenant, clientSecret = caller.clientSecret): Promise<number[]> =>
    Promise.all(
      world.fleet.gatewayUrls.map(async (gateway) => {
        const text = JSON.stringify(till.identity);
        const headers = { 'jwt-token': caller.token, sign: signRequest(text, caller.clientId, clientSecret) };
        return Number((await send('POST', `${gateway}/ovstrade/semiOpen/v3/queryTerminalList`, text, headers)).body['code']);
      }),
    );

  const become = (tenant: Tenant, code: number, clientSecret?: string): Promise<void> =>
    eventually(async () => expect(await codes(tenant, clientSecret)).toEqual([code, code]), NEWS_WITHIN_MS);

  it('a merchant that is suspended, and opens again', async () => {
    const tenant = tenants[3]!;
    const { clientId, merchantId } = tenant.caller;
    expect(await codes(tenant)).toEqual([200, 200]);
    await world.admin('PATCH', `merchants/${clientId}/${merchantId}`, { standing: 'suspended' });
    await become(tenant, 40301);
    await world.admin('PATCH', `merchants/${clientId}/${merchantId}`, { standing: 'active' });
    await become(tenant, 200);
  });

  it('a secret that was rotated: both work for a while, then only the new one', async () => {
    const tenant = tenants[2]!;
    const { clientId, clientSecret } = tenant.caller;
    expect(await codes(tenant)).toEqual([200, 200]);
    const added = (await world.admin('POST', `developers/${clientId}/secrets`)) as Record<string, string>;
    await become(tenant, 200, added['clientSecret']);
    expect(await codes(tenant, clientSecret)).toEqual([200, 200]);
    const { secrets } = (await world.admin('GET', `developers/${clientId}`)) as { secrets: { secretUid: string }[] };
    const old = secrets.find(({ secretUid }) => secretUid !== added['secretUid'])!;
    await world.admin('DELETE', `developers/${clientId}/secrets/${old.secretUid}`);
    await become(tenant, 40102, clientSecret);
    expect(await codes(tenant, added['clientSecret'])).toEqual([200, 200]);
  });

  it('a token that was revoked', async () => {
    const tenant = tenants[1]!;
    expect(await codes(tenant)).toEqual([200, 200]);
    await world.admin('DELETE', `merchant-tokens/${tenant.tokenUid}`);
    await become(tenant, 40101);
  });

  it('a developer that is suspended', async () => {
    const tenant = tenants[0]!;
    expect(await codes(tenant)).toEqual([200, 200]);
    await world.admin('PATCH', `developers/${tenant.caller.clientId}`, { standing: 'suspended' });
    await become(tenant, 40101);
  });
});
