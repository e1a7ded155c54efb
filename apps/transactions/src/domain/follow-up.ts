import type { Aftermath, InstructionV1 } from '@tillbridge/contracts';
import { assert } from '@tillbridge/kernel';
import { isOpen } from './life.js';
import type { Transaction } from './transaction.js';
import { amountIn, rulesOf, tipIn, type Base, type FollowUpType } from './types.js';

/**
 * What may still be done with an original. Whatever is open or unknown may come true, so it counts as if it had: it reserves what it asks for.
 * What is not certain yet gives nothing: an increment counts once it is approved.
 */
export type Original = {
  readonly transaction: Transaction;
  /** In the order of their acceptance. */
  readonly followUps: readonly Transaction[];
  /** A settlement of its terminal was approved after it. */
  readonly isSettled: boolean;
};

/** Approved, or it may still be; also one whose late approval a person is looking at. */
export const isLive = ({ life, lateResult }: Transaction): boolean =>
  isOpen(life.state) || life.state === 'unknown' || life.state === 'approved' || lateResult?.outcome === 'approved';
const isApproved = ({ life }: Transaction): boolean => life.state === 'approved';

const baseOf = ({ instruction }: Transaction): Base | undefined => rulesOf(instruction.transType)?.becomes;
const typed = (transType: FollowUpType) => (transaction: Transaction) => transaction.instruction.transType === transType;
const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);

/** What the terminal says that it took; it may have added a tip. */
const toldOf = ({ life }: Transaction): number | undefined => (life.state === 'approved' ? life.result.amountMinor : undefined);
const askedOf = (transaction: Transaction): number => amountIn(transaction.instruction) ?? 0;
const takenBy = (transaction: Transaction): number => toldOf(transaction) ?? askedOf(transaction);

/** What is set aside for certain: an increment is what was asked for at most, for some terminals tell the new total. */
export function heldOf({ transaction, followUps }: Omit<Original, 'isSettled'>): number {
  const increments = followUps.filter(typed('IncrementalAuth')).filter(isApproved);
  return takenBy(transaction) + sum(increments.map((each) => Math.min(askedOf(each), takenBy(each))));
}

/** What was taken, after the tips that were adjusted; the least of it while an adjustment may or may not have come true. */
export function chargedOf({ transaction, followUps }: Omit<Original, 'isSettled'>): number {
  const adjustments = followUps.filter(typed('TipAdjust')).filter(isLive);
  const lastCertain = adjustments.findLastIndex(isApproved);
  const certain = adjustments[lastCertain];
  const present = certain === undefined ? takenBy(transaction) : totalAfter(transaction, certain);
  const possible = adjustments.slice(lastCertain + 1).map((each) => totalAfter(transaction, each));
  return Math.min(present, ...possible);
}

/** The total after an adjustment: the one that was asked for, or the sale without its tip and the new tip on top. */
function totalAfter(sale: Transaction, adjustment: Transaction): number {
  const total = amountIn(adjustment.instruction);
  if (total !== undefined) return toldOf(adjustment) ?? total;
  return askedOf(sale) - (tipIn(sale.instruction) ?? 0) + (tipIn(adjustment.instruction) ?? 0);
}

/** What was given back or may be: what was asked for, or more if the terminal says so. */
const givenBack = (refunds: readonly Transaction[]): number => sum(refunds.map((each) => Math.max(askedOf(each), takenBy(each))));

export const refundableOf = (original: Original): number =>
  chargedOf(original) - givenBack(original.followUps.filter(typed('Refund')).filter(isLive));

/** Why the original does not allow this follow-up; undefined when it does. */
export function forbids(original: Original, instruction: InstructionV1): string | undefined {
  const { transaction } = original;
  const { transType } = instruction;
  const rules = rulesOf(transType);
  assert(rules?.original === 'limited', `${transType} follows nothing up`);
  const base = baseOf(transaction);
  if (base === undefined || !rules.follows.includes(base)) return `${transType} does not follow a ${transaction.instruction.transType}`;
  const standing = standingOf(transaction);
  if (standing !== undefined) return standing;
  const currency = transaction.instruction.amount?.currency;
  if (amountIn(instruction) !== undefined && instruction.amount?.currency !== currency) {
    return `the original is in currency ${currency ?? 'none'}`;
  }
  return rulesByType[transType as FollowUpType](original, instruction);
}

function standingOf({ life, transIndexCode }: Transaction): string | undefined {
  if (life.state === 'approved') return undefined;
  if (isOpen(life.state)) return `the original ${transIndexCode} is not finished yet`;
  if (life.state === 'unknown') return `the outcome of the original ${transIndexCode} is not known yet`;
  return `the original ${transIndexCode} was ${life.state}`;
}

type Rule = (original: Original, instruction: InstructionV1) => string | undefined;

const rulesByType: Readonly<Record<FollowUpType, Rule>> = {
  IncrementalAuth: (original) => holdIsOver(original),
  AuthCompletion: (original, instruction) => holdIsOver(original) ?? above(amountIn(instruction), heldOf(original), 'is held'),
  AuthVoid: releases,
  Reversal: (original, instruction) => (baseOf(original.transaction) === 'hold' ? releases : takesBack)(original, instruction),
  Refund: (original, instruction) => isVoided(original) ?? above(amountIn(instruction), refundableOf(original), 'is left'),
  TipAdjust: (original) =>
    isVoided(original) ??
    liveOne(original, 'Refund', 'was refunded, or a refund is under way') ??
    settled(original) ??
    // Only one at a time: the order of two would be the terminal's.
    (original.followUps.some((each) => typed('TipAdjust')(each) && isLive(each) && !isApproved(each))
      ? 'another tip adjustment is under way'
      : undefined),
};

function releases(original: Original, instruction: InstructionV1): string | undefined {
  return holdIsOver(original) ?? above(amountIn(instruction), heldOf(original), 'is held');
}

function takesBack(original: Original, instruction: InstructionV1): string | undefined {
  return (
    isVoided(original) ??
    liveOne(original, 'Refund', 'was refunded, or a refund is under way') ??
    settled(original) ??
    above(amountIn(instruction), chargedOf(original), 'was charged')
  );
}

const liveOne = ({ followUps }: Original, type: FollowUpType, text: string): string | undefined =>
  followUps.some((each) => typed(type)(each) && isLive(each)) ? `the original ${text}` : undefined;

const isVoided = (original: Original): string | undefined =>
  liveOne(original, 'Reversal', 'was voided, or a void is under way') ??
  (original.transaction.voidWantedAt === undefined ? undefined : 'the original is about to be voided');

const holdIsOver = (original: Original): string | undefined =>
  liveOne(original, 'AuthCompletion', 'was completed, or a completion is under way') ??
  liveOne(original, 'AuthVoid', 'was voided, or a void is under way') ??
  isVoided(original);

const settled = ({ isSettled }: Original): string | undefined => (isSettled ? 'the original was settled' : undefined);

const above = (asked: number | undefined, limit: number, what: string): string | undefined =>
  asked !== undefined && asked > limit ? `${String(Math.max(limit, 0))} ${what}` : undefined;

/**
 * Has a late proof made more of the original than was there? No rule lets that happen; a terminal that reported too late can have done it.
 */
export function isOverdrawn(original: Original): boolean {
  const live = (type: FollowUpType): Transaction[] => original.followUps.filter(typed(type)).filter(isLive);
  const [refunds, voids, completions] = [live('Refund'), [...live('Reversal'), ...live('AuthVoid')], live('AuthCompletion')];
  const ends = voids.length + completions.length;
  if (baseOf(original.transaction) === 'hold') return ends > 1 || sum(completions.map(takenBy)) > heldOf(original);
  return ends > 1 || (ends === 1 && refunds.length > 0) || givenBack(refunds) > chargedOf(original);
}

/** What approved follow-ups have made of an approved transaction. */
export function aftermathOf({ transaction, followUps }: Omit<Original, 'isSettled'>): Aftermath | undefined {
  const base = baseOf(transaction);
  if (!isApproved(transaction) || base === undefined) return undefined;
  const approved = (type: FollowUpType): Transaction[] => followUps.filter(typed(type)).filter(isApproved);
  const [voided] = [...approved('Reversal'), ...approved('AuthVoid')];
  if (base === 'hold') return voided !== undefined ? 'hold-voided' : approved('AuthCompletion').length > 0 ? 'completed' : undefined;
  const charged = chargedOf({ transaction, followUps: followUps.filter(isApproved) });
  if (voided !== undefined) return (amountIn(voided.instruction) ?? charged) < charged ? 'partly-voided' : 'voided';
  const refunded = givenBack(approved('Refund'));
  return refunded === 0 ? undefined : refunded < charged ? 'partly-refunded' : 'refunded';
}
