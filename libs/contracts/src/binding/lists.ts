import { Type } from 'class-transformer';
import { IsArray, IsIn, IsInt, IsObject, IsOptional, IsString, IsUUID, Length, Matches, Max, Min, ValidateNested } from 'class-validator';
import { defineQuery, type QueryDefinition } from '../define/define.js';
import type { PayloadClass } from '../define/validator.js';
import { INSTANT } from '../values.js';
import { DeveloperV1, MerchantTokenV1, MerchantV1, standings, TerminalV1, type Standing } from './facts.js';

/** What operators read: pages of records, without any secret, token, key or code, not even hashed. */

/** Pages are small enough that the longest records fit into one message of 1 MiB. */
export const MAX_PAGE_LENGTH = 200;

/** Which records: all filters that are given must fit. One record is a page with its id as the filter. */
export class PageRequestV1 {
  @IsOptional() @IsString() @Length(1, 40) clientId?: string;
  @IsOptional() @IsString() @Length(1, 40) merchantId?: string;
  /** The record's own id: clientId, merchantId, tokenUid, terminalUid, tillUid, codeUid or auditId. */
  @IsOptional() @IsString() @Length(1, 64) id?: string;
  /** The `next` of the page before. */
  @IsOptional() @IsString() @Length(1, 400) after?: string;
  @IsInt() @Min(1) @Max(MAX_PAGE_LENGTH) limit!: number;
}

export type Page<Item extends object> = {
  readonly items: Item[];
  /** Goes into `after` of the next page; absent: this is the last one. */
  readonly next?: string;
};

export class ClientSecretRecordV1 {
  @IsUUID() secretUid!: string;
  /** The key it is sealed with. */
  @IsString() keyId!: string;
  @IsString() @Matches(INSTANT) createdAt!: string;
}

export class DeveloperRecordV1 extends DeveloperV1 {
  @IsString() @Matches(INSTANT) createdAt!: string;
  @IsArray() @ValidateNested({ each: true }) @Type(() => ClientSecretRecordV1) secrets!: ClientSecretRecordV1[];
}

export class MerchantRecordV1 extends MerchantV1 {
  @IsString() @Matches(INSTANT) createdAt!: string;
}

export class TokenRecordV1 extends MerchantTokenV1 {
  @IsString() @Matches(INSTANT) createdAt!: string;
}

export const terminalCredentials = ['none', 'pairing-code', 'key'] as const;
export type TerminalCredential = (typeof terminalCredentials)[number];

export class TerminalRecordV1 extends TerminalV1 {
  /** What it could connect with: a key, or at least a code to get one. */
  @IsIn(terminalCredentials) credential!: TerminalCredential;
  @IsString() @Matches(INSTANT) createdAt!: string;
}

export class TillRecordV1 {
  @IsUUID() tillUid!: string;
  @IsInt() @Min(1) version!: number;
  @IsString() clientId!: string;
  @IsString() merchantId!: string;
  @IsString() posId!: string;
  @IsOptional() @IsIn(standings) standing?: Standing;
  /** The binding; absent: the till is bound to no terminal. */
  @IsOptional() @IsUUID() terminalUid?: string;
  @IsOptional() @IsString() terminalSn?: string;
  @IsOptional() @IsString() terminalId?: string;
  @IsString() @Matches(INSTANT) changedAt!: string;
}

export const pairingCodeStates = ['open', 'used', 'revoked', 'expired'] as const;
export type PairingCodeState = (typeof pairingCodeStates)[number];

export class PairingCodeRecordV1 {
  @IsUUID() codeUid!: string;
  @IsUUID() terminalUid!: string;
  @IsString() clientId!: string;
  @IsString() merchantId!: string;
  @IsString() terminalSn!: string;
  @IsIn(pairingCodeStates) state!: PairingCodeState;
  @IsString() @Matches(INSTANT) createdAt!: string;
  @IsString() @Matches(INSTANT) expiresAt!: string;
}

/** One change by an operator, a till or a terminal. */
export class AuditEntryV1 {
  @IsString() auditId!: string;
  @IsString() @Matches(INSTANT) at!: string;
  /** The operator's name, or `till`, `terminal`, `developer`. */
  @IsString() by!: string;
  /** The request, for example `change-merchant`. */
  @IsString() action!: string;
  /** For example `merchant` and its id. */
  @IsString() kind!: string;
  @IsString() recordId!: string;
  @IsOptional() @IsString() clientId?: string;
  @IsOptional() @IsString() merchantId?: string;
  /** The record before and after, without secrets; absent: it was not there. */
  @IsOptional() @IsObject() before?: Record<string, unknown>;
  @IsOptional() @IsObject() after?: Record<string, unknown>;
  /** The `x-request-id` of the call. */
  @IsString() correlationId!: string;
}

/** A class for one page of these, as the compiler of validators wants one. */
function pageOf<Item extends object>(item: PayloadClass<Item>): PayloadClass<Page<Item>> {
  class PageV1 {
    items!: Item[];
    next?: string;
  }
  Object.defineProperty(PageV1, 'name', { value: item.name.replace(/V1$/, 'PageV1') });
  const decorate = (name: string, decorators: PropertyDecorator[]): void => {
    for (const decorator of decorators) decorator(PageV1.prototype, name);
  };
  decorate('items', [IsArray(), ValidateNested({ each: true }), Type(() => item)]);
  decorate('next', [IsOptional(), IsString()]);
  return PageV1;
}

const defineList = <Item extends object>(
  name: string,
  meaning: string,
  item: PayloadClass<Item>,
): QueryDefinition<PageRequestV1, Page<Item>> =>
  defineQuery({
    context: 'binding',
    name,
    version: 1,
    meaning,
    payload: PageRequestV1,
    answer: pageOf(item),
    sample: { clientId: '825429536610058240', limit: 50 },
  });

export const listDevelopers = defineList('list-developers', 'A page of developers in the order of their clientIds.', DeveloperRecordV1);
export const listMerchants = defineList('list-merchants', 'A page of merchants, by clientId and merchantId.', MerchantRecordV1);
export const listMerchantTokens = defineList(
  'list-merchant-tokens',
  'A page of tokens in the order in which they were issued.',
  TokenRecordV1,
);
export const listTerminals = defineList(
  'list-terminals',
  'A page of terminals in the order in which they were admitted.',
  TerminalRecordV1,
);
export const listTills = defineList('list-tills', 'A page of tills with their bindings, oldest first.', TillRecordV1);
export const listPairingCodes = defineList('list-pairing-codes', 'A page of pairing codes, oldest first.', PairingCodeRecordV1);
export const listAuditEntries = defineList('list-audit-entries', 'A page of the audit log, newest first.', AuditEntryV1);
