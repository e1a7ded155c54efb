import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsIn, IsInt, IsOptional, IsString, IsUUID, Length, Matches, Min, ValidateNested } from 'class-validator';
import { RecordedV1 } from '../define/answer.js';
import { defineQuery, defineRequest } from '../define/define.js';
import { CURRENCY_NUMERIC, INSTANT, SHA256_HEX } from '../values.js';
import { standings, tokenChannels, type Standing, type TokenChannel } from './facts.js';

const merchant = { clientId: '825429536610058240', merchantId: '10800000003' };

export class BindTillV1 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @IsString() @Length(1, 64) posId!: string;
  @IsString() @Length(1, 64) terminalSn!: string;
  @IsString() @Length(1, 32) terminalId!: string;
  /**
   * Whether a till that is bound to another terminal is bound anew. Without it that is refused as `bound-otherwise`, and the edge asks the
   * owner of transactions whether one is open on the till before it asks again with it.
   */
  @IsOptional() @IsBoolean() mayRebind?: boolean;
  /** The operator, for the audit log. Absent: the till asked. */
  @IsOptional() @IsString() @Length(1, 64) by?: string;
}

export class TillBoundV1 {
  @IsUUID() tillUid!: string;
  @IsUUID() terminalUid!: string;
}

export const bindTill = defineRequest({
  context: 'binding',
  name: 'bind-till',
  version: 1,
  meaning: 'Bind a till to an enrolled terminal; the same binding again is a success.',
  payload: BindTillV1,
  answer: TillBoundV1,
  keysOf: (request) => [`till:${request.clientId}/${request.merchantId}/${request.posId}`],
  sample: { ...merchant, posId: 'D31231234567890', terminalSn: 'WP123987987897', terminalId: '00000000' },
});

export class UnbindTillV1 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  /** Names the till, and then nothing else counts. */
  @IsOptional() @IsString() @Length(1, 64) posId?: string;
  /** Without a posId: has to be the TID of exactly one bound terminal. */
  @IsOptional() @IsString() @Length(1, 32) terminalId?: string;
  /** The operator, for the audit log. Absent: the till asked. */
  @IsOptional() @IsString() @Length(1, 64) by?: string;
}

export const unbindTill = defineRequest({
  context: 'binding',
  name: 'unbind-till',
  version: 1,
  meaning: 'Take a till off its terminal; a till that is bound to none is a success. An open transaction keeps the terminal it has.',
  payload: UnbindTillV1,
  answer: RecordedV1,
  // By TID alone it may be any till of the merchant.
  keysOf: ({ clientId, merchantId, posId }) => [
    posId === undefined ? `tills:${clientId}/${merchantId}` : `till:${clientId}/${merchantId}/${posId}`,
  ],
  sample: { ...merchant, posId: 'D31231234567890' },
});

export class ChangeTillV1 {
  @IsUUID() tillUid!: string;
  /** A suspended till is not bound for anybody else; in force again, it has the terminal it had. */
  @IsIn(standings) standing!: Standing;
  @IsOptional() @IsString() @Length(1, 64) by?: string;
}

export const changeTill = defineRequest({
  context: 'binding',
  name: 'change-till',
  version: 1,
  meaning: 'Suspend a till, or let it work again.',
  payload: ChangeTillV1,
  answer: RecordedV1,
  keysOf: ({ tillUid }) => [`till-uid:${tillUid}`],
  sample: { tillUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a004', standing: 'suspended' },
});

export class ListBindingsV1 {
  @IsString() clientId!: string;
  @IsString() merchantId!: string;
}

export class BindingV1 {
  @IsString() posId!: string;
  /** The terminal's id here; only of a single binding that was asked for. */
  @IsOptional() @IsUUID() terminalUid?: string;
  @IsString() terminalSn!: string;
  @IsString() terminalId!: string;
}

export class BindingsV1 {
  @IsArray() @ValidateNested({ each: true }) @Type(() => BindingV1) bindings!: BindingV1[];
}

export const listBindings = defineQuery({
  context: 'binding',
  name: 'list-bindings',
  version: 1,
  meaning: 'The bound tills of a merchant.',
  payload: ListBindingsV1,
  answer: BindingsV1,
  sample: merchant,
});

export class FindBindingV1 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @IsString() @Length(1, 64) posId!: string;
}

export const findBinding = defineQuery({
  context: 'binding',
  name: 'find-binding',
  version: 1,
  meaning: 'The terminal that a till is bound to: refused as `till-not-bound`.',
  payload: FindBindingV1,
  answer: BindingV1,
  sample: { ...merchant, posId: 'D31231234567890' },
});

export class FindCallerV1 {
  @IsString() @Length(1, 64) clientId!: string;
  @IsString() @Matches(SHA256_HEX) tokenHash!: string;
}

/** What the edge needs to check a call; kept there for seconds, in memory only. Suspended developers and tokens that are none any more have none. */
export class CallerV1 {
  @IsString() clientId!: string;
  @IsUUID() tokenUid!: string;
  /** Every client secret that is valid now. */
  @IsArray() @IsString({ each: true }) clientSecrets!: string[];
  @IsString() merchantId!: string;
  @IsString() @Matches(CURRENCY_NUMERIC) currencyCode!: string;
  @IsIn(tokenChannels) channel!: TokenChannel;
  /** When the token ends; absent: never. */
  @IsOptional() @IsString() @Matches(INSTANT) tokenExpiresAt?: string;
  /** Whether calls of version 1, without a signature, are taken. */
  @IsBoolean() unsignedAllowed!: boolean;
  /** A suspended merchant is known, but nothing is open to it. */
  @IsIn(standings) merchantStanding!: Standing;
}

export const findCaller = defineQuery({
  context: 'binding',
  name: 'find-caller',
  version: 1,
  meaning: 'Who calls with this token under this clientId: refused as `token-invalid` or `client-mismatch`.',
  payload: FindCallerV1,
  answer: CallerV1,
  sample: { clientId: merchant.clientId, tokenHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' },
});

export class AuthenticateTerminalV1 {
  @IsString() @Length(1, 64) terminalSn!: string;
  @IsString() @Matches(SHA256_HEX) keyHash!: string;
}

export class AuthenticatedTerminalV1 {
  @IsUUID() terminalUid!: string;
  @IsString() clientId!: string;
  @IsString() merchantId!: string;
}

export const authenticateTerminal = defineQuery({
  context: 'binding',
  name: 'authenticate-terminal',
  version: 1,
  meaning: 'Which terminal has this serial number and key: refused as `terminal-unknown`.',
  payload: AuthenticateTerminalV1,
  answer: AuthenticatedTerminalV1,
  sample: { terminalSn: 'WP123987987897', keyHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' },
});

export class FindMerchantAccessV1 {
  @IsString() @Length(1, 64) clientId!: string;
  @IsString() @Length(1, 64) merchantId!: string;
}

/** What the edge needs to give a developer that shows its secret the tokens of a merchant. */
export class MerchantAccessV1 {
  /** Every client secret that is valid now. */
  @IsArray() @IsString({ each: true }) clientSecrets!: string[];
  @IsBoolean() unsignedAllowed!: boolean;
  /** Absent: the developer has no such merchant, or it is suspended. */
  @IsOptional() @IsString() merchantName?: string;
  /** How many tokens of the merchant were revoked so far: tokens that are derived from it are new ones after a revocation. */
  @IsInt() @Min(0) revocations!: number;
}

export const findMerchantAccess = defineQuery({
  context: 'binding',
  name: 'find-merchant-access',
  version: 1,
  meaning:
    'What a developer has to show to get the tokens of a merchant: refused as `client-mismatch` for one that is unknown or suspended.',
  payload: FindMerchantAccessV1,
  answer: MerchantAccessV1,
  sample: merchant,
});
