import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cancelTransaction, type CancelTransactionV1, type InstructionV1 } from '@tillbridge/contracts';
import { newId } from '@tillbridge/kernel';
import { newCause } from '@tillbridge/messaging';
import { eventually } from '@tillbridge/testkit';
import { TestShop, type Till } from './test-shop.js';

const SOON_MS = 15_000;

let shop: TestShop;
beforeAll(async () => {
  shop = await TestShop.start(2);
}, 60_000);
afterAll(() => shop.stop(), 30_000);

const sale: InstructionV1 = { transType: 'Purchase', amount: { amountMinor: 1_000, currency: '840' } };
const namesOf = async (transactionId: string): Promise<string[]> => (await shop.toldOf(transactionId)).map(({ name }) => name);
const approval = { kind: 'approved', result: { approved: true, rrn: '1' } } as const;

describe('a cancellation', () => {
  const cancel = ({ clientId, merchantId, posId }: Till, more: Partial<CancelTransactionV1> = {}) =>
    shop.edge.request(cancelTransaction, { clientId, merchantId, posId, ...more }, newCause());
  const refusedAs = (name: string): object => ({ outcome: 'refused', refusal: { name } });

  it('is told each time that it is asked for, and the card may still win', async () => {
    const till = await shop.newTill();
    const { transactionId } = await shop.accepted(till, sale);
    const answers = await Promise.all([1, 2, 3].map(() => cancel(till)));
    for (const answer of answers)
      expect(answer).toMatchObject({ outcome: 'done', value: { transaction: { transactionId, state: 'accepted' } } });
    expect(await namesOf(transactionId)).toEqual(['transaction-requested', 'cancel-requested', 'cancel-requested', 'cancel-requested']);
    await shop.weigh(transactionId, approval);
    expect(await cancel(till)).toMatchObject({
      ...refusedAs('not-cancellable'),
      refusal: { data: { transaction: { transactionId, state: 'approved' } } },
    });
  });

  it('is refused of what is not there: no till, another terminal, nothing ever, nothing any more', async () => {
    const till = await shop.newTill();
    expect(await cancel({ ...till, posId: newId() })).toMatchObject(refusedAs('till-not-bound'));
    expect(await cancel(till, { terminalSn: 'another' })).toMatchObject(refusedAs('terminal-unknown'));
    expect(await cancel(till)).toMatchObject(refusedAs('transaction-not-found'));
    const { transactionId } = await shop.accepted(till, sale);
    await shop.weigh(transactionId, { kind: 'deadline' });
    expect(await cancel(till)).toMatchObject({
      ...refusedAs('not-cancellable'),
      refusal: { data: { transaction: { transactionId, state: 'unknown' } } },
    });
  });

  it('finds what the till has open on the terminal that it had before', async () => {
    const till = await shop.newTill();
    const over = await shop.accepted(till, sale);
    await shop.weigh(over.transactionId, approval);
    const { transactionId } = await shop.accepted(till, sale);
    await shop.sql.query('update tills set terminal_uid = $1 where pos_id = $2', [newId(), till.posId]);
    expect(await cancel(till)).toMatchObject({ outcome: 'done', value: { transaction: { transactionId } } });
    await shop.sql.query('update tills set terminal_uid = null, terminal_sn = null where pos_id = $1', [till.posId]);
    expect(await cancel(till)).toMatchObject({ outcome: 'done', value: { transaction: { transactionId } } });
  });

  it('does not stop what another till has open on the same terminal', async () => {
    const till = await shop.newTill();
    const neighbour = await shop.newTill(till.merchantId, till.terminalUid);
    const { transactionId } = await shop.accepted(neighbour, sale);
    expect(await cancel(till)).toMatchObject(refusedAs('transaction-not-found'));
    expect(await namesOf(transactionId)).toEqual(['transaction-requested']);
  });

  it('of a command that never left ends it as cancelled', async () => {
    const till = await shop.newTill();
    const { transactionId } = await shop.accepted(till, sale);
    await cancel(till);
    await shop.weigh(transactionId, { kind: 'withdrawn' });
    expect((await shop.toldOf(transactionId)).at(-1)).toMatchObject({
      name: 'transaction-cancelled',
      payload: { state: 'cancelled', reason: 'withdrawn' },
    });
  });
});

describe('an unknown outcome', () => {
  it('is asked for by one of two replicas at each due time, within the trace of its payment, and after 72 h by a person', async () => {
    const till = await shop.newTill();
    const { transactionId } = await shop.accepted(till, sale);
    await shop.weigh(transactionId, { kind: 'dispatched' });
    await shop.makeDue(transactionId, 'deadline_at');
    const asked = (times: number) =>
      eventually(async () => {
        expect((await namesOf(transactionId)).filter((name) => name === 'outcome-wanted')).toHaveLength(times);
      }, SOON_MS);
    await asked(1);
    await shop.makeDue(transactionId, 'ask_at');
    await asked(2);
    await shop.sql.query(`update transactions set unknown_at = now() - interval '73 hours', ask_at = now() where transaction_id = $1`, [
      transactionId,
    ]);
    await eventually(async () => expect((await namesOf(transactionId)).at(-1)).toBe('review-wanted'), SOON_MS);
    const told = await shop.toldOf(transactionId);
    expect(told.map(({ name }) => name)).toEqual([
      ...['transaction-requested', 'transaction-dispatched', 'transaction-unknown', 'outcome-wanted', 'outcome-wanted', 'review-wanted'],
    ]);
    const byItself = told.slice(2).map(({ traceparent, correlation_id: id }) => [traceparent.split('-')[1], id]);
    expect(new Set([...byItself, [told[0]!.traceparent.split('-')[1], told[0]!.correlation_id]].map(String)).size).toBe(1);
    expect(told.at(-1)).toMatchObject({ payload: { state: 'unknown', review: 'unresolved' } });
    await shop.weigh(transactionId, { kind: 'never-seen' });
    expect((await shop.toldOf(transactionId)).at(-1)).toMatchObject({ payload: { state: 'failed', reason: 'not-executed' } });
  });
});

describe('a late approval', () => {
  /** A sale that is proven to have failed, and then its approval, under a policy that was decided in between. */
  async function late(policy: 'attach' | 'auto-void' | 'review', instruction = sale) {
    const till = await shop.newTill();
    const tradeNo = newId();
    const { transactionId, transIndexCode } = await shop.accepted(till, instruction, { tradeNo });
    await shop.weigh(transactionId, { kind: 'undelivered' });
    await shop.decide(till.merchantId, policy);
    return { till, tradeNo, transactionId, transIndexCode };
  }

  it('corrects the outcome once, however often it comes', async () => {
    const { till, tradeNo, transactionId } = await late('attach');
    for (let time = 0; time < 3; time += 1) await shop.weigh(transactionId, approval);
    expect(await namesOf(transactionId)).toEqual(['transaction-requested', 'transaction-failed', 'transaction-corrected']);
    expect(await shop.find(till, tradeNo)).toMatchObject({ transaction: { state: 'approved', result: { rrn: '1' } } });
  });

  it('is held where a person is to decide', async () => {
    const { till, tradeNo, transactionId } = await late('review');
    await shop.weigh(transactionId, approval);
    await shop.weigh(transactionId, approval);
    expect(await namesOf(transactionId)).toEqual(['transaction-requested', 'transaction-failed', 'review-wanted']);
    expect(await shop.find(till, tradeNo)).toMatchObject({
      transaction: { state: 'failed', review: 'late-result', lateResult: { approved: true, rrn: '1' } },
    });
  });

  const voidOf = async (transactionId: string) =>
    shop.sql.query<{ transaction_id: string; trade_no: string; state: string }>(
      'select transaction_id, trade_no, state from transactions where original_transaction_id = $1',
      [transactionId],
    );

  it('is reversed on its terminal, once, when that is online and free, by whichever replica; until then nothing else may touch it', async () => {
    const { till, transactionId, transIndexCode } = await late('auto-void');
    const busy = await shop.accepted(till, sale);
    await shop.presence(till.terminalUid, false, 2);
    await shop.weigh(transactionId, approval);
    const refund: InstructionV1 = { transType: 'Refund', ...{ amount: sale.amount! }, original: { transIndexCode } };
    expect(await shop.ask(till, refund)).toMatchObject({ outcome: 'refused', refusal: { name: 'original-forbids' } });
    await shop.presence(till.terminalUid, true, 3);
    expect(await voidOf(transactionId)).toEqual([]);
    await shop.weigh(busy.transactionId, { kind: 'declined', result: { approved: false } });
    const [reversal] = await eventually(async () => {
      const found = await voidOf(transactionId);
      expect(found).toMatchObject([{ trade_no: `void-${transIndexCode}`, state: 'accepted' }]);
      return found;
    }, SOON_MS);
    expect((await shop.toldOf(reversal!.transaction_id))[0]).toMatchObject({
      name: 'transaction-requested',
      payload: { terminalUid: till.terminalUid, instruction: { transType: 'Reversal', original: { transIndexCode, rrn: '1' } } },
    });
    await shop.weigh(reversal!.transaction_id, { kind: 'approved', result: { approved: true } });
    const left = await shop.sql.query('select 1 from transactions where void_wanted_at is not null and transaction_id = $1', [
      transactionId,
    ]);
    expect(left).toEqual([]);
  });

  it('is for a person when its reversal comes to nothing', async () => {
    const { transactionId } = await late('auto-void');
    await shop.weigh(transactionId, approval);
    const reversal = await eventually(async () => {
      const [found] = await voidOf(transactionId);
      expect(found).toBeDefined();
      return found!;
    }, SOON_MS);
    await shop.weigh(reversal.transaction_id, { kind: 'declined', result: { approved: false } });
    expect((await shop.toldOf(transactionId)).at(-1)).toMatchObject({
      name: 'review-wanted',
      payload: { state: 'approved', review: 'late-result' },
    });
  });

  it('is for a person when it was settled before it could be reversed', async () => {
    const { till, transactionId } = await late('auto-void');
    await shop.presence(till.terminalUid, false, 2);
    await shop.weigh(transactionId, approval);
    await shop.sql.query(
      `insert into transactions
       select (jsonb_populate_record(t, jsonb_build_object('transaction_id', gen_random_uuid(), 'trans_index_code', $2::text, 'trade_no', $2::text,
         'instruction', '{"transType":"Settle"}'::jsonb, 'accepted_at', now() + interval '1 second', 'void_wanted_at', null))).*
       from transactions t where transaction_id = $1`,
      [transactionId, newId()],
    );
    await shop.presence(till.terminalUid, true, 3);
    await eventually(async () => expect((await namesOf(transactionId)).at(-1)).toBe('review-wanted'), SOON_MS);
    expect(await voidOf(transactionId)).toEqual([]);
  });

  it('is for a person when another follow-up was given the same money meanwhile', async () => {
    const till = await shop.newTill();
    const { transIndexCode } = await shop.approved(till, sale);
    const refund: InstructionV1 = { transType: 'Refund', ...{ amount: sale.amount! }, original: { transIndexCode } };
    const first = await shop.accepted(till, refund);
    await shop.weigh(first.transactionId, { kind: 'undelivered' });
    await shop.approved(till, refund);
    await shop.weigh(first.transactionId, approval);
    expect((await namesOf(first.transactionId)).slice(-2)).toEqual(['transaction-corrected', 'review-wanted']);
  });
});

it("the merchant's deadline is the one at acceptance", async () => {
  const till = await shop.newTill();
  await shop.decide(till.merchantId, 'attach', 30);
  const { transactionId } = await shop.accepted(till, sale);
  const [requested] = await shop.toldOf(transactionId);
  const [acceptedAt, deadlineAt] = ['acceptedAt', 'deadlineAt'].map((member) => Date.parse(String(requested?.payload[member])));
  expect(deadlineAt! - acceptedAt!).toBe(30_000);
});
