import { describe, expect, it } from '@jest/globals';
import type { InitiateTransactionV1, InstructionV1, TransactionState } from '@tillbridge/contracts';
import fc from 'fast-check';
import { aftermathOf, chargedBy, checkFollowUp, heldBy, refundableOf, type Original } from './follow-up.js';
import { initiate, type Birth } from './initiate.js';
import { transTypes, type TransType } from './trans-types.js';
import type { Life, Transaction } from './transaction.js';

const now = new Date('2026-11-01T10:00:00.000Z');
const birth: Birth = { transactionId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a001', transIndexCode: '848981718949036032', requestId: 'r', now };
const terminal = { terminalUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a002', terminalSn: 'SN', isOnline: true, isBusy: false };
const usd = (amountMinor: number) => ({ amountMinor, currency: '840' });

const lives: Record<'approved' | 'declined' | 'unknown' | 'in-progress', Life> = {
  approved: { state: 'approved', result: { approved: true } },
  declined: { state: 'declined', result: { approved: false } },
  unknown: { state: 'unknown', reason: 'deadline-passed' },
  'in-progress': { state: 'in-progress' },
};
type LifeName = keyof typeof lives;

function transaction(transType: TransType, amountMinor: number, life: LifeName, more: Partial<InstructionV1> = {}): Transaction {
  return {
    ...{
      transactionId: birth.transactionId,
      version: 1,
      transIndexCode: birth.transIndexCode,
      clientId: 'c',
      merchantId: 'm',
      tradeNo: 't',
    },
    ...{ posId: 'p', terminalUid: terminal.terminalUid, terminalSn: 'SN', requestHash: '', acceptedBy: '' },
    ...{ acceptedAt: now, changedAt: now, deadlineAt: now },
    instruction: { transType, amount: usd(amountMinor), ...more },
    life: lives[life],
  };
}

const original = (transType: TransType, amountMinor: number, ...followUps: Transaction[]): Original => ({
  transaction: transaction(transType, amountMinor, 'approved'),
  followUps,
  isSettled: false,
});
const ask = (transType: TransType, amountMinor?: number, more: Partial<InstructionV1> = {}): InstructionV1 => ({
  transType,
  ...(amountMinor === undefined ? {} : { amount: usd(amountMinor) }),
  ...more,
});
const isAllowed = (asked: InstructionV1, of: Original): boolean => checkFollowUp(asked, of) === undefined;

const sale = (...followUps: Transaction[]): Original => original('Purchase', 1_000, ...followUps);
const hold = (...followUps: Transaction[]): Original => original('PreAuth', 1_000, ...followUps);

describe('what a charge allows', () => {
  it.each<[string, InstructionV1, Original, boolean]>([
    ['a refund of the whole', ask('Refund', 1_000), sale(), true],
    ['no refund of more', ask('Refund', 1_001), sale(), false],
    ['a refund of what is left', ask('Refund', 400), sale(transaction('Refund', 600, 'approved')), true],
    ['no refund of more than is left', ask('Refund', 401), sale(transaction('Refund', 600, 'approved')), false],
    ['no refund of what an unknown one may have given back', ask('Refund', 401), sale(transaction('Refund', 600, 'unknown')), false],
    ['no refund of what one under way will give back', ask('Refund', 401), sale(transaction('Refund', 600, 'in-progress')), false],
    ['a refund after one that was declined', ask('Refund', 1_000), sale(transaction('Refund', 600, 'declined')), true],
    ['no refund in another currency', { transType: 'Refund', amount: { amountMinor: 1, currency: '978' } }, sale(), false],
    ['a void', ask('Reversal'), sale(), true],
    ['no second void', ask('Reversal'), sale(transaction('Reversal', 0, 'approved')), false],
    ['no void while one is unknown', ask('Reversal'), sale(transaction('Reversal', 0, 'unknown')), false],
    ['no refund of what is voided', ask('Refund', 1), sale(transaction('Reversal', 0, 'approved')), false],
    ['no void of what is refunded', ask('Reversal'), sale(transaction('Refund', 1, 'approved')), false],
    ['no void of more than was charged', ask('Reversal', 1_001), sale(), false],
    ['no void after the batch', ask('Reversal'), { ...sale(), isSettled: true }, false],
    ['a refund after the batch', ask('Refund', 1_000), { ...sale(), isSettled: true }, true],
    ['a tip', ask('TipAdjust', undefined, { tipAmountMinor: 200 }), sale(), true],
    ['no tip after the batch', ask('TipAdjust', undefined, { tipAmountMinor: 200 }), { ...sale(), isSettled: true }, false],
    ['no tip that makes it less', ask('TipAdjust', 999), sale(), false],
    ['no refund while the tip changes', ask('Refund', 1), sale(transaction('TipAdjust', 1_200, 'unknown')), false],
    ['a refund with the tip', ask('Refund', 1_200), sale(transaction('TipAdjust', 1_200, 'approved')), true],
    ['no completion', ask('AuthCompletion', 1), sale(), false],
    ['the same of a completed hold', ask('Refund', 1_000), original('AuthCompletion', 1_000), true],
    ['nothing after a refund', ask('Reversal'), original('Refund', 1_000), false],
  ])('%s', (_what, asked, of, expected) => expect(isAllowed(asked, of)).toBe(expected));
});

describe('what a hold allows', () => {
  it.each<[string, InstructionV1, Original, boolean]>([
    ['to be raised, more than once', ask('IncrementalAuth', 500), hold(transaction('IncrementalAuth', 500, 'approved')), true],
    ['to be completed with less', ask('AuthCompletion', 900), hold(), true],
    ['not to be completed with more', ask('AuthCompletion', 1_001), hold(), false],
    ['to be completed with what raised it', ask('AuthCompletion', 1_500), hold(transaction('IncrementalAuth', 500, 'approved')), true],
    ['not with what may have raised it', ask('AuthCompletion', 1_500), hold(transaction('IncrementalAuth', 500, 'unknown')), false],
    ['one completion', ask('AuthCompletion', 1), hold(transaction('AuthCompletion', 500, 'approved')), false],
    ['no completion while one is unknown', ask('AuthCompletion', 1), hold(transaction('AuthCompletion', 500, 'unknown')), false],
    ['a completion after one that was declined', ask('AuthCompletion', 500), hold(transaction('AuthCompletion', 500, 'declined')), true],
    ['no increment after the completion', ask('IncrementalAuth', 1), hold(transaction('AuthCompletion', 500, 'approved')), false],
    ['to be voided, by either type', ask('AuthVoid'), hold(), true],
    ['to be reversed', ask('Reversal'), hold(), true],
    ['not to be voided twice', ask('Reversal'), hold(transaction('AuthVoid', 0, 'approved')), false],
    ['not to be completed once voided', ask('AuthCompletion', 1), hold(transaction('Reversal', 0, 'in-progress')), false],
    ['not to be refunded', ask('Refund', 1), hold(), false],
  ])('%s', (_what, asked, of, expected) => expect(isAllowed(asked, of)).toBe(expected));

  it.each<TransactionState>(['declined', 'unknown', 'in-progress'])('nothing while it is %s, and says so', (state) => {
    const of: Original = { ...hold(), transaction: transaction('PreAuth', 1_000, state as LifeName) };
    expect(checkFollowUp(ask('AuthCompletion', 1), of)).toMatchObject({
      name: 'original-forbids',
      detail: `tradeNo t is ${state} and not approved`,
    });
  });
});

describe('what follow-ups make of it', () => {
  it.each<[string | undefined, Original]>([
    [undefined, sale()],
    [undefined, sale(transaction('Refund', 1_000, 'unknown'))],
    ['partly-refunded', sale(transaction('Refund', 999, 'approved'))],
    ['refunded', sale(transaction('Refund', 600, 'approved'), transaction('Refund', 400, 'approved'))],
    ['voided', sale(transaction('Reversal', 0, 'approved'))],
    ['partly-voided', sale(transaction('Reversal', 400, 'approved'))],
    ['completed', hold(transaction('AuthCompletion', 900, 'approved'))],
    ['hold-voided', hold(transaction('AuthVoid', 0, 'approved'))],
    [undefined, hold(transaction('AuthVoid', 0, 'declined'))],
  ])('%s', (expected, of) => expect(aftermathOf(of)).toBe(expected));
});

/** What a till may ask in the life of a charge or a hold, and what comes of it. */
const types = Object.keys(transTypes) as TransType[];
const step = fc.record({
  transType: fc.constantFrom(...types),
  amountMinor: fc.integer({ min: 1, max: 1_500 }),
  tipAmountMinor: fc.integer({ min: 0, max: 300 }),
  life: fc.constantFrom<LifeName>('approved', 'declined', 'unknown', 'in-progress'),
  then: fc.constantFrom<LifeName>('approved', 'declined'),
});

describe('whatever is asked, in whatever order, and however it ends', () => {
  /** Each step is asked, and if it is allowed it joins the follow-ups; those that were open come to their ends in the end. */
  const play = (first: Original, steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[]): Original => {
    const followUps = steps.reduce<{ now: Transaction; end: Transaction }[]>(
      (known, { transType, amountMinor, tipAmountMinor, life, then }) => {
        const asked = ask(transType, transTypes[transType].amount === 'needed' ? amountMinor : undefined, { tipAmountMinor });
        if (!isAllowed(asked, { ...first, followUps: known.map((each) => each.now) })) return known;
        const made = (as: LifeName): Transaction => ({ ...transaction(transType, 0, as), instruction: asked });
        const ended = life === 'approved' || life === 'declined' ? life : then;
        return [...known, { now: made(life), end: made(ended) }];
      },
      [],
    );
    return { ...first, followUps: followUps.map((each) => each.end) };
  };
  const approvedOf = (of: Original, ...wanted: TransType[]): Transaction[] =>
    of.followUps.filter(({ instruction, life }) => life.state === 'approved' && wanted.includes(instruction.transType as TransType));
  const sum = (of: readonly Transaction[]): number => of.reduce((total, each) => total + (each.instruction.amount?.amountMinor ?? 0), 0);

  it('no more is refunded than was charged, and what is voided is not refunded', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const end = play(sale(), steps);
        const refunds = approvedOf(end, 'Refund');
        const voids = approvedOf(end, 'Reversal');
        expect(sum(refunds)).toBeLessThanOrEqual(chargedBy(end));
        expect(refundableOf(end)).toBeGreaterThanOrEqual(0);
        expect(voids.length).toBeLessThanOrEqual(1);
        if (voids.length > 0) expect(refunds).toEqual([]);
      }),
    );
  });

  it('no more is captured than was held, once, and what is voided is not captured', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const end = play(hold(), steps);
        const captures = approvedOf(end, 'AuthCompletion');
        const voids = approvedOf(end, 'AuthVoid', 'Reversal');
        expect(captures.length + voids.length).toBeLessThanOrEqual(1);
        expect(sum(captures)).toBeLessThanOrEqual(heldBy(end));
      }),
    );
  });
});

describe('a follow-up', () => {
  const request: InitiateTransactionV1 = {
    ...{ clientId: 'c', merchantId: 'm', posId: 'p', tradeNo: 'f', requestHash: 'a'.repeat(64) },
    instruction: { transType: 'Refund', amount: usd(100), original: { rrn: '77' } },
  };
  const found = { kind: 'found', original: sale() } as const;

  it('takes everything that is known of its original to the terminal', () => {
    const told = { approved: true, transId: 'T', rrn: '77', traceNum: '12' };
    const known: Original = { ...sale(), transaction: { ...sale().transaction, life: { state: 'approved', result: told } } };
    expect(initiate(request, { terminal, original: { kind: 'found', original: known } }, birth)).toMatchObject({
      kind: 'accept',
      transaction: {
        originalTransactionId: known.transaction.transactionId,
        instruction: { original: { transIndexCode: birth.transIndexCode, transId: 'T', rrn: '77', traceNum: '12' } },
      },
    });
  });

  it.each([
    ['none', {}, 'original-not-found'],
    ['none before a terminal that is away', { terminal: { ...terminal, isOnline: false } }, 'original-not-found'],
    ['several', { original: { kind: 'several' as const } }, 'original-not-found'],
    [
      'one that forbids it',
      { original: { kind: 'found' as const, original: sale(transaction('Reversal', 0, 'approved')) } },
      'original-forbids',
    ],
    [
      'one that allows it, but a terminal that is away',
      { original: found, terminal: { ...terminal, isOnline: false } },
      'terminal-offline',
    ],
  ])('is refused with an original of %s', (_what, situation, name) =>
    expect(initiate(request, { terminal, ...situation }, birth)).toMatchObject({ kind: 'refuse', refusal: { name } }),
  );

  it.each([
    ['Purchase', undefined, 'invalid-field'],
    ['BalanceInquiry', 5, 'invalid-field'],
    ['WorldPay only', 5, 'unknown-trans-type'],
  ])('of the wrong form is refused first: %s for %s', (transType, amountMinor, name) => {
    const instruction = { transType, ...(amountMinor === undefined ? {} : { amount: usd(amountMinor) }) };
    expect(initiate({ ...request, instruction }, {}, birth)).toMatchObject({ kind: 'refuse', refusal: { name } });
  });
});
