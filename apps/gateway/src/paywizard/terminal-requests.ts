import { done, type Answer, type CallerV1 } from '@tillbridge/contracts';
import { IsIn, IsInt, IsOptional, IsString, Length, Matches } from 'class-validator';
import { checkMerchant } from '../identity/merchant.js';
import { checkCardData } from './card-data.js';
import type { JsonObject } from './json-object.js';
import { readFields, requestForm, type FieldRules } from './wire-fields.js';

/** What a till may want of its terminal besides a transaction (docs/DECISIONS.md 4.5), by its number on the wire. */
const operations = { 1: 'status', 2: 'reprint', 3: 'cancel' } as const;
type OperationType = keyof typeof operations;
const operationTypes = [1, 2, 3] as const satisfies OperationType[];

const ONE_LINE = /^[^\u0000-\u001f\u007f]+$/;

/** WIRE.md 6.7. The terminal is the till's; its serial number beside the till, when it is there, has to be the one that is bound. */
export class TerminalOperationsV3 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsOptional() @IsString() @Length(1, 40) merchantId?: string;
  @IsString() @Length(1, 64) @Matches(ONE_LINE) posId!: string;
  @IsOptional() @IsString() @Length(1, 64) @Matches(ONE_LINE) sn?: string;
  @IsInt() @IsIn(operationTypes) operationType!: OperationType;
}
export const terminalOperationsRules: FieldRules<TerminalOperationsV3> = {
  clientId: { kind: 'text', expected: 'text of 1 to 40 characters' },
  merchantId: { kind: 'text', expected: 'text of 1 to 40 characters' },
  posId: { kind: 'text', expected: 'the name of the till, 1 to 64 characters on one line' },
  sn: { kind: 'text', expected: "the terminal's serial number, 1 to 64 characters on one line" },
  // An integer or its digits, as with amounts.
  operationType: { kind: 'number', expected: '1 (state of the terminal), 2 (print the last receipt again) or 3 (cancel)' },
};
const terminalOperationsForm = requestForm(TerminalOperationsV3, terminalOperationsRules);

/** What a till wants of its terminal. */
export type TerminalWish = {
  readonly operation: (typeof operations)[OperationType];
  readonly till: { readonly clientId: string; readonly merchantId: string; readonly posId: string };
  readonly terminalSn?: string;
};

/** Reads `terminalOperations`. The body names no merchant: it is that of the token. */
export function readTerminalOperation(fields: JsonObject, caller: CallerV1): Answer<TerminalWish> {
  const read = readFields(fields, terminalOperationsForm);
  if (read.outcome !== 'done') return read;
  const { posId, sn, operationType, merchantId } = read.value;
  for (const check of [checkCardData(fields), checkMerchant(caller, merchantId)]) {
    if (check.outcome !== 'done') return check;
  }
  const till = { clientId: caller.clientId, merchantId: caller.merchantId, posId };
  return done({ operation: operations[operationType], till, ...(sn === undefined ? {} : { terminalSn: sn }) });
}
