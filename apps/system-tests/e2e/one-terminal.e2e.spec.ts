import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sendOk } from '../src/http.js';
import { Till } from '../src/till.js';
import { World } from '../src/world.js';

const MINUTE_MS = 60_000;
const TILLS = 50;
const [SUCCESS, TERMINAL_BUSY, NOT_FOUND] = [200, 40902, 40402];

describe('50 tills on one terminal', () => {
  let world: World;
  let tills: readonly Till[];

  beforeAll(async () => {
    world = await World.open({ replicas: 2, tills: 1, thinkTimeMs: 20 });
    const [first] = world.tills;
    if (first === undefined) throw new RangeError('the world has a till');
    tills = Array.from(
      { length: TILLS },
      (_unused, index) => new Till(world.caller, world.fleet.gatewayUrls, `SHARED${String(index)}`, first.terminalSn),
    );
    await Promise.all(tills.map((till) => till.register()));
  }, 2 * MINUTE_MS);

  afterAll(() => world.close(), MINUTE_MS);

  it(
    'at the same moment: one has the terminal, the others are told that it is busy, and nothing is left of what they asked',
    async () => {
      const terminal = `${world.fleet.simulatorUrl}/terminals/${tills[0]!.terminalSn}`;
      // However long the burst takes, the payment that got through is not over before its end.
      await sendOk('POST', `${terminal}/script`, [{ outcome: 'hang' }]);
      const codes = await Promise.all(
        tills.map(
          async (till, index) => (await till.call('internetTrans', till.purchase(`burst-${String(index)}`, 1_000 + index))).body['code'],
        ),
      );
      const accepted = codes.flatMap((code, index) => (code === SUCCESS ? [`burst-${String(index)}`] : []));
      expect(accepted).toHaveLength(1);
      expect(codes.filter((code) => code === TERMINAL_BUSY)).toHaveLength(TILLS - 1);
      const kept = await world.look<{ trade_no: string }>(
        'transactions',
        `select trade_no from transactions where starts_with(trade_no, 'burst-')`,
      );
      expect(kept.map((row) => row.trade_no)).toEqual(accepted);
      const [refused] = tills.map((_till, index) => `burst-${String(index)}`).filter((tradeNo) => !accepted.includes(tradeNo));
      const query = await tills[0]!.call('getCashierAgentResult', { ...tills[0]!.identity, tradeNo: refused });
      expect(query.body).toMatchObject({ code: NOT_FOUND });
      await sendOk('POST', `${terminal}/power-cycle`, undefined);
    },
    MINUTE_MS,
  );

  it(
    'one after the other, in whatever order they get through: each gets its own result, and the card is charged once for each',
    async () => {
      const giveUpAt = performance.now() + MINUTE_MS;
      const payments = await Promise.all(tills.map((till, index) => till.pay(`queue-${String(index)}`, 2_000 + index, giveUpAt)));
      const ledger = await world.ledger();
      for (const [index, payment] of payments.entries()) {
        expect(payment).toMatchObject({ tradeNo: `queue-${String(index)}`, transResult: 0, amount: String(2_000 + index) });
        expect(ledger.get(payment.transIndexCode)).toMatchObject({ amountMinor: 2_000 + index, approved: true, executions: 1 });
      }
      expect(new Set(payments.map(({ transIndexCode }) => transIndexCode)).size).toBe(TILLS);
    },
    2 * MINUTE_MS,
  );
});
