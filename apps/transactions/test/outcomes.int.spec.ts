import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cancelTransaction, type CancelTransactionV1 } from '@tillbridge/contracts';
import { newCause } from '@tillbridge/messaging';
import { eventually } from '@tillbridge/testkit';
import { CLIENT, TestOwner, type TestTill } from './test-owner.js';

const SOON_MS = 15_000;
const charged = { kind: 'approved', result: { approved: true, rrn: '42' } } as const;

describe('outcomes that are hard to come by', () => {
  let owner: TestOwner;

  beforeAll(async () => {
    owner = await TestOwner.start();
  }, 60_000);

  afterAll(() => owner.stop(), 30_000);

  const cancel = ({ merchantId, posId }: TestTill, more: Partial<CancelTransactionV1> = {}) =>
    owner.edge.request(cancelTransaction, { clientId: CLIENT, merchantId, posId, ...more }, newCause());

  const open = async (merchantId = 'm') => {
    const till = await owner.newTill(merchantId);
    return { till, ...(await owner.accepted(owner.requestAt(till))) };
  };

  /** Sent, not answered, and its time is over. */
  const unknown = async (merchantId = 'm') => {
    const made = await open(merchantId);
    await owner.weigh(made.transactionId, { kind: 'dispatched' });
    await owner.weigh(made.transactionId, { kind: 'deadline' });
    return made;
  };

  describe('a cancellation', () => {
    it('is asked for once, however often the till asks, and decides nothing by itself', async () => {
      const { till, transactionId, tradeNo } = await open();
      const answers = await Promise.all([cancel(till), cancel(till), cancel(till)]);
      for (const answer of answers)
        expect(answer).toMatchObject({ outcome: 'done', value: { transaction: { tradeNo, state: 'accepted' } } });
      expect(await owner.told(transactionId)).toEqual(['transaction-requested', 'cancel-requested']);
      await owner.weigh(transactionId, charged);
      expect(await owner.find(tradeNo)).toMatchObject({ value: { transaction: { state: 'approved' } } });
    });

    it('is refused once there is an outcome, and tells it', async () => {
      const { till, transactionId, tradeNo } = await open();
      await owner.weigh(transactionId, charged);
      expect(await cancel(till)).toMatchObject({
        outcome: 'refused',
        refusal: { name: 'not-cancellable', data: { transaction: { tradeNo, state: 'approved' } } },
      });
    });

    it('needs a till that is bound, its own terminal, and something to cancel', async () => {
      const till = await owner.newTill();
      expect(await cancel(till)).toMatchObject({ refusal: { name: 'transaction-not-found' } });
      expect(await cancel({ ...till, posId: 'another' })).toMatchObject({ refusal: { name: 'till-not-bound' } });
      expect(await cancel({ ...till, merchantId: 'another' })).toMatchObject({ refusal: { name: 'till-not-bound' } });
      expect(await cancel(till, { terminalSn: 'another' })).toMatchObject({ refusal: { name: 'terminal-unknown' } });
    });

    it('of a command that never left makes it cancelled', async () => {
      const { till, transactionId, tradeNo } = await open();
      await cancel(till);
      await owner.weigh(transactionId, { kind: 'withdrawn' });
      expect(await owner.find(tradeNo)).toMatchObject({ value: { transaction: { state: 'cancelled' } } });
    });
  });

  describe('an unknown outcome', () => {
    const asked = async (transactionId: string): Promise<number> =>
      (await owner.told(transactionId)).filter((name) => name === 'outcome-wanted').length;
    const toBeAsked = (transactionId: string, times: number): Promise<void> =>
      eventually(async () => expect(await asked(transactionId)).toBe(times), SOON_MS);

    it('is asked for at once and then by schedule, until there is a proof', async () => {
      const { transactionId, tradeNo } = await unknown();
      await toBeAsked(transactionId, 1);
      const dueIn = async (): Promise<number> => {
        const [row] = await owner.sql<{ seconds: number }>(
          'select round(extract(epoch from asking_due_at - now()))::int as seconds from transactions where transaction_id = $1',
          [transactionId],
        );
        return row?.seconds ?? Number.NaN;
      };
      for (const [times, seconds] of [
        [2, 15],
        [3, 60],
        [4, 300],
        [5, 300],
      ] as const) {
        await owner.age(transactionId, '6 minutes');
        await toBeAsked(transactionId, times);
        expect(Math.abs((await dueIn()) - seconds)).toBeLessThan(5);
      }
      await owner.weigh(transactionId, { kind: 'never-seen' });
      expect(await owner.find(tradeNo)).toMatchObject({ value: { transaction: { state: 'failed', reason: 'not-executed' } } });
      expect(await dueIn()).toBeNaN();
    });

    it('after 72 hours is for a person to look at, and still unknown', async () => {
      const { transactionId, tradeNo } = await unknown();
      await toBeAsked(transactionId, 1);
      await owner.age(transactionId, '73 hours');
      await eventually(async () => expect(await owner.told(transactionId)).toContain('review-wanted'), SOON_MS);
      expect(await owner.find(tradeNo)).toMatchObject({ value: { transaction: { state: 'unknown', review: 'unresolved' } } });
      await owner.weigh(transactionId, charged);
      expect(await owner.find(tradeNo)).toMatchObject({ value: { transaction: { state: 'approved' } } });
    });
  });

  describe('a charge that is proven after its transaction was closed', () => {
    const closed = async (merchantId: string) => {
      const made = await open(merchantId);
      await owner.weigh(made.transactionId, { kind: 'undelivered' });
      return made;
    };

    it('corrects it, for all to see, where the merchant says nothing', async () => {
      const { transactionId, tradeNo } = await closed('silent');
      await owner.weigh(transactionId, charged);
      await owner.weigh(transactionId, charged);
      expect(await owner.told(transactionId)).toEqual(['transaction-requested', 'transaction-failed', 'transaction-corrected']);
      expect(await owner.find(tradeNo, 'silent')).toMatchObject({ value: { transaction: { state: 'approved', version: 3 } } });
    });

    it('is held for a person, once, where the merchant wants to decide', async () => {
      await owner.merchant('careful', { lateResults: 'review' });
      const { transactionId, tradeNo } = await closed('careful');
      await owner.weigh(transactionId, charged);
      await owner.weigh(transactionId, charged);
      expect(await owner.told(transactionId)).toEqual(['transaction-requested', 'transaction-failed', 'review-wanted']);
      expect(await owner.find(tradeNo, 'careful')).toMatchObject({ value: { transaction: { state: 'failed', review: 'late-result' } } });
    });

    it('is given back by one reversal, as soon as the terminal is there and free, where the merchant wants that', async () => {
      await owner.merchant('generous', { lateResults: 'auto-void' });
      const { till, transactionId, transIndexCode } = await closed('generous');
      await owner.connect(till.terminalUid, false);
      await owner.weigh(transactionId, charged);
      expect(await owner.told(transactionId)).toEqual(['transaction-requested', 'transaction-failed', 'transaction-corrected']);
      await owner.connect(till.terminalUid, true);
      const reversals = () =>
        owner.sql<{ transaction_id: string; instruction: object }>('select * from transactions where original_id = $1', [transactionId]);
      await eventually(async () => expect(await reversals()).toHaveLength(1), SOON_MS);
      const [reversal] = await reversals();
      expect(reversal).toMatchObject({
        trade_no: `void-${transIndexCode}`,
        instruction: { transType: 'Reversal', original: { transIndexCode, rrn: '42' } },
      });
      expect(await owner.told(reversal!.transaction_id)).toEqual(['transaction-requested']);
      await owner.weigh(reversal!.transaction_id, { kind: 'declined', result: { approved: false } });
      expect(await owner.told(reversal!.transaction_id)).toEqual(['transaction-requested', 'transaction-declined', 'review-wanted']);
      expect(await reversals()).toHaveLength(1);
    });
  });
});
