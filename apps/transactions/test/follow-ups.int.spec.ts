import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { InstructionV1, OriginalV1 } from '@tillbridge/contracts';
import { newId } from '@tillbridge/kernel';
import { TestShop, type Till } from './test-shop.js';

let shop: TestShop;
beforeAll(async () => {
  shop = await TestShop.start(2);
}, 60_000);
afterAll(() => shop.stop(), 30_000);

const usd = (amountMinor: number) => ({ amount: { amountMinor, currency: '840' } });
const sale: InstructionV1 = { transType: 'Purchase', ...usd(1_000) };
const following = (transType: string, original: OriginalV1, amountMinor?: number): InstructionV1 => ({
  transType,
  original,
  ...(amountMinor === undefined ? {} : usd(amountMinor)),
});
const nameOf = async (till: Till, instruction: InstructionV1): Promise<string> => {
  const outcome = await shop.ask(till, instruction);
  return outcome.outcome === 'refused' ? outcome.refusal.name : outcome.outcome;
};

describe('the original of a follow-up', () => {
  it.each(['transIndexCode', 'transId', 'rrn', 'invoiceNum', 'traceNum'] as const)('is found by its %s alone', async (identifier) => {
    const till = await shop.newTill();
    const numbers = { transId: newId(), rrn: newId(), invoiceNum: newId(), traceNum: newId() };
    const { transactionId, transIndexCode } = await shop.approved(till, sale, numbers);
    const known = { transIndexCode, ...numbers };
    const refund = await shop.accepted(till, following('Refund', { [identifier]: known[identifier] }, 100));
    const [requested] = await shop.toldOf(refund.transactionId);
    expect(requested).toMatchObject({ payload: { originalTransactionId: transactionId, instruction: { original: known } } });
  });

  it('is not found when identifiers disagree, when it is another merchant, or when nothing is like it', async () => {
    const [till, other] = [await shop.newTill(), await shop.newTill()];
    const [first, second] = [
      { rrn: newId(), traceNum: '1' },
      { rrn: newId(), traceNum: '2' },
    ];
    await shop.approved(till, sale, first);
    await shop.approved(till, sale, second);
    expect(await nameOf(till, following('Refund', { rrn: first.rrn, traceNum: '2' }, 1))).toBe('original-not-found');
    expect(await nameOf(other, following('Refund', { rrn: first.rrn }, 1))).toBe('original-not-found');
    expect(await nameOf(till, following('Refund', { rrn: 'none' }, 1))).toBe('original-not-found');
    expect(await nameOf(till, following('Refund', first, 1))).toBe('done');
  });

  it('is not guessed when trace numbers repeat, and found when another identifier tells them apart', async () => {
    const till = await shop.newTill();
    const [first, second] = [newId(), newId()];
    await shop.approved(till, sale, { traceNum: '000001', rrn: first });
    await shop.approved(till, sale, { traceNum: '000001', rrn: second });
    expect(await shop.ask(till, following('Refund', { traceNum: '000001' }, 1))).toMatchObject({
      outcome: 'refused',
      refusal: { name: 'original-not-found', detail: expect.stringContaining('several transactions') as unknown },
    });
    expect(await nameOf(till, following('Refund', { traceNum: '000001', rrn: second }, 1))).toBe('done');
  });

  it('has to be finished and approved', async () => {
    const [till, elsewhere] = [await shop.newTill('m-finished'), await shop.newTill('m-finished')];
    const { transactionId, transIndexCode } = await shop.accepted(till, sale);
    const refund = following('Refund', { transIndexCode }, 100);
    expect(await nameOf(elsewhere, refund)).toBe('original-forbids');
    await shop.weigh(transactionId, { kind: 'deadline' });
    expect(await nameOf(elsewhere, refund)).toBe('original-forbids');
    await shop.weigh(transactionId, { kind: 'approved', result: { approved: true } });
    expect(await nameOf(elsewhere, refund)).toBe('done');
  });
});

describe('the limits of an original', () => {
  it('hold when many tills of one merchant ask at the same moment, at two replicas', async () => {
    const merchantId = newId();
    const tills = await Promise.all(Array.from({ length: 20 }, () => shop.newTill(merchantId)));
    const { transactionId, transIndexCode } = await shop.approved(tills[0]!, sale, { rrn: merchantId });
    const names = await Promise.all(
      tills.map((till, index) => nameOf(till, following('Refund', index % 2 === 0 ? { transIndexCode } : { rrn: merchantId }, 300))),
    );
    expect(names.filter((name) => name === 'done')).toHaveLength(3);
    expect(names.filter((name) => name === 'original-forbids')).toHaveLength(17);
    const rows = await shop.sql.query('select 1 from transactions where original_transaction_id = $1', [transactionId]);
    expect(rows).toHaveLength(3);
  });

  it('let a hold be completed once, for as much as is held, and never voided after', async () => {
    const till = await shop.newTill();
    const { transIndexCode } = await shop.approved(till, { transType: 'PreAuth', ...usd(1_000) });
    const by = { transIndexCode };
    await shop.approved(till, following('IncrementalAuth', by, 500));
    expect(await nameOf(till, following('AuthCompletion', by, 1_501))).toBe('original-forbids');
    const completion = await shop.approved(till, following('AuthCompletion', by, 1_500));
    for (const again of ['AuthCompletion', 'IncrementalAuth', 'AuthVoid'])
      expect([again, await nameOf(till, following(again, by, 1))]).toEqual([again, 'original-forbids']);
    expect(await nameOf(till, following('Refund', { transIndexCode: completion.transIndexCode }, 1_500))).toBe('done');
  });

  it('end a void with the settlement of its terminal, and a refund does not mind', async () => {
    const till = await shop.newTill();
    const { transIndexCode } = await shop.approved(till, sale);
    await shop.approved(till, { transType: 'Settle' });
    expect(await nameOf(till, following('Reversal', { transIndexCode }))).toBe('original-forbids');
    expect(await nameOf(till, following('TipAdjust', { transIndexCode }, 1_100))).toBe('original-forbids');
    expect(await nameOf(till, following('Refund', { transIndexCode }, 1_000))).toBe('done');
  });

  it.each([
    ['Refund', 400, 'partly-refunded'],
    ['Refund', 1_000, 'refunded'],
    ['Reversal', undefined, 'voided'],
    ['Reversal', 400, 'partly-voided'],
  ] as const)('a %s of %s shows as %s', async (transType, amountMinor, aftermath) => {
    const till = await shop.newTill();
    const tradeNo = newId();
    const { transactionId, transIndexCode } = await shop.accepted(till, sale, { tradeNo });
    await shop.weigh(transactionId, { kind: 'approved', result: { approved: true } });
    expect(await shop.find(till, tradeNo)).not.toHaveProperty('aftermath');
    const { transactionId: followUp } = await shop.accepted(till, following(transType, { transIndexCode }, amountMinor));
    expect(await shop.find(till, tradeNo)).not.toHaveProperty('aftermath');
    await shop.weigh(followUp, { kind: 'approved', result: { approved: true } });
    expect(await shop.find(till, tradeNo)).toMatchObject({ aftermath });
  });
});
