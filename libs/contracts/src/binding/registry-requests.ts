import { IsBoolean, IsIn, IsInt, IsOptional, IsString, IsUUID, Length, Matches, Max, Min } from 'class-validator';
import { RecordedV1 } from '../define/answer.js';
import { defineRequest } from '../define/define.js';
import { CURRENCY_NUMERIC, INSTANT, SHA256_HEX } from '../values.js';
import {
  deadlineSeconds,
  lateResultPolicies,
  standings,
  terminalPolicies,
  tokenChannels,
  type LateResultPolicy,
  type Standing,
  type TerminalPolicy,
  type TokenChannel,
} from './facts.js';

/** How developers, merchants and tokens come into being and change. `by` names the operator in the audit log. */

const merchant = { clientId: '825429536610058240', merchantId: '10800000003' };

export class RegisterDeveloperV1 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 200) name!: string;
  /** Made by the edge, so that a redelivered request registers the same one. Stored encrypted. */
  @IsString() @Length(16, 128) clientSecret!: string;
  @IsOptional() @IsUUID() secretUid?: string;
  @IsOptional() @IsBoolean() unsignedAllowed?: boolean;
  @IsOptional() @IsString() @Length(1, 64) by?: string;
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

export class ChangeDeveloperV1 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsOptional() @IsString() @Length(1, 200) name?: string;
  /** A suspended developer's tokens are none. */
  @IsOptional() @IsIn(standings) standing?: Standing;
  @IsOptional() @IsBoolean() unsignedAllowed?: boolean;
  @IsOptional() @IsString() @Length(1, 64) by?: string;
}

export const changeDeveloper = defineRequest({
  context: 'binding',
  name: 'change-developer',
  version: 1,
  meaning: 'Rename or suspend a developer, let it in again, or switch version 1 for it. Refused as `record-unknown`.',
  payload: ChangeDeveloperV1,
  answer: RecordedV1,
  keysOf: ({ clientId }) => [`developer:${clientId}`],
  sample: { clientId: merchant.clientId, standing: 'suspended' },
});

export class AddClientSecretV1 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsUUID() secretUid!: string;
  /** Made by the edge. Stored encrypted. */
  @IsString() @Length(16, 128) clientSecret!: string;
  @IsOptional() @IsString() @Length(1, 64) by?: string;
}

export const addClientSecret = defineRequest({
  context: 'binding',
  name: 'add-client-secret',
  version: 1,
  meaning: 'Begin a rotation: from now on a second secret is valid beside the first. Refused as `record-conflict` when there are two.',
  payload: AddClientSecretV1,
  answer: RecordedV1,
  keysOf: ({ clientId }) => [`developer:${clientId}`],
  sample: {
    clientId: merchant.clientId,
    secretUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a006',
    clientSecret: '00000000000000000000000000000000',
  },
});

export class RemoveClientSecretV1 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsUUID() secretUid!: string;
  @IsOptional() @IsString() @Length(1, 64) by?: string;
}

export const removeClientSecret = defineRequest({
  context: 'binding',
  name: 'remove-client-secret',
  version: 1,
  meaning: 'End a rotation: this secret is valid no more. Refused as `record-conflict` when it is the last one.',
  payload: RemoveClientSecretV1,
  answer: RecordedV1,
  keysOf: ({ clientId }) => [`developer:${clientId}`],
  sample: { clientId: merchant.clientId, secretUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a006' },
});

export class ResealClientSecretsV1 {
  /** How many at most in one transaction. */
  @IsInt() @Min(1) @Max(1_000) limit!: number;
  @IsOptional() @IsString() @Length(1, 64) by?: string;
}

export class ResealedV1 {
  @IsInt() @Min(0) resealed!: number;
  /** How many are still sealed with an older key. */
  @IsInt() @Min(0) left!: number;
}

export const resealClientSecrets = defineRequest({
  context: 'binding',
  name: 'reseal-client-secrets',
  version: 1,
  meaning: 'Encrypt secrets that an older key sealed again with the current key; until none is left the older key must stay configured.',
  payload: ResealClientSecretsV1,
  answer: ResealedV1,
  keysOf: () => ['reseal'],
  sample: { limit: 100 },
});

export class RegisterMerchantV1 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @IsString() @Length(1, 200) name!: string;
  @IsString() @Matches(CURRENCY_NUMERIC) currencyCode!: string;
  @IsOptional() @IsIn(terminalPolicies) terminalPolicy?: TerminalPolicy;
  @IsOptional() @IsIn(lateResultPolicies) lateResults?: LateResultPolicy;
  @IsOptional() @IsInt() @Min(deadlineSeconds.min) @Max(deadlineSeconds.max) deadlineSeconds?: number;
  @IsOptional() @IsString() @Length(1, 64) by?: string;
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

export class ChangeMerchantV1 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @IsOptional() @IsString() @Length(1, 200) name?: string;
  @IsOptional() @IsString() @Matches(CURRENCY_NUMERIC) currencyCode?: string;
  @IsOptional() @IsIn(standings) standing?: Standing;
  @IsOptional() @IsIn(terminalPolicies) terminalPolicy?: TerminalPolicy;
  @IsOptional() @IsIn(lateResultPolicies) lateResults?: LateResultPolicy;
  @IsOptional() @IsInt() @Min(deadlineSeconds.min) @Max(deadlineSeconds.max) deadlineSeconds?: number;
  @IsOptional() @IsString() @Length(1, 64) by?: string;
}

export const changeMerchant = defineRequest({
  context: 'binding',
  name: 'change-merchant',
  version: 1,
  meaning: 'Change or suspend a merchant. Running transactions keep what they started with. Refused as `record-unknown`.',
  payload: ChangeMerchantV1,
  answer: RecordedV1,
  keysOf: ({ clientId, merchantId }) => [`merchant:${clientId}/${merchantId}`],
  sample: { ...merchant, standing: 'suspended' },
});

export class IssueMerchantTokenV1 {
  @IsUUID() tokenUid!: string;
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @IsIn(tokenChannels) channel!: TokenChannel;
  /** SHA-256 (hex) of the token; the token itself is shown once by the edge and stored nowhere. */
  @IsString() @Matches(SHA256_HEX) tokenHash!: string;
  /** Absent: it does not expire. */
  @IsOptional() @IsString() @Matches(INSTANT) expiresAt?: string;
  /** The operator, for the audit log. Absent: the developer asked for it with its secret. */
  @IsOptional() @IsString() @Length(1, 64) by?: string;
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

export class RevokeMerchantTokenV1 {
  @IsUUID() tokenUid!: string;
  @IsOptional() @IsString() @Length(1, 64) by?: string;
}

export const revokeMerchantToken = defineRequest({
  context: 'binding',
  name: 'revoke-merchant-token',
  version: 1,
  meaning: 'Take a token back, for ever. Refused as `record-unknown`.',
  payload: RevokeMerchantTokenV1,
  answer: RecordedV1,
  keysOf: ({ tokenUid }) => [`token:${tokenUid}`],
  sample: { tokenUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a005' },
});
