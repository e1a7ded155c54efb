import { describe, expect, it } from '@jest/globals';
import type { InstructionV1 } from '@tillbridge/contracts';
import { asking, lives, ofType, originalWith, sample, usd } from '../../test/samples.js';
import { aftermathOf, chargedOf, forbids, heldOf, isOverdrawn, refundableOf, type Original } from './follow-up.js';
import type { Life } from './life.js';
import { chooseOriginal, MAX_CANDIDATES } from './original.js';
import type { Transaction } from './transaction.js';

const approved = (amountMinor?: number): Life => ({
  state: 'approved',
  result: { approved: true, ...(amountMinor === undefined ? {} : { amountMinor }) },
});
const sale = ofType('Purchase', 1_000);
const hold = ofType('PreAuth', 1_000);
const saleWith = (...followUps: Transaction[]): Original => originalWith(sale, ...followUps);
const holdWith = (...followUps: Transaction[]): Original => originalWith(hold, ...followUps);
const settled = (original: Original): Original => ({ ...original, isSettled: true });
const tip = (tipAmountMinor: number, life = approved()): Transaction =>
  sample({ instruction: { transType: 'TipAdjust', tipAmountMinor }, life });

describe('what an original allows', () => {
  it.each<[string, Original, InstructionV1]>([
    ['an increment of a hold', holdWith(), asking('IncrementalAuth', 1)],
    ['a second increment', holdWith(ofType('IncrementalAuth', 1, lives.unknown)), asking('IncrementalAuth', 1)],
    ['a completion of all that is held', holdWith(), asking('AuthCompletion', 1_000)],
    ['a completion with the increments', holdWith(ofType('IncrementalAuth', 500)), asking('AuthCompletion', 1_500)],
    ['a completion after one that failed', holdWith(ofType('AuthCompletion', 1_000, lives.failed)), asking('AuthCompletion', 1_000)],
    ['a void of a hold', holdWith(), asking('AuthVoid')],
    ['a reversal of a hold', holdWith(), asking('Reversal')],
    ['a refund of all', saleWith(), asking('Refund', 1_000)],
    ['a refund of what is left', saleWith(ofType('Refund', 400)), asking('Refund', 600)],
    ['a refund after one that was declined', saleWith(ofType('Refund', 1_000, lives.declined)), asking('Refund', 1_000)],
    ['a refund after the settlement', settled(saleWith()), asking('Refund', 1)],
    [
      'a refund of the tip that was added on the terminal',
      originalWith(ofType('Purchase', 1_000, approved(1_150))),
      asking('Refund', 1_150),
    ],
    ['a reversal of a sale', saleWith(), asking('Reversal')],
    ['a reversal of a completion', originalWith(ofType('AuthCompletion', 1_000)), asking('Reversal')],
    ['a reversal after a tip adjustment', saleWith(tip(100)), asking('Reversal', 1_100)],
    ['a tip', saleWith(), asking('TipAdjust', undefined, { tipAmountMinor: 100 })],
    ['another tip', saleWith(tip(100)), asking('TipAdjust', 1_200)],
  ])('%s', (_case, original, instruction) => expect(forbids(original, instruction)).toBeUndefined());

  const pending = ['accepted', 'in-progress', 'unknown', 'approved'] as const;
  const held = (transType: string, more: [string, number?][]) =>
    pending.flatMap((state) =>
      more.map(([next, amount]): [string, Original, InstructionV1, string] => [
        `${next} of a hold with a ${transType} that is ${state}`,
        holdWith(ofType(transType, 1, lives[state])),
        asking(next, amount),
        transType === 'AuthCompletion' ? 'was completed' : 'was voided',
      ]),
    );
  const charged = pending.flatMap((state): [string, Original, InstructionV1, string][] => [
    [`Refund beside a Reversal that is ${state}`, saleWith(ofType('Reversal', undefined, lives[state])), asking('Refund', 1), 'was voided'],
    [
      `Reversal beside a Reversal that is ${state}`,
      saleWith(ofType('Reversal', undefined, lives[state])),
      asking('Reversal'),
      'was voided',
    ],
    [`Reversal beside a Refund that is ${state}`, saleWith(ofType('Refund', 1, lives[state])), asking('Reversal'), 'was refunded'],
    [`TipAdjust beside a Refund that is ${state}`, saleWith(ofType('Refund', 1, lives[state])), asking('TipAdjust', 1), 'was refunded'],
    [`more than a Refund that is ${state} leaves`, saleWith(ofType('Refund', 600, lives[state])), asking('Refund', 401), '400 is left'],
  ]);
  const ends: [string, number?][] = [['AuthCompletion', 1], ['IncrementalAuth', 1], ['AuthVoid'], ['Reversal']];
  it.each<[string, Original, InstructionV1, string]>([
    ...['AuthCompletion', 'AuthVoid', 'Reversal'].flatMap((transType) => held(transType, ends)),
    ...charged,
    ['more than is held', holdWith(), asking('AuthCompletion', 1_001), '1000 is held'],
    [
      'an increment that is not certain',
      holdWith(ofType('IncrementalAuth', 500, lives.unknown)),
      asking('AuthCompletion', 1_001),
      '1000 is held',
    ],
    ['a void of more than is held', holdWith(), asking('AuthVoid', 1_001), '1000 is held'],
    ['more than was charged', saleWith(), asking('Refund', 1_001), '1000 is left'],
    ['a reversal of more than was charged', saleWith(), asking('Reversal', 1_001), '1000 was charged'],
    ['a reversal after the settlement', settled(saleWith()), asking('Reversal'), 'was settled'],
    ['a tip after the settlement', settled(saleWith()), asking('TipAdjust', 1_100), 'was settled'],
    ['a tip while another is under way', saleWith(tip(100, lives.unknown)), asking('TipAdjust', 1_100), 'under way'],
    ['a refund of a tip that is not certain', saleWith(tip(100, lives.unknown)), asking('Refund', 1_001), '1000 is left'],
    [
      'a refund of a tip that may be gone',
      originalWith(sample({ instruction: { ...sale.instruction, tipAmountMinor: 200 }, life: approved() }), tip(50, lives.unknown)),
      asking('Refund', 851),
      '850 is left',
    ],
    ['another currency', saleWith(), { ...asking('Refund'), amount: { amountMinor: 1, currency: '978' } }, 'currency 840'],
    ['a refund of a hold', holdWith(), asking('Refund', 1), 'does not follow'],
    ['a completion of a sale', saleWith(), asking('AuthCompletion', 1), 'does not follow'],
    ['a reversal of a refund', originalWith(ofType('Refund', 1)), asking('Reversal'), 'does not follow'],
    ['what is about to be voided', originalWith({ ...sale, voidWantedAt: new Date(0) }), asking('Refund', 1), 'about to be voided'],
    [
      'what a held late proof may have taken',
      saleWith({ ...ofType('Refund', 600, lives.failed), lateResult: { outcome: 'approved', result: { approved: true } } }),
      asking('Refund', 401),
      '400 is left',
    ],
    ...(['accepted', 'in-progress', 'unknown', 'declined', 'cancelled', 'failed'] as const).map(
      (state): [string, Original, InstructionV1, string] => [
        `an original that is ${state}`,
        originalWith(ofType('Purchase', 1_000, lives[state])),
        asking('Refund', 1),
        state === 'unknown' ? 'not known yet' : ['accepted', 'in-progress'].includes(state) ? 'not finished' : `was ${state}`,
      ],
    ),
  ])('not: %s', (_case, original, instruction, reason) => expect(forbids(original, instruction)).toContain(reason));
});

describe('what is there', () => {
  it('follows what the terminal says it took, and never a new total told as an increment', () => {
    expect(chargedOf(originalWith(ofType('Purchase', 1_000, approved(1_150))))).toBe(1_150);
    expect(heldOf(holdWith(ofType('IncrementalAuth', 500, approved(1_500))))).toBe(1_500);
    expect(heldOf(holdWith(ofType('IncrementalAuth', 500, approved(300))))).toBe(1_300);
    expect(refundableOf(saleWith(ofType('Refund', 500, approved(0))))).toBe(500);
  });

  it('follows the latest approved tip: as a total, or on top of the sale without its tip', () => {
    const tipped = sample({ instruction: { ...sale.instruction, tipAmountMinor: 200 }, life: approved() });
    expect(chargedOf(originalWith(tipped, tip(300)))).toBe(1_100);
    expect(chargedOf(originalWith(tipped, tip(300), ofType('TipAdjust', 1_250)))).toBe(1_250);
    expect(chargedOf(originalWith(tipped, tip(300), ofType('TipAdjust', 1_250, lives.failed)))).toBe(1_100);
  });
});

it.each<[string | undefined, Original]>([
  [undefined, saleWith()],
  [undefined, saleWith(ofType('Refund', 1_000, lives.unknown), ofType('Reversal', undefined, lives.declined))],
  ['partly-refunded', saleWith(ofType('Refund', 400))],
  ['refunded', saleWith(ofType('Refund', 400), ofType('Refund', 600))],
  ['partly-refunded', saleWith(tip(100), ofType('Refund', 1_000))],
  ['voided', saleWith(ofType('Reversal'))],
  ['partly-voided', saleWith(ofType('Reversal', 999))],
  ['completed', holdWith(ofType('AuthCompletion', 500))],
  ['hold-voided', holdWith(ofType('AuthVoid'))],
  ['hold-voided', holdWith(ofType('Reversal'))],
])('the aftermath is %s', (aftermath, original) => expect(aftermathOf(original)).toBe(aftermath));

it.each<[boolean, Original]>([
  [false, saleWith(ofType('Refund', 1_000))],
  [true, saleWith(ofType('Refund', 600), ofType('Refund', 401))],
  [true, saleWith(ofType('Refund', 1), ofType('Reversal'))],
  [true, saleWith(ofType('Reversal'), ofType('Reversal'))],
  [false, holdWith(ofType('AuthCompletion', 1_000))],
  [true, holdWith(ofType('AuthCompletion', 1_001))],
  [true, holdWith(ofType('AuthCompletion', 1), ofType('AuthVoid'))],
])('a late proof is seen to have taken too much: %s', (overdrawn, original) => expect(isOverdrawn(original)).toBe(overdrawn));

describe('of several transactions with one number', () => {
  const refund = { instruction: asking('Refund', 1, { original: { rrn: '1' } }) };
  it('the only one that can be meant is taken', () => {
    const mine = ofType('Purchase', 1_000);
    expect(chooseOriginal(refund, [ofType('Settle'), mine, ofType('Reversal')])).toEqual({ kind: 'chosen', transaction: mine });
    expect(chooseOriginal(refund, [hold])).toEqual({ kind: 'chosen', transaction: hold });
  });
  it('none is taken when several can be meant, or when there are too many to look at', () => {
    expect(chooseOriginal(refund, [sale, sale]).kind).toBe('none');
    expect(chooseOriginal(refund, [sale, ...Array.from({ length: MAX_CANDIDATES }, () => ofType('Settle'))]).kind).toBe('none');
    expect(chooseOriginal(refund, [hold, hold]).kind).toBe('none');
    expect(chooseOriginal(refund, [])).toEqual({ kind: 'none', detail: 'no transaction of this merchant has this rrn' });
  });
});

it('amounts are in the currency of the original even when it took none of its own', () =>
  expect(forbids(originalWith(ofType('Purchase', 10)), { ...asking('Reversal'), amount: usd(0) })).toBeUndefined());
