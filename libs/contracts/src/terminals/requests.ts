import { Type } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Matches,
  Min,
  ValidateNested,
} from 'class-validator';
import { RecordedV1 } from '../define/answer.js';
import { defineQuery, defineRequest } from '../define/define.js';
import { HopV1 } from '../transactions/requests.js';
import { sampleResult, TransactionResultV1 } from '../transactions/transaction.js';
import { INSTANT, TRANS_INDEX_CODE } from '../values.js';

const terminalUid = '0193aa3e-7c1b-7d30-9a51-2f60c1f7a002';

export class FindPresenceV1 {
  @IsUUID() terminalUid!: string;
}

export class TerminalPresenceV1 {
  @IsBoolean() online!: boolean;
  /** Since when it is as it is; absent: the terminal never connected, or nobody knows. */
  @IsOptional() @IsString() @Matches(INSTANT) since?: string;
  /** How long ago the terminal was heard last, milliseconds; only while it is online. */
  @IsOptional() @IsInt() @Min(0) ageMs?: number;
  /** The last round trip of ping and pong, milliseconds; absent before the first one. */
  @IsOptional() @IsNumber() @Min(0) rttMs?: number;
  @IsOptional() @IsString() appVersion?: string;
}

export const findPresence = defineQuery({
  context: 'terminals',
  name: 'find-presence',
  version: 1,
  meaning: 'Whether a terminal is connected, and when and how fast it answered last.',
  payload: FindPresenceV1,
  answer: TerminalPresenceV1,
  sample: { terminalUid },
});

export const terminalOperations = ['reprint-last'] as const;

export class OperateTerminalV1 {
  @IsUUID() terminalUid!: string;
  @IsIn(terminalOperations) operation!: (typeof terminalOperations)[number];
}

export class TerminalOperatedV1 {
  /** False when the terminal could not do it, for example for want of paper. */
  @IsBoolean() done!: boolean;
}

export const operateTerminal = defineQuery({
  context: 'terminals',
  name: 'operate-terminal',
  version: 1,
  meaning: 'Have a terminal do something that moves no money, once and now. Nothing is stored. Refused as `terminal-offline`.',
  payload: OperateTerminalV1,
  answer: TerminalOperatedV1,
  sample: { terminalUid, operation: 'reprint-last' },
});

export class RecordReportV1 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @IsString() @Matches(TRANS_INDEX_CODE) transIndexCode!: string;
  @ValidateNested() @Type(() => TransactionResultV1) result!: TransactionResultV1;
}

export const recordReport = defineRequest({
  context: 'terminals',
  name: 'record-report',
  version: 1,
  meaning:
    "Keep a result that a terminal reported over HTTP. The first one counts, as in its journal; a repetition changes nothing. Refused as `transaction-not-found` when the merchant's terminals never had this number.",
  payload: RecordReportV1,
  answer: RecordedV1,
  keysOf: ({ transIndexCode }) => [`report:${transIndexCode}`],
  sample: { clientId: '825429536610058240', merchantId: '10800000003', transIndexCode: '848981718949036032', result: sampleResult },
});

export class FindCommandHistoryV1 {
  @IsUUID() transactionId!: string;
}

export class CommandHistoryV1 {
  @IsArray() @ValidateNested({ each: true }) @Type(() => HopV1) hops!: HopV1[];
}

export const findCommandHistory = defineQuery({
  context: 'terminals',
  name: 'find-command-history',
  version: 1,
  meaning: 'Every recorded change of the command of one transaction, oldest first.',
  payload: FindCommandHistoryV1,
  answer: CommandHistoryV1,
  sample: { transactionId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a001' },
});
