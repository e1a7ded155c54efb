import { maskCardNumber } from '@tillbridge/kernel';
import { formatTimestamp } from './envelope.js';
import type { TerminalResult } from './terminal-app.js';

/** 0 success, 1 failed, 2 in progress (unknown outcomes included). */
export type TransResultCode = 0 | 1 | 2;

/**
 * Wire specification 5.5: 1 pending, 2 completed, 3 revoked, 4 refunded, 5 closed, 6 partial refund, 7 pre-auth completed, 8 pre-auth
 * revoked, 9 partial revocation.
 */
export type TransactionState = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

/** What the platform knows about a transaction when it tells others about it. */
export type TransactionReport = {
  mid: string;
  /** the caller's number */
  tradeNo: string;
  /** the platform's number, 18 digits */
  transIndexCode: string;
  transType: string;
  transResult: TransResultCode;
  state: TransactionState;
  amountMinor?: number | undefined;
  /** ISO 4217 numeric */
  currency?: string | undefined;
  /** when the outcome became known here; told when the terminal said no time of its own */
  completedAt?: Date | undefined;
  /** what the terminal answered, once it has */
  result?: TerminalResult | undefined;
};

/** The 18 members that clients of the result query read (wire specification 6.6). Absent values are empty texts, never null: clients fail on null. */
export type QueryData = {
  checkoutId: string;
  transIndexCode: string;
  paywizardId: string;
  mid: string;
  amount: string;
  state: TransactionState;
  currencyCode: string;
  transType: string;
  tranTime: string;
  cardNo: string;
  cardToken: string;
  transResult: TransResultCode;
  transId: string;
  invoiceNum: string;
  traceNum: string;
  rrn: string;
  respCode: string;
  respDesc: string;
};

/**
 * The body of a callback or push, before `sign` is added: the members of 6.9 and of 7.1 together. Where the two contradict each other,
 * 6.9 holds: `tradeNo` is the caller's number and `transIndexCode` the platform's.
 */
export type CallbackBody = QueryData & { tradeNo: string };

/** A result that has the terminal's date and time in one member, `yyyy-MM-dd HH:mm:ss`, as the platform keeps it. */
export type KeptResult = Omit<TerminalResult, 'tranDate' | 'tranTime'> & { readonly tranTime?: string };

const DATE_DIGITS = 8;
const DATE_AND_TIME_DIGITS = 14;

/** The result as the dialect tells it: date and time in two members. Half a time is none. */
export function asTold({ tranTime, ...told }: KeptResult): TerminalResult {
  const digits = tranTime?.replace(/\D/g, '') ?? '';
  if (digits.length !== DATE_AND_TIME_DIGITS) return told;
  return { ...told, tranDate: digits.slice(0, DATE_DIGITS), tranTime: digits.slice(DATE_DIGITS) };
}

/** The result as the platform keeps it: date and time in one member. Half a time is none. */
export function asKept({ tranDate, tranTime, ...told }: TerminalResult): KeptResult {
  const time = dateAndTime(`${tranDate ?? ''}${tranTime ?? ''}`);
  return time === undefined ? told : { ...told, tranTime: time };
}

/** What only the terminal can tell. */
type ToldMember = 'cardNo' | 'cardToken' | 'transId' | 'invoiceNum' | 'traceNum' | 'rrn' | 'respCode' | 'respDesc';

/** The answer to a result query. The platform has one number for a transaction, so its three names in the dialect have one value. */
export function toQueryData(report: TransactionReport): QueryData {
  const told = (member: ToldMember): string => report.result?.[member] ?? '';
  return {
    checkoutId: report.transIndexCode,
    transIndexCode: report.transIndexCode,
    paywizardId: report.transIndexCode,
    mid: report.mid,
    amount: report.amountMinor === undefined ? '' : String(report.amountMinor),
    state: report.state,
    currencyCode: report.currency ?? '',
    transType: report.transType,
    tranTime: tranTimeOf(report),
    cardNo: maskCardNumber(told('cardNo')),
    cardToken: told('cardToken'),
    transResult: report.transResult,
    transId: told('transId'),
    invoiceNum: told('invoiceNum'),
    traceNum: told('traceNum'),
    rrn: told('rrn'),
    respCode: told('respCode'),
    respDesc: told('respDesc'),
  };
}

/** The flat body of a callback or push, ready for `signPush`. */
export function toCallbackBody(report: TransactionReport): CallbackBody {
  return { ...toQueryData(report), tradeNo: report.tradeNo };
}

/**
 * `yyyy-MM-dd HH:mm:ss`: the terminal's own date and time, which are also on the receipt (wire specification 5.4), in the terminal's zone; else the
 * time the outcome became known, in UTC; else empty.
 */
function tranTimeOf({ result, completedAt }: TransactionReport): string {
  const told = dateAndTime(`${result?.tranDate ?? ''}${result?.tranTime ?? ''}`);
  return told ?? (completedAt === undefined ? '' : formatTimestamp(completedAt));
}

/** `YYYYMMDDhhmmss` as `yyyy-MM-dd HH:mm:ss`; undefined when it is none. */
function dateAndTime(digits: string): string | undefined {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits) ?? [];
  return parts.length === 0 ? undefined : `${parts.slice(0, 3).join('-')} ${parts.slice(3).join(':')}`;
}
