import type { ChangeTerminalV1, EnrolTerminalV1, TerminalV1 } from '@tillbridge/contracts';
import { change, notYours, refuse, unknownRecord, type Change, type Decision } from './decision.js';

/** A terminal as it is stored; without a key (null) it cannot connect. */
export type Terminal = Required<TerminalV1> & { readonly keyHash: string | null };

/**
 * Admits a terminal, or gives one that is known a new key and TID. Its uid stays what it was: facts and bindings name the terminal by it.
 * `known` is the merchant's terminal of this serial number; `keyTaken` says that another merchant's terminal of the same serial number has
 * this very key, which could then not tell the two apart.
 */
export function enrolTerminal(
  situation: { readonly merchantKnown: boolean; readonly known: Terminal | undefined; readonly keyTaken: boolean },
  request: EnrolTerminalV1,
): Decision<Terminal> {
  const { merchantKnown, known, keyTaken } = situation;
  const { merchantId, terminalId, keyHash } = request;
  if (!merchantKnown) return notYours(merchantId);
  if (keyTaken) return refuse('invalid-field', 'keyHash: expected a key that no other terminal has');
  return known === undefined ? { kind: 'create', state: newTerminal(request, keyHash) } : change(known, { terminalId, keyHash });
}

export function newTerminal(
  { terminalUid, clientId, merchantId, terminalSn, terminalId }: Omit<TerminalV1, 'version'>,
  keyHash: string | null,
): Terminal {
  return { terminalUid, version: 1, clientId, merchantId, terminalSn, terminalId, standing: 'active', keyHash };
}

export function changeTerminal(known: Terminal | undefined, request: ChangeTerminalV1): Change<Terminal> {
  const { terminalUid, terminalId, standing, revokeKey = false } = request;
  if (known === undefined) return unknownRecord('terminalUid', terminalUid);
  return change(known, { terminalId, standing, keyHash: revokeKey ? null : undefined });
}

/** Whether the terminal is let in otherwise than before: only then whoever holds its channel has to look again. */
export const connectsOtherwise = (before: Terminal, after: Terminal): boolean =>
  before.standing !== after.standing || before.keyHash !== after.keyHash;

/** What everybody may know of a terminal: all but its key, not even hashed. */
export const toldOfTerminal = ({ terminalUid, version, clientId, merchantId, terminalSn, terminalId, standing }: Terminal): TerminalV1 => ({
  ...{ terminalUid, version },
  ...{ clientId, merchantId },
  ...{ terminalSn, terminalId },
  standing,
});
