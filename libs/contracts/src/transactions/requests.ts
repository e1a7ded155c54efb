import { Type } from 'class-transformer';
import { IsArray, IsIn, IsOptional, IsString, IsUUID, Length, Matches, ValidateNested } from 'class-validator';
import { defineQuery, defineRequest } from '../define/define.js';
import { aftermaths, INSTANT, IsTransactionState, TRANS_INDEX_CODE, type Aftermath, type TransactionState } from '../values.js';
import { InstructionV1, sampleInstruction, TransactionV1 } from './transaction.js';

export class InitiateTransactionV1 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @IsString() @Length(1, 64) posId!: string;
  @IsString() @Length(1, 64) tradeNo!: string;
  /** SHA-256 (hex) of the request's canonical content: tells a repeat from another request under the same number. */
  @IsString() @Matches(/^[0-9a-f]{64}$/) requestHash!: string;
  @ValidateNested() @Type(() => InstructionV1) instruction!: InstructionV1;
  @IsOptional() @IsString() @Length(1, 2048) callBackUrl?: string;
}

export class TransactionAcceptedV1 {
  @IsString() transactionId!: string;
  @IsString() @Matches(TRANS_INDEX_CODE) transIndexCode!: string;
  @IsString() @Matches(INSTANT) acceptedAt!: string;
}

export const initiateTransaction = defineRequest({
  context: 'transactions',
  name: 'initiate-transaction',
  version: 1,
  meaning: 'Start a transaction on the terminal that is bound to the till. Accepted at most once per (clientId, tradeNo), for ever.',
  payload: InitiateTransactionV1,
  answer: TransactionAcceptedV1,
  // Two requests for one till could both find its terminal free, and two follow-ups of one original could both find something left of it (the lock of
  // its row does not part those who share a transaction): so they never share one.
  keysOf: ({ clientId, merchantId, posId, tradeNo, instruction }) => [
    `trade:${clientId}/${tradeNo}`,
    `till:${clientId}/${merchantId}/${posId}`,
    ...(instruction.original === undefined ? [] : [`follow-ups:${clientId}/${merchantId}`]),
  ],
  sample: {
    clientId: '825429536610058240',
    merchantId: '10800000003',
    posId: 'D31231234567890',
    tradeNo: '2024081210800000003001',
    requestHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    instruction: sampleInstruction,
  },
});

export class FindTransactionV1 {
  @IsString() clientId!: string;
  @IsString() merchantId!: string;
  @IsString() @Length(1, 64) tradeNo!: string;
  /** When given, it must be the transaction's own. */
  @IsOptional() @IsString() transType?: string;
}

export class TransactionFoundV1 {
  @ValidateNested() @Type(() => TransactionV1) transaction!: TransactionV1;
  /** Absent: nothing has followed it up with success. */
  @IsOptional() @IsIn(aftermaths) aftermath?: Aftermath;
}

export const findTransaction = defineQuery({
  context: 'transactions',
  name: 'find-transaction',
  version: 1,
  meaning: "The present state of one of the merchant's transactions.",
  payload: FindTransactionV1,
  answer: TransactionFoundV1,
  sample: { clientId: '825429536610058240', merchantId: '10800000003', tradeNo: '2024081210800000003001' },
});

export class CancelTransactionV1 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @IsString() @Length(1, 64) posId!: string;
  /** When given, it must be the terminal's own. */
  @IsOptional() @IsString() @Length(1, 64) terminalSn?: string;
}

export const cancelTransaction = defineRequest({
  context: 'transactions',
  name: 'cancel-transaction',
  version: 1,
  meaning:
    'Stop what the till has open on its terminal. Done means asked, not stopped. Refused as `till-not-bound`, `terminal-unknown`, `transaction-not-found` (the till never had one) and `not-cancellable` (its latest is over: `data` is a TransactionFoundV1).',
  payload: CancelTransactionV1,
  answer: TransactionFoundV1,
  keysOf: ({ clientId, merchantId, posId }) => [`till:${clientId}/${merchantId}/${posId}`],
  sample: { clientId: '825429536610058240', merchantId: '10800000003', posId: 'D31231234567890' },
});

export class FindTimelineV1 {
  @IsString() clientId!: string;
  @IsString() @Length(1, 64) tradeNo!: string;
}

export class FindTimelineByIdV1 {
  /** The transactionId or the transIndexCode. */
  @IsString() @Length(1, 64) id!: string;
}

export class HopV1 {
  @IsString() @Matches(INSTANT) at!: string;
  /** The fact's name, for example `transaction-approved`. */
  @IsString() what!: string;
  /** The service that recorded it. */
  @IsString() by!: string;
}

export class TimelineV1 {
  @IsUUID() transactionId!: string;
  /** The W3C trace in which all of it happened. */
  @IsString() @Matches(/^[0-9a-f]{32}$/) traceId!: string;
  @IsString() tradeNo!: string;
  @IsString() transIndexCode!: string;
  @IsTransactionState() state!: TransactionState;
  @IsArray() @ValidateNested({ each: true }) @Type(() => HopV1) hops!: HopV1[];
}

export const findTimeline = defineQuery({
  context: 'transactions',
  name: 'find-timeline',
  version: 1,
  meaning: 'Every recorded change of one transaction, oldest first.',
  payload: FindTimelineV1,
  answer: TimelineV1,
  sample: { clientId: '825429536610058240', tradeNo: '2024081210800000003001' },
});

export const findTimelineById = defineQuery({
  context: 'transactions',
  name: 'find-timeline-by-id',
  version: 1,
  meaning: 'The same for an operator who has one of our own ids.',
  payload: FindTimelineByIdV1,
  answer: TimelineV1,
  sample: { id: '848981718949036032' },
});

export class FindOpenTransactionV1 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @IsString() @Length(1, 64) posId!: string;
}

export class OpenTransactionV1 {
  /** The trade number of a transaction of this till that has no final state yet; absent: there is none. */
  @IsOptional() @IsString() tradeNo?: string;
}

export const findOpenTransaction = defineQuery({
  context: 'transactions',
  name: 'find-open-transaction',
  version: 1,
  meaning: 'Whether a transaction is open on a till.',
  payload: FindOpenTransactionV1,
  answer: OpenTransactionV1,
  sample: { clientId: '825429536610058240', merchantId: '10800000003', posId: 'D31231234567890' },
});
