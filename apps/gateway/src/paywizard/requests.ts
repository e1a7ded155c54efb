import type { OriginalV1 } from '@tillbridge/contracts';
import { MAX_AMOUNT_MINOR } from '@tillbridge/kernel';
import { IsBoolean, IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import { requestForm, type FieldRules } from './wire-fields.js';

/**
 * The requests of `/ovstrade/semiOpen/`, of both versions, after normalisation (WIRE.md 6). What the wire calls required but one page leaves out
 * is optional. Version 1 sends a member `version` besides, which says nothing that the path does not say.
 */

const MAX_URL_LENGTH = 2_048;
/** Less than the minute after which proxies and clients give a call up. */
const MAX_WAIT_SECONDS = 55;
/** Shown on a terminal's display. */
const MAX_CALLER_NAME_LENGTH = 64;
/** Some 25 lines of a receipt. */
const MAX_RECEIPT_INFO_LENGTH = 1_024;
/** The longest identifiers of an original in the field have 22 characters. */
const MAX_ORIGINAL_LENGTH = 64;
/** `tradeNo` and `posId` are printed, logged and searched for: no control characters. */
const ONE_LINE = /^[^\u0000-\u001f\u007f]+$/;

const text = (most: number) => ({ kind: 'text', expected: `text of 1 to ${most} characters` }) as const;
const original = text(MAX_ORIGINAL_LENGTH);
const flag = { kind: 'flag', expected: 'true or false' } as const;
const part = { kind: 'number', expected: `0 to ${MAX_AMOUNT_MINOR} minor units, as an integer or digits` } as const;

const clientId = text(40);
const merchantId = text(40);
const posId = { kind: 'text', expected: 'the name of the till, 1 to 64 characters on one line' } as const;
const tradeNo = { kind: 'text', expected: 'your number of the transaction, 1 to 64 characters on one line' } as const;
const transType = text(40);
const terminalId = { kind: 'digits', width: 8, expected: 'the terminal id (TID), 1 to 32 characters' } as const;

/** WIRE.md 6.2 */
export class RegisterTerminalV3 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsOptional() @IsString() @Length(1, 40) merchantId?: string;
  @IsString() @Length(1, 64) @Matches(ONE_LINE) posId!: string;
  @IsString() @Length(1, 32) @Matches(ONE_LINE) terminalId!: string;
  @IsString() @Length(1, 64) @Matches(ONE_LINE) terminalSn!: string;
}
export const registerTerminalRules: FieldRules<RegisterTerminalV3> = {
  clientId,
  merchantId,
  posId,
  terminalId,
  terminalSn: { kind: 'text', expected: "the terminal's serial number, 1 to 64 characters" },
};
export const registerTerminalForm = requestForm(RegisterTerminalV3, registerTerminalRules);

/** WIRE.md 6.3 */
export class QueryTerminalListV3 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsOptional() @IsString() @Length(1, 40) merchantId?: string;
}
export const queryTerminalListRules: FieldRules<QueryTerminalListV3> = { clientId, merchantId };
export const queryTerminalListForm = requestForm(QueryTerminalListV3, queryTerminalListRules);

/** WIRE.md 6.4. A `terminalSn` beside them means nothing: the demo client sends that of the device it runs on. */
export class UnbindTerminalV3 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsOptional() @IsString() @Length(1, 40) merchantId?: string;
  @IsOptional() @IsString() @Length(1, 64) @Matches(ONE_LINE) posId?: string;
  @IsOptional() @IsString() @Length(1, 32) @Matches(ONE_LINE) terminalId?: string;
}
export const unbindTerminalRules: FieldRules<UnbindTerminalV3> = { clientId, merchantId, posId, terminalId };
export const unbindTerminalForm = requestForm(UnbindTerminalV3, unbindTerminalRules);

/** WIRE.md 6.1, version 1 only. */
export class GenerateAccessTokenV1 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 128) clientSecret!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  /** The payment channel, for example `epx`; given back as it came. */
  @IsOptional() @IsString() @Length(1, 40) channelName?: string;
}
export const generateAccessTokenRules: FieldRules<GenerateAccessTokenV1> = {
  clientId,
  clientSecret: text(128),
  merchantId,
  channelName: text(40),
};
export const generateAccessTokenForm = requestForm(GenerateAccessTokenV1, generateAccessTokenRules);

/** WIRE.md 6.5. `terminalId` is left out: the terminal is the one that the till is bound to, and the value is mostly a placeholder. */
export class InternetTransV3 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsOptional() @IsString() @Length(1, 40) merchantId?: string;
  @IsString() @Length(1, 64) @Matches(ONE_LINE) posId!: string;
  @IsString() @Length(1, 64) @Matches(ONE_LINE) tradeNo!: string;
  @IsString() @Length(1, 40) transType!: string;
  @IsOptional() @IsString() @Length(1, 40) transScheme?: string;
  @IsOptional() @IsString() @Length(1, MAX_CALLER_NAME_LENGTH) callerName?: string;
  /** Minor units, the whole: tip and cashback are in it. */
  @IsOptional() @IsInt() @Min(0) @Max(MAX_AMOUNT_MINOR) transAmount?: number;
  /** Cashback, minor units. */
  @IsOptional() @IsInt() @Min(0) @Max(MAX_AMOUNT_MINOR) otherAmount?: number;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_AMOUNT_MINOR) tipAmount?: number;
  /** ISO 4217 numeric, three digits. */
  @IsOptional() @IsString() currencyCode?: string;
  @IsOptional() @IsString() @Matches(/^\d{8}$/) reqTransDate?: string;
  @IsOptional() @IsString() @Matches(/^\d{6}$/) reqTransTime?: string;
  @IsOptional() @IsString() @Length(1, MAX_ORIGINAL_LENGTH) oriTransIndexCode?: string;
  @IsOptional() @IsString() @Length(1, MAX_ORIGINAL_LENGTH) oriTraceNum?: string;
  @IsOptional() @IsString() @Length(1, MAX_ORIGINAL_LENGTH) oriInvoiceNum?: string;
  @IsOptional() @IsString() @Length(1, MAX_ORIGINAL_LENGTH) oriTransId?: string;
  @IsOptional() @IsString() @Length(1, MAX_ORIGINAL_LENGTH) oriRrn?: string;
  @IsOptional() @IsBoolean() enableReceipt?: boolean;
  @IsOptional() @IsString() @Length(1, MAX_RECEIPT_INFO_LENGTH) appendingReceiptInfo?: string;
  @IsOptional() @IsBoolean() skipConfirmProcedure?: boolean;
  @IsOptional() @IsString() @Length(1, MAX_URL_LENGTH) callBackUrl?: string;
}
export const internetTransRules: FieldRules<InternetTransV3> = {
  clientId,
  merchantId,
  posId,
  tradeNo,
  transType,
  transScheme: text(40),
  callerName: { ...text(MAX_CALLER_NAME_LENGTH), anyCase: true },
  transAmount: { kind: 'number', expected: `1 to ${MAX_AMOUNT_MINOR} minor units, as an integer or digits` },
  otherAmount: part,
  tipAmount: part,
  currencyCode: { kind: 'currency', expected: 'an ISO 4217 numeric code such as 840' },
  reqTransDate: { kind: 'digits', width: 8, expected: 'YYYYMMDD' },
  reqTransTime: { kind: 'digits', width: 6, expected: 'hhmmss' },
  oriTransIndexCode: original,
  oriTraceNum: original,
  oriInvoiceNum: original,
  oriTransId: original,
  oriRrn: original,
  enableReceipt: flag,
  appendingReceiptInfo: text(MAX_RECEIPT_INFO_LENGTH),
  skipConfirmProcedure: flag,
  callBackUrl: { kind: 'text', anyCase: true, expected: `an absolute https URL of at most ${MAX_URL_LENGTH} characters` },
};
/** What names an original, in the order in which it is looked up (docs/DECISIONS.md 4.2). */
export const originalMembers = {
  transIndexCode: 'oriTransIndexCode',
  transId: 'oriTransId',
  rrn: 'oriRrn',
  invoiceNum: 'oriInvoiceNum',
  traceNum: 'oriTraceNum',
} as const satisfies Record<keyof OriginalV1, keyof InternetTransV3>;
export const internetTransForm = requestForm(InternetTransV3, internetTransRules);

/** WIRE.md 6.6 */
export class GetCashierAgentResultV3 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsOptional() @IsString() @Length(1, 40) merchantId?: string;
  @IsString() @Length(1, 64) @Matches(ONE_LINE) tradeNo!: string;
  @IsOptional() @IsString() @Length(1, 40) transType?: string;
  /** Ours: for how many seconds to wait for a final result. */
  @IsOptional() @IsInt() @Min(0) @Max(MAX_WAIT_SECONDS) wait?: number;
}
export const getCashierAgentResultRules: FieldRules<GetCashierAgentResultV3> = {
  clientId,
  merchantId,
  tradeNo,
  transType,
  wait: { kind: 'number', expected: `0 to ${MAX_WAIT_SECONDS} seconds` },
};
export const getCashierAgentResultForm = requestForm(GetCashierAgentResultV3, getCashierAgentResultRules);
