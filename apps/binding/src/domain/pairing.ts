import type { InviteTerminalV1, PairingCodeState, PairTerminalV1 } from '@tillbridge/contracts';
import { change, keep, notYours, refuse, unknownRecord, type Changed, type Kept, type Refused } from './decision.js';
import { isStillToCome, isWithin } from './instants.js';
import { newTerminal, type Terminal } from './terminal.js';

const DAY_MS = 24 * 60 * 60 * 1000;
/** An edge's clock may be a little ahead of ours. */
const CLOCK_TOLERANCE_MS = 5 * 60 * 1000;
/** docs/DECISIONS.md, section 3: a code is valid for 30 days at most. */
export const MAX_CODE_LIFE_MS = 30 * DAY_MS;

/** A pairing code as it is stored; at most one of a terminal is neither used nor revoked. */
export type PairingCode = {
  readonly codeUid: string;
  readonly clientId: string;
  readonly merchantId: string;
  readonly terminalUid: string;
  readonly codeHash: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly usedAt?: string;
  readonly revokedAt?: string;
};

/** A code that was ended after its time, because another one took its place, had expired all the same. */
export function stateOf(code: Pick<PairingCode, 'expiresAt' | 'usedAt' | 'revokedAt'>, now: Date): PairingCodeState {
  const { expiresAt, usedAt, revokedAt } = code;
  if (usedAt !== undefined) return 'used';
  if (revokedAt !== undefined && revokedAt < expiresAt) return 'revoked';
  return isStillToCome(expiresAt, now) ? 'open' : 'expired';
}

export type Invitation =
  | Refused
  /** `invited`: the code is valid. False: the terminal has a key or another open code already, and nothing is changed. */
  | { readonly kind: 'keep'; readonly terminalUid: string; readonly invited: boolean; readonly isRepeat: boolean }
  | {
      readonly kind: 'invite';
      readonly code: PairingCode;
      /** The terminal as it is from now on; `before` is absent when it is new, and the same when nothing of it changes. */
      readonly terminal: Terminal;
      readonly before: Terminal | undefined;
      /** The code that this one takes the place of. */
      readonly ends: PairingCode | undefined;
    };

export type InvitationSituation = {
  readonly merchantKnown: boolean;
  /** The merchant's terminal of this serial number. */
  readonly terminal: Terminal | undefined;
  /** Its code that is neither used nor revoked; its time may be over. */
  readonly unused: PairingCode | undefined;
  /** A code with the uid or the hash of the new one. */
  readonly namesake: PairingCode | undefined;
};

/** Admits a terminal that will get its key by showing a code. What it has, a key or an open code, is only touched when that is wanted (`renew`). */
export function inviteTerminal(situation: InvitationSituation, request: InviteTerminalV1, now: Date): Invitation {
  const { merchantKnown, terminal, unused, namesake } = situation;
  if (!merchantKnown) return notYours(request.merchantId);
  if (namesake !== undefined) return repeated(namesake, terminal, request, now);
  const refusal = refusalOf(request, terminal, now);
  if (refusal !== undefined) return refusal;
  const isProvided = terminal !== undefined && (terminal.keyHash !== null || (unused !== undefined && stateOf(unused, now) === 'open'));
  if (isProvided && request.renew !== true) return { kind: 'keep', terminalUid: terminal.terminalUid, invited: false, isRepeat: false };
  const invited = terminal === undefined ? newTerminal(request, null) : withTid(terminal, request.terminalId);
  return { kind: 'invite', code: newCode(request, invited, now), terminal: invited, before: terminal, ends: unused };
}

/** The same request again is told how its code is by now; anything else under a used uid or code is a mistake. */
function repeated(namesake: PairingCode, terminal: Terminal | undefined, request: InviteTerminalV1, now: Date): Invitation {
  const { codeUid, codeHash, terminalUid } = namesake;
  const isSame = codeUid === request.codeUid && codeHash === request.codeHash && terminalUid === terminal?.terminalUid;
  if (!isSame) return refuse('invalid-field', 'codeHash: expected a new code under a new codeUid');
  return { kind: 'keep', terminalUid, invited: stateOf(namesake, now) === 'open', isRepeat: true };
}

function refusalOf({ expiresAt }: InviteTerminalV1, terminal: Terminal | undefined, now: Date): Refused | undefined {
  if (!isStillToCome(expiresAt, now)) return refuse('invalid-field', 'expiresAt: expected an instant to come');
  if (!isWithin(expiresAt, MAX_CODE_LIFE_MS + CLOCK_TOLERANCE_MS, now)) {
    return refuse('invalid-field', 'expiresAt: expected an instant within 30 days');
  }
  return terminal?.standing === 'suspended' ? refuse('record-conflict', 'the terminal is suspended') : undefined;
}

const withTid = (terminal: Terminal, terminalId: string): Terminal => {
  const decision = change(terminal, { terminalId });
  return decision.kind === 'change' ? decision.state : terminal;
};

const newCode = ({ codeUid, codeHash, expiresAt }: InviteTerminalV1, terminal: Terminal, now: Date): PairingCode => ({
  ...{ codeUid, clientId: terminal.clientId, merchantId: terminal.merchantId, terminalUid: terminal.terminalUid, codeHash },
  ...{ createdAt: now.toISOString(), expiresAt },
});

/** A code that expired needs no taking back. */
export function revokePairingCode(
  code: PairingCode | undefined,
  codeUid: string,
  now: Date,
): Refused | Kept | { kind: 'revoke'; code: PairingCode } {
  if (code === undefined) return unknownRecord('codeUid', codeUid);
  switch (stateOf(code, now)) {
    case 'used':
      return refuse('record-conflict', 'the code was used');
    case 'open':
      return { kind: 'revoke', code: { ...code, revokedAt: now.toISOString() } };
    default:
      return keep;
  }
}

/** What is known of a code that somebody shows. */
export type Shown = { readonly code: PairingCode; readonly terminal: Terminal; readonly merchantIsOpen: boolean };

export type Pairing =
  Refused | { readonly kind: 'keep'; readonly terminal: Terminal } | (Changed<Terminal> & { readonly code: PairingCode });

/** Whatever is wrong, the answer is one and the same: who guesses learns nothing. */
export function pairTerminal(shown: Shown | undefined, { terminalSn, keyHash }: PairTerminalV1, now: Date): Pairing {
  if (shown === undefined || !mayPair(shown, terminalSn)) return refuse('pairing-code-invalid');
  const { code, terminal } = shown;
  const state = stateOf(code, now);
  if (state === 'used' && terminal.keyHash === keyHash) return { kind: 'keep', terminal };
  const decision = change(terminal, { keyHash });
  if (state !== 'open' || decision.kind === 'keep') return refuse('pairing-code-invalid');
  return { ...decision, code: { ...code, usedAt: now.toISOString() } };
}

const mayPair = ({ terminal, merchantIsOpen }: Shown, terminalSn: string): boolean =>
  terminal.terminalSn === terminalSn && terminal.standing === 'active' && merchantIsOpen;
