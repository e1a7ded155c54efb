import { MAX_PAGE_LENGTH } from '@tillbridge/contracts';
import { IsInt, IsOptional, IsString, IsUUID, Length, Matches, Max, Min } from 'class-validator';
import { Says } from '../../openapi/says.js';

/** Where the operators' API is. */
export const ADMIN_V1 = 'admin/v1';

/** Every id that may stand in a path; a route has those that its path names. */
export class PathIds {
  @IsOptional() @IsString() @Length(1, 40) clientId?: string;
  @IsOptional() @IsString() @Length(1, 40) merchantId?: string;
  @IsOptional() @IsString() @Length(1, 64) tradeNo?: string;
  @IsOptional() @IsUUID() secretUid?: string;
  @IsOptional() @IsUUID() tokenUid?: string;
  @IsOptional() @IsUUID() terminalUid?: string;
  @IsOptional() @IsUUID() codeUid?: string;
  @IsOptional() @IsUUID() tillUid?: string;
  /** Of a transaction: its transactionId or its transIndexCode. */
  @IsOptional() @IsString() @Matches(/^(\d{18}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i) id?: string;
}

/** The ids of a path that names these. */
export type Path<Name extends keyof PathIds> = { readonly [K in Name]: string };

export const DEFAULT_PAGE_LENGTH = 50;

/** Which page of a list. All filters that are given must fit. */
export class ListQuery {
  @Says('How many at most. Absent: 50.')
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE_LENGTH)
  limit?: number;
  @Says('The `next` of the page before.')
  @IsOptional()
  @IsString()
  @Length(1, 400)
  after?: string;
  @IsOptional() @IsString() @Length(1, 40) clientId?: string;
  @IsOptional() @IsString() @Length(1, 40) merchantId?: string;
}

export class AuditQuery extends ListQuery {
  @Says('Everything that was done to the record with this id.')
  @IsOptional()
  @IsString()
  @Length(1, 64)
  id?: string;
}

/** Which till. */
export class TillQuery {
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @IsString() @Length(1, 64) posId!: string;
}

/** A TID that says nothing. */
export const PLACEHOLDER_TERMINAL_ID = '00000000';
