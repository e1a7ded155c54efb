import { done, refused, TRANS_INDEX_CODE, type Answer, type CallerV1, type RecordReportV1 } from '@tillbridge/contracts';
import { asKept, fromTerminalResponse, type KeptResult } from '@tillbridge/protocol';
import { IsBoolean, IsOptional, IsString, Length } from 'class-validator';
import { checkMerchant } from '../identity/merchant.js';
import { checkCardData } from './card-data.js';
import type { JsonObject } from './json-object.js';
import { readFields, requestForm, type FieldRule, type FieldRules } from './wire-fields.js';

/**
 * WIRE.md 6.8, with its own spellings of some names. Only what says which transaction it is and what came of it can be wrong: a result that is lost for
 * the form of its date is worse than one without a date.
 */
export class SubscribeCashierAgentResultV1 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsOptional() @IsString() @Length(1, 40) merchantId?: string;
  @IsOptional() @IsString() @Length(1, 64) tradeNo?: string;
  @IsOptional() @IsString() transIndexCode?: string;
  @IsBoolean() transResult!: boolean;
  @IsOptional() @IsString() terminalId?: string;
  @IsOptional() @IsString() posId?: string;
  @IsOptional() @IsString() transType?: string;
  @IsOptional() @IsString() transScheme?: string;
  @IsOptional() @IsString() CallerName?: string;
  @IsOptional() @IsString() respCode?: string;
  @IsOptional() @IsString() respDesc?: string;
  @IsOptional() @IsString() transID?: string;
  @IsOptional() @IsString() invoiceNum?: string;
  @IsOptional() @IsString() traceNum?: string;
  @IsOptional() @IsString() rrn?: string;
  @IsOptional() @IsString() authCode?: string;
  @IsOptional() @IsString() cardNum?: string;
  @IsOptional() @IsString() expiryDate?: string;
  @IsOptional() @IsString() cardBrand?: string;
  @IsOptional() @IsString() entryMode?: string;
  @IsOptional() @IsString() transAmount?: string;
  @IsOptional() @IsString() otherAmount?: string;
  @IsOptional() @IsString() tipAmount?: string;
  @IsOptional() @IsString() balance?: string;
  @IsOptional() @IsString() currencyCode?: string;
  @IsOptional() @IsString() transDate?: string;
  @IsOptional() @IsString() transTime?: string;
  @IsOptional() @IsString() dccOriCurrencyCode?: string;
  @IsOptional() @IsString() dccOriAmount?: string;
  @IsOptional() @IsString() dccFee?: string;
  @IsOptional() @IsString() dccExchangeRate?: string;
  @IsOptional() @IsString() dccMarkUp?: string;
  @IsOptional() @IsString() dccFooterText?: string;
  @IsOptional() @IsString() countryCode?: string;
  @IsOptional() @IsString() merchantName?: string;
  @IsOptional() @IsString() merchantAddress?: string;
}

const kept = (expected: string): FieldRule => ({ kind: 'text', anyCase: true, expected });
const NOT_KEPT = kept('a text or a number; not kept');

export const subscribeCashierAgentResultRules: FieldRules<SubscribeCashierAgentResultV1> = {
  clientId: { kind: 'text', expected: 'text of 1 to 40 characters' },
  merchantId: { kind: 'text', expected: 'text of 1 to 40 characters' },
  tradeNo: { kind: 'text', expected: 'the number of the transaction; needed where there is no transIndexCode' },
  transIndexCode: { kind: 'text', expected: 'our number of the transaction, 18 digits; it counts before tradeNo' },
  transResult: { kind: 'flag', expected: 'true (approved) or false' },
  respCode: kept('the code of the acquirer'),
  respDesc: kept('its text'),
  transID: kept('the payment id'),
  invoiceNum: kept('the invoice number'),
  traceNum: kept('the trace number'),
  rrn: kept('the retrieval reference number'),
  authCode: kept('the authorisation code'),
  cardNum: kept('the card number, masked'),
  cardBrand: kept('the brand of the card'),
  entryMode: kept('how the card was read, decimal or with 0x'),
  transAmount: kept('what was charged, minor units'),
  transDate: kept('YYYYMMDD'),
  transTime: kept('hhmmss'),
  ...{ terminalId: NOT_KEPT, posId: NOT_KEPT, transType: NOT_KEPT, transScheme: NOT_KEPT, CallerName: NOT_KEPT, expiryDate: NOT_KEPT },
  ...{ otherAmount: NOT_KEPT, tipAmount: NOT_KEPT, balance: NOT_KEPT, currencyCode: NOT_KEPT, countryCode: NOT_KEPT },
  ...{ dccOriCurrencyCode: NOT_KEPT, dccOriAmount: NOT_KEPT, dccFee: NOT_KEPT, dccExchangeRate: NOT_KEPT, dccMarkUp: NOT_KEPT },
  ...{ dccFooterText: NOT_KEPT, merchantName: NOT_KEPT, merchantAddress: NOT_KEPT },
};
const reportForm = requestForm(SubscribeCashierAgentResultV1, subscribeCashierAgentResultRules);

/** A terminal's report. Its transaction is named by our number, or else by the till's. */
export type TerminalReport = Pick<RecordReportV1, 'clientId' | 'merchantId' | 'result'> &
  ({ readonly transIndexCode: string } | { readonly tradeNo: string });

/** Reads `subscribeCashierAgentResult`, with which a terminal publishes its result. */
export function readReport(fields: JsonObject, caller: CallerV1): Answer<TerminalReport> {
  const read = readFields(fields, reportForm);
  if (read.outcome !== 'done') return read;
  const { transIndexCode, tradeNo, merchantId } = read.value;
  if (transIndexCode === undefined && tradeNo === undefined) {
    return refused('invalid-field', `transIndexCode: expected it, or else tradeNo`);
  }
  for (const check of [checkCardData(fields), checkMerchant(caller, merchantId)]) {
    if (check.outcome !== 'done') return check;
  }
  const of = {
    clientId: caller.clientId,
    merchantId: caller.merchantId,
    result: resultOf(asKept(fromTerminalResponse({ ...read.value }))),
  };
  if (transIndexCode === undefined) return done({ ...of, tradeNo: tradeNo ?? '' });
  return TRANS_INDEX_CODE.test(transIndexCode) ? done({ ...of, transIndexCode }) : refused('transaction-not-found');
}

const members = [
  ...(['respCode', 'respDesc', 'transId', 'invoiceNum', 'traceNum', 'rrn', 'authCode'] as const),
  ...(['cardNo', 'cardBrand', 'entryMode', 'amountMinor', 'tranTime'] as const),
];

/** The part that a journal keeps. */
function resultOf(told: KeptResult): RecordReportV1['result'] {
  const present = members.filter((name) => told[name] !== undefined).map((name) => [name, told[name]] as const);
  return { approved: told.approved, ...(Object.fromEntries(present) as Omit<RecordReportV1['result'], 'approved'>) };
}
