import { IsBoolean, IsIn, IsOptional, IsString, IsUUID, Length, Matches } from 'class-validator';
import { RecordedV1 } from '../define/answer.js';
import { defineRequest } from '../define/define.js';
import { INSTANT, SHA256_HEX } from '../values.js';
import { standings, type Standing } from './facts.js';

/** How terminals are admitted and change. `by` names the operator in the audit log. */

const merchant = { clientId: '825429536610058240', merchantId: '10800000003' };
const terminalUid = '0193aa3e-7c1b-7d30-9a51-2f60c1f7a002';
const codeUid = '0193aa3e-7c1b-7d30-9a51-2f60c1f7a007';

export class EnrolTerminalV1 {
  @IsUUID() terminalUid!: string;
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @IsString() @Length(1, 64) terminalSn!: string;
  @IsString() @Length(1, 32) terminalId!: string;
  /** SHA-256 (hex) of the terminal's key. */
  @IsString() @Matches(SHA256_HEX) keyHash!: string;
  @IsOptional() @IsString() @Length(1, 64) by?: string;
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

export class ChangeTerminalV1 {
  @IsUUID() terminalUid!: string;
  @IsOptional() @IsString() @Length(1, 32) terminalId?: string;
  /** A suspended terminal loses its channel and gets none. */
  @IsOptional() @IsIn(standings) standing?: Standing;
  /** Its key is none any more; it has to be enrolled anew. */
  @IsOptional() @IsBoolean() revokeKey?: boolean;
  @IsOptional() @IsString() @Length(1, 64) by?: string;
}

export const changeTerminal = defineRequest({
  context: 'binding',
  name: 'change-terminal',
  version: 1,
  meaning: 'Give a terminal another TID, suspend it, let it in again, or take its key back. Refused as `record-unknown`.',
  payload: ChangeTerminalV1,
  answer: RecordedV1,
  keysOf: ({ terminalUid: uid }) => [`terminal-uid:${uid}`],
  sample: { terminalUid, standing: 'suspended' },
});

/** A terminal that is to enrol itself with a pairing code. */
export class InviteTerminalV1 {
  @IsUUID() terminalUid!: string;
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @IsString() @Length(1, 64) terminalSn!: string;
  @IsString() @Length(1, 32) terminalId!: string;
  @IsUUID() codeUid!: string;
  /** SHA-256 (hex) of the code; the code itself is shown once by the edge. */
  @IsString() @Matches(SHA256_HEX) codeHash!: string;
  @IsString() @Matches(INSTANT) expiresAt!: string;
  /** Give a new code although an open one exists (which then ends), or although the terminal has a key (which stays until the code is used). */
  @IsOptional() @IsBoolean() renew?: boolean;
  @IsOptional() @IsString() @Length(1, 64) by?: string;
}

export class InvitedV1 {
  @IsUUID() terminalUid!: string;
  /** Whether the code is valid. False: the terminal has a key or an open code already, and nothing was changed. */
  @IsBoolean() invited!: boolean;
}

export const inviteTerminal = defineRequest({
  context: 'binding',
  name: 'invite-terminal',
  version: 1,
  meaning: 'Admit a terminal of a merchant by a single-use pairing code. A terminal that has a key or an open code is left alone.',
  payload: InviteTerminalV1,
  answer: InvitedV1,
  keysOf: (request) => [`terminal:${request.clientId}/${request.merchantId}/${request.terminalSn}`],
  sample: {
    terminalUid,
    ...merchant,
    terminalSn: 'WP123987987897',
    terminalId: '00000000',
    codeUid,
    codeHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    expiresAt: '2026-11-01T09:15:00.000Z',
  },
});

export class RevokePairingCodeV1 {
  @IsUUID() codeUid!: string;
  @IsOptional() @IsString() @Length(1, 64) by?: string;
}

export const revokePairingCode = defineRequest({
  context: 'binding',
  name: 'revoke-pairing-code',
  version: 1,
  meaning: 'Take back a pairing code that was not used. Refused as `record-unknown`, or as `record-conflict` when it was used.',
  payload: RevokePairingCodeV1,
  answer: RecordedV1,
  keysOf: ({ codeUid: uid }) => [`pairing-code:${uid}`],
  sample: { codeUid },
});

export class PairTerminalV1 {
  @IsString() @Length(1, 64) terminalSn!: string;
  @IsString() @Matches(SHA256_HEX) codeHash!: string;
  /** SHA-256 (hex) of the key that the edge made for the terminal. */
  @IsString() @Matches(SHA256_HEX) keyHash!: string;
}

export class PairedV1 {
  @IsUUID() terminalUid!: string;
  @IsString() merchantId!: string;
  @IsString() terminalId!: string;
}

export const pairTerminal = defineRequest({
  context: 'binding',
  name: 'pair-terminal',
  version: 1,
  meaning: 'Use a pairing code: the terminal has this key from now on. Refused as `pairing-code-invalid`, whatever is wrong with the code.',
  payload: PairTerminalV1,
  answer: PairedV1,
  keysOf: ({ codeHash }) => [`pairing:${codeHash}`],
  sample: {
    terminalSn: 'WP123987987897',
    codeHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    keyHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  },
});
