import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OriginalV1 } from '@tillbridge/contracts';
import { TestOwner, type TestTill } from './test-owner.js';

const usd = (amountMinor: number) => ({ amountMinor, currency: '840' });

describe('follow-ups', () => {
  let owner: TestOwner;

  beforeAll(async () => {
    owner = await TestOwner.start();
  }, 60_000);

  afterAll(() => owner.stop(), 30_000);

  const refund = (till: TestTill, amountMinor: number, original: OriginalV1) =>
    owner.initiate(owner.requestAt(till, { transType: 'Refund', amount: usd(amountMinor), original }));

  it('together never give back more than was charged, also at the same moment at many terminals and at two replicas', async () => {
    const { transIndexCode, transactionId } = await owner.approved(await owner.newTill());
    const tills = await Promise.all(Array.from({ length: 20 }, () => owner.newTill()));
    const outcomes = await Promise.all(tills.map((till) => refund(till, 300, { transIndexCode })));
    const names = outcomes.map((outcome) => (outcome.outcome === 'refused' ? outcome.refusal.name : outcome.outcome));
    expect(names.filter((name) => name === 'done')).toHaveLength(3);
    expect(names.filter((name) => name === 'original-forbids')).toHaveLength(17);
    const [row] = await owner.sql<{ sum: number }>(
      `select sum((instruction->'amount'->>'amountMinor')::int)::int as sum from transactions where original_id = $1`,
      [transactionId],
    );
    expect(row?.sum).toBe(900);
  });

  it('find their original by any of its identifiers, and several have to agree', async () => {
    const till = await owner.newTill('names');
    const made = await owner.approved(till);
    const rrn = made.tradeNo.slice(0, 12);
    const nameOf = async (original: OriginalV1): Promise<string> => {
      const outcome = await refund(await owner.newTill('names'), 1, original);
      return outcome.outcome === 'refused' ? outcome.refusal.name : outcome.outcome;
    };
    expect(await nameOf({ rrn })).toBe('done');
    expect(await nameOf({ transIndexCode: made.transIndexCode, rrn, traceNum: '000001' })).toBe('done');
    expect(await nameOf({ traceNum: '000001' })).toBe('done');
    expect(await nameOf({ transIndexCode: made.transIndexCode, rrn: 'another' })).toBe('original-not-found');
    expect(await nameOf({ rrn: 'another' })).toBe('original-not-found');
    expect(await nameOf({})).toBe('original-not-found');
    await owner.approved(await owner.newTill('names'));
    expect(await nameOf({ traceNum: '000001' })).toBe('original-not-found');
  });

  it("never find another merchant's transaction, and the answer is that of one that does not exist", async () => {
    const { transIndexCode } = await owner.approved(await owner.newTill());
    const stranger = await owner.newTill('stranger');
    expect(await refund(stranger, 1, { transIndexCode })).toEqual(await refund(stranger, 1, { transIndexCode: '100000000000000001' }));
  });

  it('show in their original what they have made of it', async () => {
    const till = await owner.newTill();
    const { tradeNo, transIndexCode } = await owner.approved(till);
    expect(await owner.find(tradeNo)).not.toMatchObject({ value: { aftermath: expect.anything() } });
    await owner.approved(till, { transType: 'Refund', amount: usd(400), original: { transIndexCode } });
    expect(await owner.find(tradeNo)).toMatchObject({ value: { aftermath: 'partly-refunded' } });
    await owner.approved(till, { transType: 'Refund', amount: usd(600), original: { transIndexCode } });
    expect(await owner.find(tradeNo)).toMatchObject({ value: { aftermath: 'refunded' } });
  });

  it('cannot void what was settled, but can give it back', async () => {
    const till = await owner.newTill();
    const { transIndexCode } = await owner.approved(till);
    const settle = await owner.accepted({ ...owner.requestAt(till), instruction: { transType: 'Settle' } });
    await owner.weigh(settle.transactionId, { kind: 'approved', result: { approved: true } });
    const reversal = { ...owner.requestAt(till), instruction: { transType: 'Reversal', original: { transIndexCode } } };
    expect(await owner.initiate(reversal)).toMatchObject({ refusal: { name: 'original-forbids' } });
    expect(await refund(till, 1_000, { transIndexCode })).toMatchObject({ outcome: 'done' });
  });
});
