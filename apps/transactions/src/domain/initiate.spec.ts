import { describe, expect, it } from '@jest/globals';
import type { InitiateTransactionV1, InstructionV1 } from '@tillbridge/contracts';
import { asking, birth, lives, now, ofType, originalWith, request, sample, terminal, usd } from '../../test/samples.js';
import { initiate, type Situation } from './initiate.js';
import { snapshotOf, type Transaction } from './transaction.js';
import { transactionTypes } from './types.js';

const withInstruction = (instruction: InstructionV1): InitiateTransactionV1 => ({ ...request, instruction });
const accepted = (instruction: InstructionV1, situation: Situation): Transaction => {
  const decision = initiate(withInstruction(instruction), situation, birth);
  if (decision.kind !== 'accept') throw new Error(`accepted, not ${JSON.stringify(decision)}`);
  return decision.change.next;
};

describe('accepted once', () => {
  it('accepts a request for a bound, free terminal, tells it, and sets a deadline', () => {
    const decision = initiate(request, { terminal }, birth);
    expect(decision).toMatchObject({
      kind: 'accept',
      change: {
        next: { version: 1, life: { state: 'accepted' }, deadlineAt: new Date(now.getTime() + 180_000) },
        facts: [{ fact: { name: 'transaction-requested' }, payload: { instruction: request.instruction } }],
      },
    });
  });

  it.each([30, 600])("sets the merchant's own deadline: %d s", (deadlineSeconds) =>
    expect(accepted(request.instruction, { terminal, deadlineSeconds }).deadlineAt).toEqual(
      new Date(now.getTime() + deadlineSeconds * 1_000),
    ),
  );

  it('gives the same request the first answer and says that it is a replay', () => {
    const existing = sample();
    expect(initiate(request, { existing, terminal }, { ...birth, requestId: 'request-2' })).toEqual({
      kind: 'replay',
      transaction: existing,
    });
  });

  it('gives a redelivered message the first answer as if nothing had happened', () => {
    const existing = sample();
    const situation = { existing, terminal: { ...terminal, busy: true, online: false } };
    expect(initiate(request, situation, birth)).toEqual({ kind: 'redelivered', transaction: existing });
  });

  it('replays even when the till has lost its terminal since', () => {
    expect(initiate(request, { existing: sample() }, { ...birth, requestId: 'request-2' }).kind).toBe('replay');
  });
});

describe('a refusal', () => {
  const reused = { existing: { ...sample(), requestHash: 'b'.repeat(64) } };
  const refund = asking('Refund', 500);
  const missing = { original: { missing: 'none' } };
  const found = { original: originalWith(ofType('Purchase', 1_000)) };
  const forbidden = { original: originalWith(ofType('PreAuth', 1_000)) };
  const offline = { terminal: { ...terminal, online: false } };
  const busy = { terminal: { ...terminal, busy: true } };
  const both = { terminal: { ...terminal, busy: true, online: false } };

  it.each<[string, InstructionV1, Situation, string]>([
    ['a type that is none', { transType: 'WorldPay only' }, { terminal }, 'unknown-trans-type'],
    ['no amount where money moves', { transType: 'Purchase' }, { terminal }, 'invalid-field'],
    ['a wrong field before an unbound till', { transType: 'Purchase' }, {}, 'invalid-field'],
    ['an unbound till', request.instruction, {}, 'till-not-bound'],
    ['an unbound till before a reused number', request.instruction, reused, 'till-not-bound'],
    ['another request under the number', request.instruction, { ...reused, terminal }, 'trade-no-reused'],
    ['a reused number before a missing original', refund, { ...reused, ...missing, terminal }, 'trade-no-reused'],
    ['a missing original', refund, { ...missing, terminal }, 'original-not-found'],
    ['a missing original before an absent terminal', refund, { ...missing, ...both }, 'original-not-found'],
    ['an original that forbids it', refund, { ...forbidden, terminal }, 'original-forbids'],
    ['an original that forbids it before an absent terminal', refund, { ...forbidden, ...both }, 'original-forbids'],
    ['an absent terminal', refund, { ...found, ...offline }, 'terminal-offline'],
    ['an absent terminal before a busy one', request.instruction, both, 'terminal-offline'],
    ['a busy terminal', request.instruction, busy, 'terminal-busy'],
  ])('of %s', (_case, instruction, situation, name) =>
    expect(initiate(withInstruction(instruction), situation, birth)).toMatchObject({ kind: 'refuse', refusal: { name } }),
  );

  it('is not said of a follow-up before its original was looked for', () =>
    expect(initiate(withInstruction(refund), { terminal: busy.terminal }, birth)).toEqual({ kind: 'original-wanted' }));
});

describe('what a type needs', () => {
  const types = Object.entries(transactionTypes);
  const at = (transType: string, more: Partial<InstructionV1>): string => {
    const decision = initiate(withInstruction({ transType, ...more }), { terminal }, birth);
    return decision.kind === 'refuse' ? decision.refusal.name : decision.kind;
  };
  const original = { transIndexCode: birth.transIndexCode };

  it('knows the 18 types of the cloud list', () => expect(types).toHaveLength(18));

  it.each(types.filter(([, rules]) => rules.amount === 'required'))('%s needs an amount above zero', (transType) => {
    expect(at(transType, { original })).toBe('invalid-field');
    expect(at(transType, { original, amount: usd(0) })).toBe('invalid-field');
  });
  it.each(types.filter(([, rules]) => rules.amount === 'none'))('%s takes no amount but zero', (transType) => {
    expect(at(transType, { amount: usd(1) })).toBe('invalid-field');
    expect(at(transType, { amount: usd(0) })).toBe('accept');
  });
  it.each(types.filter(([, rules]) => rules.original === 'limited'))('%s needs an identifier of its original', (transType) => {
    expect(at(transType, { amount: usd(1) })).toBe('invalid-field');
    expect(at(transType, { amount: usd(1), original: {} })).toBe('invalid-field');
    expect(at(transType, { amount: usd(1), original })).toBe('original-wanted');
  });
  it('TipAdjust needs a tip or a new total', () => {
    expect(at('TipAdjust', { original })).toBe('invalid-field');
    expect(at('TipAdjust', { original, tipAmountMinor: 100 })).toBe('original-wanted');
  });
  it.each(types.filter(([, rules]) => rules.original === 'as-given'))('%s takes identifiers as they are, without a look', (transType) =>
    expect(accepted({ transType, original: { traceNum: '7' } }, { terminal }).instruction.original).toEqual({ traceNum: '7' }),
  );
  it('Purchase does not take identifiers along that mean nothing', () =>
    expect(accepted({ ...request.instruction, original: { traceNum: '7' } }, { terminal }).instruction).not.toHaveProperty('original'));

  it('a follow-up names its original, and tells the terminal everything that is known of it', () => {
    const numbers = { transId: 'T', rrn: 'R', traceNum: '000123', invoiceNum: 'I' };
    const sale = ofType('Purchase', 1_000, { state: 'approved', result: { approved: true, ...numbers } });
    const refund = accepted(asking('Refund', 500), { terminal, original: originalWith(sale) });
    expect(refund.instruction.original).toEqual({ transIndexCode: sale.transIndexCode, ...numbers });
    expect(snapshotOf(refund)).toMatchObject({ originalTransactionId: sale.transactionId });
  });
});

describe('the snapshot', () => {
  it('tells state, reason and result, and nothing that is absent', () => {
    const unknown = snapshotOf(sample({ life: lives.unknown }));
    expect(unknown).toMatchObject({ state: 'unknown', reason: 'deadline-passed', acceptedAt: now.toISOString() });
    for (const member of ['result', 'callBackUrl', 'review', 'lateResult', 'cancelRequestedAt', 'originalTransactionId']) {
      expect(unknown).not.toHaveProperty(member);
    }
  });
});
