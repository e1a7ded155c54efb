/**
 * What happens at the terminal for a type. `card`: the buyer shows one. `host`: the bank is asked, and from then on nobody can stop it any more.
 * `receipt`: an approval prints one.
 */
export type TransKind = { readonly card: boolean; readonly host: boolean; readonly receipt: boolean };

const kinds = {
  Purchase: { card: true, host: true, receipt: true },
  PreAuth: { card: true, host: true, receipt: true },
  IncrementalAuth: { card: false, host: true, receipt: true },
  AuthVoid: { card: false, host: true, receipt: true },
  AuthCompletion: { card: false, host: true, receipt: true },
  BalanceInquiry: { card: true, host: true, receipt: false },
  Reversal: { card: false, host: true, receipt: true },
  Refund: { card: true, host: true, receipt: true },
  Settle: { card: false, host: true, receipt: false },
  TipAdjust: { card: false, host: true, receipt: true },
  ReadCard: { card: true, host: false, receipt: false },
  QueryTransaction: { card: false, host: false, receipt: false },
  PrintLast: { card: false, host: false, receipt: false },
  PrintTotal: { card: false, host: false, receipt: false },
  PrintDetail: { card: false, host: false, receipt: false },
  PrintParameter: { card: false, host: false, receipt: false },
  GetPosInfo: { card: false, host: false, receipt: false },
  VerifyCardPan: { card: true, host: true, receipt: false },
} as const satisfies Record<string, TransKind>;

/** The types of the cloud list, wire specification 5.1. */
export type TransType = keyof typeof kinds;

export const transTypes = Object.keys(kinds) as readonly TransType[];

export const kindOf = (transType: TransType): TransKind => kinds[transType];

export const isTransType = (text: unknown): text is TransType => typeof text === 'string' && Object.hasOwn(kinds, text);
