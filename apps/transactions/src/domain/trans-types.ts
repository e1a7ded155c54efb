/**
 * What a transaction does, once it is approved. `charge` and `capture` take money, `hold` sets some aside; all other effects with an original change
 * what became of it. `void` undoes a charge or a hold as a whole, whichever its original is.
 */
export type Effect =
  'charge' | 'hold' | 'raise-hold' | 'capture' | 'release-hold' | 'refund' | 'void' | 'adjust-tip' | 'close-batch' | 'none';

export type TransTypeRule = {
  readonly effect: Effect;
  /** Whether an amount must be given, may be given, or makes no sense. */
  readonly amount: 'needed' | 'optional' | 'none';
  /** `needed`: found, and asked whether it allows this. `passed-on`: given to the terminal as it came, which may know more than we do. */
  readonly original: 'needed' | 'passed-on' | 'none';
};

const withoutMoney: TransTypeRule = { effect: 'none', amount: 'none', original: 'passed-on' };

/** The types of the cloud dialect (docs/WIRE.md 5.1). */
export const transTypes = {
  Purchase: { effect: 'charge', amount: 'needed', original: 'none' },
  PreAuth: { effect: 'hold', amount: 'needed', original: 'none' },
  IncrementalAuth: { effect: 'raise-hold', amount: 'needed', original: 'needed' },
  AuthVoid: { effect: 'release-hold', amount: 'optional', original: 'needed' },
  AuthCompletion: { effect: 'capture', amount: 'needed', original: 'needed' },
  Reversal: { effect: 'void', amount: 'optional', original: 'needed' },
  Refund: { effect: 'refund', amount: 'needed', original: 'needed' },
  TipAdjust: { effect: 'adjust-tip', amount: 'optional', original: 'needed' },
  Settle: { effect: 'close-batch', amount: 'none', original: 'none' },
  BalanceInquiry: withoutMoney,
  ReadCard: withoutMoney,
  QueryTransaction: withoutMoney,
  PrintLast: withoutMoney,
  PrintTotal: withoutMoney,
  PrintDetail: withoutMoney,
  PrintParameter: withoutMoney,
  GetPosInfo: withoutMoney,
  VerifyCardPan: withoutMoney,
} as const satisfies Readonly<Record<string, TransTypeRule>>;

export type TransType = keyof typeof transTypes;

/** Undefined for what is no type of ours. */
export const ruleOf = (transType: string): TransTypeRule | undefined =>
  Object.hasOwn(transTypes, transType) ? transTypes[transType as TransType] : undefined;

/** The effect of a type that was checked before. */
export const effectOf = (transType: string): Effect => ruleOf(transType)?.effect ?? 'none';
