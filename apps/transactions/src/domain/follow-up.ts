import type { Aftermath, InstructionV1, Refusal } from '@tillbridge/contracts';
import { effectOf, type Effect } from './trans-types.js';
import type { Transaction } from './transaction.js';

/** An original with what has been asked about it since. */
export type Original = {
  readonly transaction: Transaction;
  /** Its follow-ups, the oldest first, whatever became of them. */
  readonly followUps: readonly Transaction[];
  /** Its terminal has closed a batch since it was approved. */
  readonly isSettled: boolean;
};

/** What was asked for and never came to anything. Everything else counts: also what is under way or unknown, for it may turn out to be approved. */
const isDead = ({ life }: Transaction): boolean => life.state === 'declined' || life.state === 'cancelled' || life.state === 'failed';
const isApproved = ({ life }: Transaction): boolean => life.state === 'approved';

const effectsOf = (original: Original, which: (followUp: Transaction) => boolean, ...effects: Effect[]): Transaction[] =>
  original.followUps.filter((each) => which(each) && effects.includes(effectOf(each.instruction.transType)));
const live = (original: Original, ...effects: Effect[]): Transaction[] => effectsOf(original, (each) => !isDead(each), ...effects);
const approved = (original: Original, ...effects: Effect[]): Transaction[] => effectsOf(original, isApproved, ...effects);

/** What the terminal says that it did counts before what it was asked for. */
export function amountOf({ life, instruction }: Transaction): number {
  return (life.state === 'approved' ? life.result.amountMinor : undefined) ?? instruction.amount?.amountMinor ?? 0;
}
const sumOf = (transactions: readonly Transaction[]): number => transactions.reduce((sum, each) => sum + amountOf(each), 0);

/** What is set aside by a hold, minor units. Only approved increments have raised it. */
export const heldBy = (original: Original): number => amountOf(original.transaction) + sumOf(approved(original, 'raise-hold'));

/** What was charged, minor units, with the latest tip. */
export function chargedBy(original: Original): number {
  const adjusted = approved(original, 'adjust-tip').at(-1);
  if (adjusted === undefined) return amountOf(original.transaction);
  return (
    (adjusted.life.state === 'approved' ? adjusted.life.result.amountMinor : undefined) ?? totalWithTip(original, adjusted.instruction)
  );
}

/** The new total that a tip adjustment asks for: said itself, or the charge with its tip replaced. */
export function totalWithTip({ transaction }: Original, { amount, tipAmountMinor = 0 }: InstructionV1): number {
  if (amount !== undefined && amount.amountMinor > 0) return amount.amountMinor;
  return amountOf(transaction) - (transaction.instruction.tipAmountMinor ?? 0) + tipAmountMinor;
}

/** What may still be given back. Refunds that are under way or unknown have taken their part already. */
export const refundableOf = (original: Original): number => chargedBy(original) - sumOf(live(original, 'refund'));

/** Why the original does not allow what is asked; undefined when it does. */
export function checkFollowUp(asked: InstructionV1, original: Original): Refusal | undefined {
  const problem = problemOf(asked, original);
  return problem === undefined ? undefined : { name: 'original-forbids', detail: problem };
}

function problemOf(asked: InstructionV1, original: Original): string | undefined {
  const { instruction, life, tradeNo } = original.transaction;
  if (life.state !== 'approved') return `tradeNo ${tradeNo} is ${life.state} and not approved`;
  const currency = instruction.amount?.currency;
  if (asked.amount !== undefined && asked.amount.currency !== currency) return `its currency is ${currency ?? 'none'}`;
  const [effect, wanted] = [effectOf(instruction.transType), effectOf(asked.transType)];
  if (effect === 'hold') return problemOfHold(wanted, asked, original);
  if (effect === 'charge' || effect === 'capture') return problemOfCharge(wanted, asked, original);
  return `a ${instruction.transType} has nothing to follow up`;
}

function problemOfHold(wanted: Effect, asked: InstructionV1, original: Original): string | undefined {
  if (wanted !== 'raise-hold' && wanted !== 'capture' && wanted !== 'release-hold' && wanted !== 'void') {
    return `a hold is not open to ${asked.transType}`;
  }
  if (live(original, 'capture').length > 0) return 'the hold is completed, or its completion is under way';
  if (live(original, 'release-hold', 'void').length > 0) return 'the hold is voided, or its void is under way';
  const held = heldBy(original);
  const asksFor = asked.amount?.amountMinor ?? 0;
  return wanted === 'capture' && asksFor > held ? `${held} minor units are held` : undefined;
}

function problemOfCharge(wanted: Effect, asked: InstructionV1, original: Original): string | undefined {
  if (live(original, 'void').length > 0) return 'it is voided, or its void is under way';
  switch (wanted) {
    case 'refund':
      return problemOfRefund(asked, original);
    case 'void':
      return problemOfVoid(asked, original);
    case 'adjust-tip':
      return problemOfTip(asked, original);
    default:
      return `a charge is not open to ${asked.transType}`;
  }
}

function problemOfRefund(asked: InstructionV1, original: Original): string | undefined {
  if (live(original, 'adjust-tip').some((each) => !isApproved(each))) return 'its tip is being adjusted';
  const left = refundableOf(original);
  return (asked.amount?.amountMinor ?? 0) > left ? `${left} minor units are left of it` : undefined;
}

function problemOfVoid(asked: InstructionV1, original: Original): string | undefined {
  if (original.isSettled) return 'its batch is settled: give the money back with Refund';
  if (live(original, 'refund').length > 0) return 'it is refunded, or a refund is under way';
  if (live(original, 'adjust-tip').some((each) => !isApproved(each))) return 'its tip is being adjusted';
  const charged = chargedBy(original);
  return (asked.amount?.amountMinor ?? charged) > charged ? `${charged} minor units were charged` : undefined;
}

function problemOfTip(asked: InstructionV1, original: Original): string | undefined {
  if (original.isSettled) return 'its batch is settled';
  if (live(original, 'refund').length > 0) return 'it is refunded, or a refund is under way';
  if (live(original, 'adjust-tip').some((each) => !isApproved(each))) return 'its tip is being adjusted already';
  const { transaction } = original;
  const withoutTip = amountOf(transaction) - (transaction.instruction.tipAmountMinor ?? 0);
  return totalWithTip(original, asked) < withoutTip ? `the total cannot be below ${withoutTip} minor units` : undefined;
}

/** What approved follow-ups have made of it; undefined where none has. */
export function aftermathOf(original: Original): Aftermath | undefined {
  const effect = effectOf(original.transaction.instruction.transType);
  if (original.transaction.life.state !== 'approved') return undefined;
  if (effect === 'hold') {
    if (approved(original, 'capture').length > 0) return 'completed';
    return approved(original, 'release-hold', 'void').length > 0 ? 'hold-voided' : undefined;
  }
  const [voided] = approved(original, 'void');
  const charged = chargedBy(original);
  if (voided !== undefined) return amountOf(voided) > 0 && amountOf(voided) < charged ? 'partly-voided' : 'voided';
  const refunded = sumOf(approved(original, 'refund'));
  if (refunded === 0) return undefined;
  return refunded < charged ? 'partly-refunded' : 'refunded';
}
