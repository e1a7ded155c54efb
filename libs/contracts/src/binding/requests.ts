import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsIn, IsString, IsUUID, Length, Matches, ValidateNested } from 'class-validator';
import { defineQuery, defineRequest } from '../define/define.js';
import { CURRENCY_NUMERIC } from '../values.js';
import { tokenChannels, type TokenChannel } from './facts.js';

const SHA256_HEX = /^[0-9a-f]{64}$/;
const merchant = { clientId: '825429536610058240', merchantId: '10800000003' };
const terminalUid = '0193aa3e-7c1b-7d30-9a51-2f60c1f7a002';

/** An answer that says no more than that it was done. */
export class RecordedV1 {
  /** False when it had been recorded before. */
  @IsBoolean() changed!: boolean;
}

export class RegisterDeveloperV1 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 200) name!: string;
  /** Made by the edge, so that a redelivered request registers the same one. Stored encrypted. */
  @IsString() @Length(16, 128) clientSecret!: string;
}

export const registerDeveloper = defineRequest({
  context: 'binding',
  name: 'register-developer',
  version: 1,
  meaning: 'Admit an integrator.',
  payload: RegisterDeveloperV1,
  answer: RecordedV1,
  keysOf: (request) => [`developer:${request.clientId}`],
  sample: { clientId: merchant.clientId, name: 'Demo Tills Ltd', clientSecret: '00000000000000000000000000000000' },
});

export class RegisterMerchantV1 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @IsString() @Length(1, 200) name!: string;
  @IsString() @Matches(CURRENCY_NUMERIC) currencyCode!: string;
}

export const registerMerchant = defineRequest({
  context: 'binding',
  name: 'register-merchant',
  version: 1,
  meaning: 'Let a developer serve a merchant.',
  payload: RegisterMerchantV1,
  answer: RecordedV1,
  keysOf: (request) => [`merchant:${request.clientId}/${request.merchantId}`],
  sample: { ...merchant, name: 'Corner Shop', currencyCode: '840' },
});

export class IssueMerchantTokenV1 {
  @IsUUID() tokenUid!: string;
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @IsIn(tokenChannels) channel!: TokenChannel;
  /** SHA-256 (hex) of the token; the token itself is shown once by the edge and stored nowhere. */
  @IsString() @Matches(SHA256_HEX) tokenHash!: string;
}

export const issueMerchantToken = defineRequest({
  context: 'binding',
  name: 'issue-merchant-token',
  version: 1,
  meaning: 'Let calls with this token act for the merchant.',
  payload: IssueMerchantTokenV1,
  answer: RecordedV1,
  keysOf: (request) => [`token:${request.tokenUid}`],
  sample: {
    tokenUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a005',
    ...merchant,
    channel: 'Terminal',
    tokenHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  },
});

export class EnrolTerminalV1 {
  @IsUUID() terminalUid!: string;
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @IsString() @Length(1, 64) terminalSn!: string;
  @IsString() @Length(1, 32) terminalId!: string;
  /** SHA-256 (hex) of the terminal's key. */
  @IsString() @Matches(SHA256_HEX) keyHash!: string;
}

export const enrolTerminal = defineRequest({
  context: 'binding',
  name: 'enrol-terminal',
  version: 1,
  meaning: 'Admit a terminal of a merchant, or give an enrolled one a new key.',
  payload: EnrolTerminalV1,
  answer: RecordedV1,
  keysOf: (request) => [`terminal:${request.clientId}/${request.merchantId}/${request.terminalSn}`],
  sample: {
    terminalUid,
    ...merchant,
    terminalSn: 'WP123987987897',
    terminalId: '00000000',
    keyHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  },
});

export class BindTillV1 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @IsString() @Length(1, 64) posId!: string;
  @IsString() @Length(1, 64) terminalSn!: string;
  @IsString() @Length(1, 32) terminalId!: string;
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

export class ListBindingsV1 {
  @IsString() clientId!: string;
  @IsString() merchantId!: string;
}

export class BindingV1 {
  @IsString() posId!: string;
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

/** What the edge needs to check a call; kept there for seconds, in memory only. */
export class CallerV1 {
  @IsString() clientId!: string;
  /** Every client secret that is valid now. */
  @IsArray() @IsString({ each: true }) clientSecrets!: string[];
  @IsString() merchantId!: string;
  @IsString() @Matches(CURRENCY_NUMERIC) currencyCode!: string;
  @IsIn(tokenChannels) channel!: TokenChannel;
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
