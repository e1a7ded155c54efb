import type { InstructionV1 } from '@tillbridge/contracts';

/** What an approved transaction leaves behind that others may follow up: money taken, or money set aside. */
export type Base = 'charge' | 'hold';

export type TypeRules = {
  /** `none`: takes no money, so an amount above zero is a mistake. `tip-or-total`: one of both. */
  readonly amount: 'required' | 'optional' | 'tip-or-total' | 'none';
  /** `limited`: we find the original and decide whether it allows this. `as-given`: its identifiers go to the terminal as they are. */
  readonly original: 'limited' | 'as-given' | 'none';
  /** The kinds of original that it may follow up. */
  readonly follows: readonly Base[];
  /** What it becomes when it is approved. */
  readonly becomes?: Base;
  readonly meaning: string;
};

const fresh = { original: 'none', follows: [] } as const;
const moneyless = { amount: 'none', ...fresh } as const;
const report = { amount: 'none', original: 'as-given', follows: [] } as const;

/** The types of the cloud list (docs/WIRE.md 5.1), with what each needs and what it follows up. */
export const transactionTypes = {
  Purchase: { amount: 'required', ...fresh, becomes: 'charge', meaning: 'sale' },
  PreAuth: { amount: 'required', ...fresh, becomes: 'hold', meaning: 'hold' },
  IncrementalAuth: { amount: 'required', original: 'limited', follows: ['hold'], meaning: 'raises a hold' },
  AuthVoid: { amount: 'optional', original: 'limited', follows: ['hold'], meaning: 'releases a hold' },
  AuthCompletion: { amount: 'required', original: 'limited', follows: ['hold'], becomes: 'charge', meaning: 'captures a hold, once' },
  BalanceInquiry: { ...moneyless, meaning: 'balance of a card' },
  Reversal: { amount: 'optional', original: 'limited', follows: ['charge', 'hold'], meaning: 'takes back a sale, a completion or a hold' },
  Refund: { amount: 'required', original: 'limited', follows: ['charge'], meaning: 'gives money back' },
  Settle: { ...moneyless, meaning: "closes the terminal's batch" },
  TipAdjust: { amount: 'tip-or-total', original: 'limited', follows: ['charge'], meaning: 'changes the tip of a sale' },
  ReadCard: { ...moneyless, meaning: 'reads a card' },
  QueryTransaction: { ...report, meaning: 'data of a transaction, from the terminal' },
  PrintLast: { ...report, meaning: 'prints the last receipt again' },
  PrintTotal: { ...report, meaning: 'prints totals' },
  PrintDetail: { ...report, meaning: 'prints details' },
  PrintParameter: { ...report, meaning: 'prints parameters' },
  GetPosInfo: { ...report, meaning: 'data of the terminal' },
  VerifyCardPan: { ...report, meaning: 'checks a card' },
} as const satisfies Record<string, TypeRules>;

export type TransactionType = keyof typeof transactionTypes;
export type FollowUpType = 'IncrementalAuth' | 'AuthVoid' | 'AuthCompletion' | 'Reversal' | 'Refund' | 'TipAdjust';

/** The rules of a type; undefined when it is none of ours. */
export const rulesOf = (transType: string): TypeRules | undefined =>
  Object.hasOwn(transactionTypes, transType) ? transactionTypes[transType as TransactionType] : undefined;

/** An amount of zero is none. */
export const amountIn = ({ amount }: InstructionV1): number | undefined => positive(amount?.amountMinor);
export const tipIn = ({ tipAmountMinor }: InstructionV1): number | undefined => positive(tipAmountMinor);
const positive = (amountMinor: number | undefined): number | undefined =>
  amountMinor !== undefined && amountMinor > 0 ? amountMinor : undefined;

/** What is wrong with an instruction whatever the rest of the world is like; undefined when nothing is. */
export function flawIn(instruction: InstructionV1, rules: TypeRules): string | undefined {
  const { transType } = instruction;
  const amountMinor = amountIn(instruction);
  if (rules.amount === 'required' && amountMinor === undefined) return `${transType} needs an amount above zero`;
  if (rules.amount === 'none' && amountMinor !== undefined) return `${transType} takes no amount`;
  if (rules.amount === 'tip-or-total' && amountMinor === undefined && tipIn(instruction) === undefined) {
    return `${transType} needs a tip or a new total`;
  }
  if (rules.original === 'limited' && Object.keys(instruction.original ?? {}).length === 0) {
    return `${transType} needs an identifier of its original`;
  }
  return undefined;
}
