import { IsBoolean, IsIn, IsInt, IsOptional, IsString, IsUUID, Length, Matches, Max, Min } from 'class-validator';
import { defineFact } from '../define/define.js';
import { CURRENCY_NUMERIC, INSTANT } from '../values.js';

export const tokenChannels = ['Terminal', 'eCommerce'] as const;
export type TokenChannel = (typeof tokenChannels)[number];

/** What an operator may do with a developer, merchant, terminal or till without deleting it: nothing is ever deleted. */
export const standings = ['active', 'suspended'] as const;
export type Standing = (typeof standings)[number];

/** Whether `registerTerminal` may create a terminal that was never enrolled. In a sandbox it always may. */
export const terminalPolicies = ['enrolled-only', 'create-on-register'] as const;
export type TerminalPolicy = (typeof terminalPolicies)[number];

/**
 * What becomes of a proof that comes after a transaction was closed without a charge: it corrects the outcome, or what was charged is given back
 * by a reversal, or it is held until a person has decided.
 */
export const lateResultPolicies = ['attach', 'auto-void', 'review'] as const;
export type LateResultPolicy = (typeof lateResultPolicies)[number];

/** How long a terminal may take from acceptance, seconds; the middle one is where the merchant says nothing. */
export const deadlineSeconds = { min: 30, usual: 180, max: 600 } as const;

export class DeveloperV1 {
  @IsString() @Length(1, 40) clientId!: string;
  @IsInt() @Min(1) version!: number;
  @IsString() name!: string;
  /** Absent: active. */
  @IsOptional() @IsIn(standings) standing?: Standing;
  /** Whether calls of version 1, which carry no signature, are taken. Absent: yes. */
  @IsOptional() @IsBoolean() unsignedAllowed?: boolean;
}

export class MerchantV1 {
  @IsString() clientId!: string;
  /** The processor's merchant number (`mid`); a merchant is known within its developer. */
  @IsString() merchantId!: string;
  @IsInt() @Min(1) version!: number;
  @IsString() name!: string;
  @IsString() @Matches(CURRENCY_NUMERIC) currencyCode!: string;
  /** Absent: active. */
  @IsOptional() @IsIn(standings) standing?: Standing;
  /** Absent: enrolled-only. */
  @IsOptional() @IsIn(terminalPolicies) terminalPolicy?: TerminalPolicy;
  /** Absent: attach. */
  @IsOptional() @IsIn(lateResultPolicies) lateResults?: LateResultPolicy;
  /** Absent: 180. */
  @IsOptional() @IsInt() @Min(deadlineSeconds.min) @Max(deadlineSeconds.max) deadlineSeconds?: number;
}

export class MerchantTokenV1 {
  @IsUUID() tokenUid!: string;
  @IsInt() @Min(1) version!: number;
  @IsString() clientId!: string;
  @IsString() merchantId!: string;
  @IsIn(tokenChannels) channel!: TokenChannel;
  /** Absent: it does not expire. */
  @IsOptional() @IsString() @Matches(INSTANT) expiresAt?: string;
  /** Absent: it was not revoked. */
  @IsOptional() @IsString() @Matches(INSTANT) revokedAt?: string;
}

export class TerminalV1 {
  /** Our own id of the terminal; serial numbers are unique only within a merchant, TIDs not at all. */
  @IsUUID() terminalUid!: string;
  @IsInt() @Min(1) version!: number;
  @IsString() clientId!: string;
  @IsString() merchantId!: string;
  @IsString() terminalSn!: string;
  /** The acquirer's number (TID); `00000000` is a placeholder. */
  @IsString() terminalId!: string;
  /** Absent: active. */
  @IsOptional() @IsIn(standings) standing?: Standing;
}

/**
 * Whose credentials changed. Without `tokenUid` and `terminalUid` all of the merchant's are meant, without `merchantId` all of the developer's.
 */
export class CredentialsChangedV1 {
  @IsString() clientId!: string;
  @IsOptional() @IsString() merchantId?: string;
  @IsOptional() @IsUUID() tokenUid?: string;
  @IsOptional() @IsUUID() terminalUid?: string;
  /** The version of the developer, merchant, token or terminal. */
  @IsInt() @Min(1) version!: number;
}

/** What somebody remembers or holds, and whose it is. A caller has shown no terminal's credentials, and a terminal no token. */
type Remembered = { readonly clientId: string; readonly merchantId: string; readonly tokenUid?: string; readonly terminalUid?: string };

/** Whether the change is about this: everything that it names has to fit, and what it does not name is meant as a whole. */
export const isAbout = (changed: CredentialsChangedV1, remembered: Remembered): boolean =>
  (['clientId', 'merchantId', 'tokenUid', 'terminalUid'] as const).every(
    (name) => changed[name] === undefined || changed[name] === remembered[name],
  );

/** The binding of one till after the change. */
export class TillBindingV1 {
  @IsUUID() tillUid!: string;
  @IsInt() @Min(1) version!: number;
  @IsString() clientId!: string;
  @IsString() merchantId!: string;
  @IsString() posId!: string;
  @IsUUID() terminalUid!: string;
  @IsString() terminalSn!: string;
  @IsString() terminalId!: string;
  @IsString() @Matches(INSTANT) at!: string;
}

const merchant = { clientId: '825429536610058240', merchantId: '10800000003' };
const terminal = { terminalUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a002', terminalSn: 'WP123987987897', terminalId: '00000000' };
const till = {
  tillUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a004',
  ...merchant,
  posId: 'D31231234567890',
  ...terminal,
  at: '2026-11-01T09:00:00.000Z',
};

export const developerRegistered = defineFact({
  context: 'binding',
  name: 'developer-registered',
  version: 1,
  meaning: 'An integrator may call us under this clientId.',
  payload: DeveloperV1,
  sample: { clientId: merchant.clientId, version: 1, name: 'Demo Tills Ltd' },
});

export const merchantRegistered = defineFact({
  context: 'binding',
  name: 'merchant-registered',
  version: 1,
  meaning: 'A developer serves this merchant; told again with the next version when the merchant changes.',
  payload: MerchantV1,
  sample: { ...merchant, version: 1, name: 'Corner Shop', currencyCode: '840' },
});

export const merchantTokenIssued = defineFact({
  context: 'binding',
  name: 'merchant-token-issued',
  version: 1,
  meaning: 'A merchant token was issued; neither the token nor its hash is told.',
  payload: MerchantTokenV1,
  sample: { tokenUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a005', version: 1, ...merchant, channel: 'Terminal' },
});

export const terminalRegistered = defineFact({
  context: 'binding',
  name: 'terminal-registered',
  version: 1,
  meaning: 'A terminal belongs to this merchant; told again with the next version when the terminal changes.',
  payload: TerminalV1,
  sample: { ...merchant, ...terminal, version: 1 },
});

export const developerChanged = defineFact({
  context: 'binding',
  name: 'developer-changed',
  version: 1,
  meaning: 'A developer was renamed, suspended, let in again, or the unsigned dialect was switched for it.',
  payload: DeveloperV1,
  sample: { clientId: merchant.clientId, version: 2, name: 'Demo Tills Ltd', standing: 'suspended', unsignedAllowed: false },
});

export const merchantTokenRevoked = defineFact({
  context: 'binding',
  name: 'merchant-token-revoked',
  version: 1,
  meaning: 'Calls with this token are not taken any more.',
  payload: MerchantTokenV1,
  sample: {
    tokenUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a005',
    version: 2,
    ...merchant,
    channel: 'Terminal',
    revokedAt: '2026-11-01T09:00:00.000Z',
  },
});

export const credentialsChanged = defineFact({
  context: 'binding',
  name: 'credentials-changed',
  version: 1,
  meaning: 'Whoever remembers these credentials must forget them and ask again: a secret, token, key or standing changed.',
  payload: CredentialsChangedV1,
  sample: { ...merchant, tokenUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a005', version: 2 },
});

export const terminalBound = defineFact({
  context: 'binding',
  name: 'terminal-bound',
  version: 1,
  meaning: 'The till is bound to this terminal; an earlier binding of the till is replaced.',
  payload: TillBindingV1,
  sample: { ...till, version: 1 },
});

export const terminalUnbound = defineFact({
  context: 'binding',
  name: 'terminal-unbound',
  version: 1,
  meaning: 'The till is bound to no terminal any more; the terminal named is the one it had.',
  payload: TillBindingV1,
  sample: { ...till, version: 2 },
});
