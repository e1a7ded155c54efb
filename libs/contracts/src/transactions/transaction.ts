import { Type } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, IsString, IsUUID, Length, Matches, Min, ValidateNested } from 'class-validator';
import { INSTANT, IsTransactionState, MoneyV1, TRANS_INDEX_CODE, type TransactionState } from '../values.js';

/** What the terminal said about a finished transaction, with card data masked. */
export class TransactionResultV1 {
  @IsBoolean() approved!: boolean;
  @IsOptional() @IsString() respCode?: string;
  @IsOptional() @IsString() respDesc?: string;
  @IsOptional() @IsString() transId?: string;
  @IsOptional() @IsString() invoiceNum?: string;
  @IsOptional() @IsString() traceNum?: string;
  @IsOptional() @IsString() rrn?: string;
  @IsOptional() @IsString() authCode?: string;
  /** First six and last four digits only. */
  @IsOptional() @IsString() @Matches(/^(?!\d{13,19}$)/) cardNo?: string;
  @IsOptional() @IsString() cardBrand?: string;
  @IsOptional() @IsInt() entryMode?: number;
  /** What the terminal says it charged, minor units. */
  @IsOptional() @IsInt() @Min(0) amountMinor?: number;
  /** Local time of the terminal, `yyyy-MM-dd HH:mm:ss`. */
  @IsOptional() @IsString() tranTime?: string;
}

/** The original of a follow-up by what is known of it: our number, and what its terminal said. As the till gives it, one member suffices. */
export class OriginalV1 {
  @IsOptional() @IsString() @Length(1, 64) transIndexCode?: string;
  @IsOptional() @IsString() @Length(1, 64) transId?: string;
  @IsOptional() @IsString() @Length(1, 64) rrn?: string;
  @IsOptional() @IsString() @Length(1, 64) invoiceNum?: string;
  @IsOptional() @IsString() @Length(1, 64) traceNum?: string;
}

/** What the till asked the terminal to do, in neutral terms; the dialects and the terminal edge map it to their wires. */
export class InstructionV1 {
  @IsString() @Length(1, 40) transType!: string;
  @IsOptional() @IsString() @Length(1, 40) transScheme?: string;
  @IsOptional() @IsString() callerName?: string;
  @IsOptional() @ValidateNested() @Type(() => MoneyV1) amount?: MoneyV1;
  @IsOptional() @IsInt() @Min(0) otherAmountMinor?: number;
  @IsOptional() @IsInt() @Min(0) tipAmountMinor?: number;
  @IsOptional() @IsString() reqTransDate?: string;
  @IsOptional() @IsString() reqTransTime?: string;
  @IsOptional() @IsBoolean() enableReceipt?: boolean;
  @IsOptional() @IsString() appendingReceiptInfo?: string;
  @IsOptional() @IsBoolean() skipConfirmProcedure?: boolean;
  /** In a request as the till named it; in facts with everything that we know of it. */
  @IsOptional() @ValidateNested() @Type(() => OriginalV1) original?: OriginalV1;
}

/** The whole present state of a transaction. Facts carry it, so that a consumer may apply them in any order: the higher `version` wins. */
export class TransactionV1 {
  @IsUUID() transactionId!: string;
  @IsInt() @Min(1) version!: number;
  /** The platform's number, 18 digits. */
  @IsString() @Matches(TRANS_INDEX_CODE) transIndexCode!: string;
  @IsString() @Length(1, 64) tradeNo!: string;
  @IsString() clientId!: string;
  @IsString() merchantId!: string;
  @IsString() posId!: string;
  @IsUUID() terminalUid!: string;
  @IsString() terminalSn!: string;
  @IsString() transType!: string;
  @IsOptional() @ValidateNested() @Type(() => MoneyV1) amount?: MoneyV1;
  @IsTransactionState() state!: TransactionState;
  /** Why it is in this state, where the state alone does not say it: `terminal-unreachable`, `not-executed`, `withdrawn`, `deadline-passed`. */
  @IsOptional() @IsString() reason?: string;
  @IsString() @Matches(INSTANT) acceptedAt!: string;
  @IsString() @Matches(INSTANT) changedAt!: string;
  @IsString() @Matches(INSTANT) deadlineAt!: string;
  @IsOptional() @ValidateNested() @Type(() => TransactionResultV1) result?: TransactionResultV1;
  @IsOptional() @IsString() callBackUrl?: string;
  /** The transaction that this one follows up. */
  @IsOptional() @IsUUID() originalTransactionId?: string;
  /** A person has to look at it, and why: `late-result`, `unresolved`. */
  @IsOptional() @IsString() review?: string;
  /** What the terminal proved after the final state, while it is held for a person and does not count. */
  @IsOptional() @ValidateNested() @Type(() => TransactionResultV1) lateResult?: TransactionResultV1;
  /** When somebody asked to cancel it first. */
  @IsOptional() @IsString() @Matches(INSTANT) cancelRequestedAt?: string;
}

/** A final state that turned out to be wrong: the terminal's proof came after it. */
export class TransactionCorrectedV1 extends TransactionV1 {
  @IsTransactionState() previousState!: TransactionState;
}

/** The terminal of an open or unknown transaction is to be told or asked something about it. */
export class TransactionNoticeV1 {
  @IsUUID() transactionId!: string;
  @IsInt() @Min(1) version!: number;
  @IsUUID() terminalUid!: string;
  @IsString() @Matches(TRANS_INDEX_CODE) transIndexCode!: string;
  @IsString() @Matches(INSTANT) at!: string;
}

export class TransactionRequestedV1 extends TransactionV1 {
  @ValidateNested() @Type(() => InstructionV1) instruction!: InstructionV1;
}

const sampleCommon = {
  transactionId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a001',
  transIndexCode: '848981718949036032',
  tradeNo: '2024081210800000003001',
  clientId: '825429536610058240',
  merchantId: '10800000003',
  posId: 'D31231234567890',
  terminalUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a002',
  terminalSn: 'WP123987987897',
  transType: 'Purchase',
  amount: { amountMinor: 1000, currency: '840' },
  acceptedAt: '2026-11-01T10:00:00.000Z',
  deadlineAt: '2026-11-01T10:03:00.000Z',
};

export const sampleResult: TransactionResultV1 = {
  approved: true,
  respCode: '00',
  respDesc: '00 APPROVED',
  transId: '1733208430104',
  invoiceNum: '120324144634',
  traceNum: '000123',
  rrn: '000000000123',
  authCode: '012345',
  cardNo: '411111******1111',
  cardBrand: 'VISA',
  entryMode: 7,
  amountMinor: 1000,
  tranTime: '2026-11-01 10:00:02',
};

export const sampleInstruction: InstructionV1 = {
  transType: 'Purchase',
  transScheme: 'Credit',
  callerName: 'Demo',
  amount: { amountMinor: 1000, currency: '840' },
  enableReceipt: true,
};

/** A sample in the given state, for the golden samples of the facts. */
export function sampleTransaction(state: TransactionState, version: number, more: Partial<TransactionV1> = {}): TransactionV1 {
  return { ...sampleCommon, version, state, changedAt: `2026-11-01T10:00:0${String(version)}.000Z`, ...more };
}

/** A sample of what the terminal is to be told, for the golden samples of the facts. */
export const sampleNotice = (version: number): TransactionNoticeV1 => {
  const { transactionId, terminalUid, transIndexCode } = sampleCommon;
  return { transactionId, version, terminalUid, transIndexCode, at: '2026-11-01T10:01:00.000Z' };
};
