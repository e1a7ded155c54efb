import { done, refused, type Answer } from '@tillbridge/contracts';
import { looksLikeFullPan } from '@tillbridge/kernel';

/** As long as the field may be (WIRE.md 6.5): what is longer is a mistake and would only fill logs. */
const MAX_REPEATED_LENGTH = 40;

/** What a request of a type has to say, may say and must not say. */
export type TransTypeRule = {
  readonly transType: string;
  /** `tip-or-total`: one of the two is enough. `none`: the type moves no money, so an amount is a mistake. */
  readonly money: 'needed' | 'tip-or-total' | 'optional' | 'none';
  /** Whether what names an original must be there, is passed on when it is, or means nothing. */
  readonly original: 'needed' | 'optional' | 'none';
};

type Needs = Omit<TransTypeRule, 'transType'>;

const startsSomething: Needs = { money: 'needed', original: 'none' };
const followsUp: Needs = { money: 'needed', original: 'needed' };
/** What is undone is all of it, so nobody has to say how much that is. */
const undoes: Needs = { money: 'optional', original: 'needed' };
const withoutMoney: Needs = { money: 'none', original: 'optional' };

/** The 18 types of the cloud (WIRE.md 5.1) and what each needs. */
const taken: ReadonlyMap<string, TransTypeRule> = new Map(
  Object.entries<Needs>({
    Purchase: startsSomething,
    PreAuth: startsSomething,
    IncrementalAuth: followsUp,
    AuthVoid: undoes,
    AuthCompletion: followsUp,
    BalanceInquiry: withoutMoney,
    Reversal: undoes,
    Refund: followsUp,
    Settle: withoutMoney,
    TipAdjust: { money: 'tip-or-total', original: 'needed' },
    ReadCard: withoutMoney,
    QueryTransaction: { money: 'none', original: 'needed' },
    PrintLast: withoutMoney,
    PrintTotal: withoutMoney,
    PrintDetail: withoutMoney,
    PrintParameter: withoutMoney,
    GetPosInfo: withoutMoney,
    VerifyCardPan: withoutMoney,
  }).map(([transType, needs]) => [transType, { transType, ...needs }]),
);

/** Every type that is taken. */
export const transTypes = (): TransTypeRule[] => [...taken.values()];

/** The vendor's types that only the local link has: a till's programmer shall learn that he did not misspell them. */
const ONLY_LOCAL: ReadonlySet<string> = new Set(['VoidSale', 'AuthCancel', 'ExchangeKey', 'ActivateDevice', 'CheckCardExists']);

/** `WorldPay only` is a heading that slipped into the vendor's list of types, and so is unknown like any misspelt one. */
export function checkTransType(transType: string): Answer<TransTypeRule> {
  const rule = taken.get(transType);
  if (rule !== undefined) return done(rule);
  if (ONLY_LOCAL.has(transType)) {
    return refused('unknown-trans-type', `${transType} is a type of the local link only; taken: ${[...taken.keys()].join(', ')}`);
  }
  return refused(
    'unknown-trans-type',
    `${nameOf(transType)} is no type of the API; types are written as in the documentation, for example Purchase`,
  );
}

/** How an answer speaks of it. Answers are logged by tills, so what may be a card number is not repeated. */
const nameOf = (transType: string): string =>
  transType.length > MAX_REPEATED_LENGTH || looksLikeFullPan(transType) ? 'transType' : `"${transType}"`;
