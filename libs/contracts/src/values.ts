import { MAX_AMOUNT_MINOR } from '@tillbridge/kernel';
import { IsIn, IsInt, IsString, Matches, Max, Min } from 'class-validator';

/** Values that several payloads share. Payloads are plain JSON: no dates, no bigints, no nulls (absent means absent). */

export const CURRENCY_NUMERIC = /^\d{3}$/;
export const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
export const TRANS_INDEX_CODE = /^\d{18}$/;
export const SHA256_HEX = /^[0-9a-f]{64}$/;

export class MoneyV1 {
  /** Minor units of the currency. */
  @IsInt()
  @Min(0)
  @Max(MAX_AMOUNT_MINOR)
  amountMinor!: number;

  /** ISO 4217 numeric, three digits. */
  @IsString()
  @Matches(CURRENCY_NUMERIC)
  currency!: string;
}

/** The states of a transaction. */
export const transactionStates = [
  'accepted',
  'dispatched',
  'acknowledged',
  'in-progress',
  'unknown',
  'approved',
  'declined',
  'cancelled',
  'failed',
] as const;
export type TransactionState = (typeof transactionStates)[number];
export const finalStates = ['approved', 'declined', 'cancelled', 'failed'] as const satisfies readonly TransactionState[];
export const isFinal = (state: TransactionState): boolean => (finalStates as readonly TransactionState[]).includes(state);

/**
 * What follow-ups have made of a transaction that was approved. Only approved follow-ups count; those under way show nowhere but in what is left.
 */
export const aftermaths = ['completed', 'voided', 'partly-voided', 'refunded', 'partly-refunded', 'hold-voided'] as const;
export type Aftermath = (typeof aftermaths)[number];

export const progressStages = ['card-presented', 'online'] as const;
export type ProgressStage = (typeof progressStages)[number];

export const IsTransactionState = (): PropertyDecorator => IsIn(transactionStates);
