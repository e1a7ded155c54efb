import { assert, findCurrency, looksLikeFullPan, MAX_AMOUNT_MINOR, maskCardNumber } from '@tillbridge/kernel';
import type { OriginalIdentifiers } from './semi-open.js';

/**
 * An accepted cloud transaction, as far as the terminal needs to know it. Amounts are minor units of `currency` (ISO 4217 numeric);
 * transactions without money have neither.
 */
export type CloudTransaction = OriginalIdentifiers & {
  transIndexCode: string;
  transType: string;
  transScheme?: string | undefined;
  callerName?: string | undefined;
  amountMinor?: number | undefined;
  otherAmountMinor?: number | undefined;
  tipAmountMinor?: number | undefined;
  currency?: string | undefined;
  reqTransDate?: string | undefined;
  reqTransTime?: string | undefined;
  enableReceipt?: boolean | undefined;
  appendingReceiptInfo?: string | undefined;
  skipConfirmProcedure?: boolean | undefined;
};

/** The request a terminal app receives (wire specification 8.5): booleans as such, everything else as text, amounts as digits of minor units. */
export type TerminalRequest = {
  TransType: string;
  TransIndexCode: string;
  TransScheme?: string;
  CallerName?: string;
  TransAmount?: string;
  OtherAmount?: string;
  TipAmount?: string;
  CurrencyCode?: string;
  ReqTransDate?: string;
  ReqTransTime?: string;
  OriTransIndexCode?: string;
  OriTraceNum?: string;
  OriInvoiceNum?: string;
  OriTransId?: string;
  OriRrn?: string;
  EnableReceipt?: boolean;
  AppendingReceiptInfo?: string;
  SkipConfirmProcedure?: boolean;
};

/**
 * The request for the terminal app. `TransIndexCode` is the platform's number, not the till's trade number (cloud mode, wire specification 6.5).
 * What is absent or an empty text is left out.
 */
export function toTerminalRequest(transaction: CloudTransaction): TerminalRequest {
  const amount = (name: string, amountMinor: number | undefined): string | undefined => {
    assert(amountMinor === undefined || isAmount(amountMinor), `${name} must be an integer of minor units up to 12 digits`);
    return amountMinor === undefined ? undefined : String(amountMinor);
  };
  return {
    TransType: transaction.transType,
    TransIndexCode: transaction.transIndexCode,
    ...present({
      TransScheme: transaction.transScheme,
      CallerName: transaction.callerName,
      // An amount of 0 only carries the currency of a part, such as a new tip: as a total it would be a wrong one.
      TransAmount: transaction.amountMinor === 0 ? undefined : amount('amountMinor', transaction.amountMinor),
      OtherAmount: amount('otherAmountMinor', transaction.otherAmountMinor),
      TipAmount: amount('tipAmountMinor', transaction.tipAmountMinor),
      CurrencyCode: transaction.currency,
      ReqTransDate: transaction.reqTransDate,
      ReqTransTime: transaction.reqTransTime,
      OriTransIndexCode: transaction.oriTransIndexCode,
      OriTraceNum: transaction.oriTraceNum,
      OriInvoiceNum: transaction.oriInvoiceNum,
      OriTransId: transaction.oriTransId,
      OriRrn: transaction.oriRrn,
      EnableReceipt: transaction.enableReceipt,
      AppendingReceiptInfo: transaction.appendingReceiptInfo,
      SkipConfirmProcedure: transaction.skipConfirmProcedure,
    }),
  };
}

/**
 * What a terminal app answered, tidied up: no empty members, no card data beyond the first six and last four digits, amounts as integers.
 * `approved` is true only for an explicit success. The expiry date is left behind on purpose: nobody needs it.
 */
export type TerminalResult = {
  approved: boolean;
  respCode?: string;
  respDesc?: string;
  transType?: string;
  transScheme?: string;
  transIndexCode?: string;
  transId?: string;
  invoiceNum?: string;
  traceNum?: string;
  rrn?: string;
  authCode?: string;
  /** masked */
  cardNo?: string;
  cardBrand?: string;
  /** the terminal's unique id for the card (`CardUniqueId`), which is no card number */
  cardToken?: string;
  /** wire specification 5.5: 2 swipe, 5 chip, 7 contactless, … */
  entryMode?: number;
  amountMinor?: number;
  otherAmountMinor?: number;
  tipAmountMinor?: number;
  balanceMinor?: number;
  /** ISO 4217 numeric, three digits */
  currency?: string;
  /** `YYYYMMDD`, by the terminal's clock and in its zone */
  tranDate?: string;
  /** `hhmmss` */
  tranTime?: string;
  mid?: string;
  tid?: string;
  merchantName?: string;
  merchantAddress?: string;
  emvAid?: string;
  emvAppName?: string;
  emvCryptogram?: string;
  emvTvr?: string;
};

/** No field of the wire is meant to be longer; a longer text is cut. */
const MAX_TEXT_LENGTH = 256;

/**
 * Reads the answer of a terminal app (wire specification 8.6) with the tolerances of section 18: numbers and booleans also as texts, amounts also
 * zero-padded, `""` and the text `null` as absent, names in any case, unknown members dropped, unreadable values treated as absent.
 *
 * A full card number gets through nowhere: `CardNum` is always masked, and any other text that looks like one is masked as a whole. So an
 * identifier that cannot be told from a card number is lost; that is the lesser harm.
 */
export function fromTerminalResponse(response: Readonly<Record<string, unknown>>): TerminalResult {
  const read = readerOf(response);
  const cardNumber = textOf(read('CardNum'));
  return {
    approved: booleanOf(read('TransResult')) === true,
    ...present({
      respCode: safeTextOf(read('RespCode')),
      respDesc: safeTextOf(read('RespDesc')),
      transType: safeTextOf(read('TransType')),
      transScheme: safeTextOf(read('TransScheme')),
      transIndexCode: safeTextOf(read('TransIndexCode')),
      transId: safeTextOf(read('TransID')),
      invoiceNum: safeTextOf(read('InvoiceNum')),
      traceNum: safeTextOf(read('TraceNum')),
      rrn: safeTextOf(read('RRN')),
      authCode: safeTextOf(read('AuthCode')) ?? safeTextOf(read('ApprovalCode')),
      cardNo: cardNumber === undefined ? undefined : maskCardNumber(cardNumber),
      cardBrand: safeTextOf(read('CardBrand')),
      cardToken: safeTextOf(read('CardUniqueId')),
      entryMode: integerOf(read('EntryMode')),
      amountMinor: amountOf(read('TransAmount')),
      otherAmountMinor: amountOf(read('OtherAmount')),
      tipAmountMinor: amountOf(read('TipAmount')),
      balanceMinor: amountOf(read('Balance')),
      currency: findCurrency(textOf(read('CurrencyCode')) ?? '')?.numeric,
      tranDate: dateOf(read('TransDate')),
      tranTime: timeOf(read('TransTime')),
      mid: safeTextOf(read('MID')),
      tid: safeTextOf(read('TID')),
      merchantName: safeTextOf(read('MerchantName')),
      merchantAddress: safeTextOf(read('MerchantAddress')),
      emvAid: safeTextOf(read('EmvAid')),
      emvAppName: safeTextOf(read('EmvAppName')),
      emvCryptogram: safeTextOf(read('EmvCryptogram')),
      emvTvr: safeTextOf(read('EmvTVR')),
    }),
  };
}

type Present<Members> = { [Name in keyof Members]?: Exclude<Members[Name], undefined> };

/** The members that are there: neither undefined nor an empty text. */
function present<Members extends Record<string, unknown>>(members: Members): Present<Members> {
  const found = Object.entries(members).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(found) as Present<Members>;
}

/** Looks members up by their exact name first and by their name in any case second (`TransId` for `TransID`). */
function readerOf(response: Readonly<Record<string, unknown>>): (name: string) => unknown {
  const byLowerCase = new Map(Object.entries(response).map(([name, value]): [string, unknown] => [name.toLowerCase(), value]));
  return (name) => (Object.hasOwn(response, name) ? response[name] : byLowerCase.get(name.toLowerCase()));
}

function isAmount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MAX_AMOUNT_MINOR;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') return undefined;
  const trimmed = value.trim();
  return trimmed === '' || trimmed.toLowerCase() === 'null' ? undefined : trimmed;
}

/** Cut only after the search for card numbers, so that the cut cannot hide one from it. */
function safeTextOf(value: unknown): string | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  return (looksLikeFullPan(text) ? maskCardNumber(text) : text).slice(0, MAX_TEXT_LENGTH);
}

function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const text = textOf(value)?.toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

/** A non-negative integer in decimal or, as entry modes are also sent, in hexadecimal with `0x`. */
function integerOf(value: unknown): number | undefined {
  const text = textOf(value);
  return text !== undefined && /^(\d{1,9}|0x[\da-f]{1,4})$/i.test(text) ? Number(text) : undefined;
}

function amountOf(value: unknown): number | undefined {
  const text = textOf(value);
  if (text === undefined || !/^\d{1,24}$/.test(text)) return undefined;
  return isAmount(Number(text)) ? Number(text) : undefined;
}

/** `YYYYMMDD`; also `yyMMdd`, which one vendor demo sends. */
function dateOf(value: unknown): string | undefined {
  const text = textOf(value) ?? '';
  const date = /^\d{6}$/.test(text) ? `20${text}` : text;
  return /^\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/.test(date) ? date : undefined;
}

function timeOf(value: unknown): string | undefined {
  const text = textOf(value) ?? '';
  return /^([01]\d|2[0-3])[0-5]\d[0-5]\d$/.test(text) ? text : undefined;
}
