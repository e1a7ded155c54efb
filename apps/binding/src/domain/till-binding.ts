import type { BindTillV1, TerminalV1, TillBindingV1 } from '@tillbridge/contracts';
import { notYours, refuse, type Refused } from './decision.js';

/**
 * `list-bindings` answers with all tills of a merchant in one message, and NATS carries 1 MiB (1 048 576 bytes). One binding is at most
 * 47 bytes of JSON around posId (64), terminalSn (64) and terminalId (32): 207 bytes in ASCII. 5 000 of them are 1 035 000 bytes. That
 * leaves room for 65 more, because tills that are bound at the same moment are counted without each other.
 */
export const MAX_TILLS_PER_MERCHANT = 5_000;

/** What must be known to decide on a binding. */
export type Situation = {
  readonly merchantKnown: boolean;
  /** The merchant's terminal of this serial number. */
  readonly terminal: TerminalV1 | undefined;
  /** The merchant's till of this posId; one that is unbound has no terminal. */
  readonly till: KnownTill | undefined;
  /** How many tills the merchant has. Only counts for a till that is new. */
  readonly tillsOfMerchant: number;
};

export type KnownTill = { readonly tillUid: string; readonly version: number; readonly terminalUid?: string };

/** What a new till or terminal needs from outside, and the rule of the environment. */
export type Circumstances = {
  readonly newTillUid: string;
  readonly newTerminalUid: string;
  readonly now: Date;
  /** In a sandbox a terminal that was never enrolled may be bound; it gets its key when it is enrolled. */
  readonly mayCreateTerminal: boolean;
};

export type BindingDecision =
  | Refused
  /** It is already bound to this terminal. */
  | { readonly kind: 'keep'; readonly tillUid: string; readonly terminalUid: string }
  | {
      readonly kind: 'bind';
      readonly binding: TillBindingV1;
      /** The terminal that has to be created first. */
      readonly newTerminal?: TerminalV1;
    };

/**
 * Binds a till to a terminal, which replaces the binding it had. The terminal is found by its serial number alone: TIDs are often a
 * placeholder that many terminals share, so the one in the request only matters for a terminal that is created here.
 */
export function bindTill(request: BindTillV1, situation: Situation, circumstances: Circumstances): BindingDecision {
  const { terminal: known, till } = situation;
  const refusal = refusalOf(request, situation, circumstances);
  if (refusal !== undefined) return refusal;
  const terminal = known ?? newTerminalFor(request, circumstances);
  if (till?.terminalUid === terminal.terminalUid) return { kind: 'keep', tillUid: till.tillUid, terminalUid: terminal.terminalUid };
  const { clientId, merchantId, posId } = request;
  const { terminalUid, terminalSn, terminalId } = terminal;
  const binding = {
    tillUid: till?.tillUid ?? circumstances.newTillUid,
    version: (till?.version ?? 0) + 1,
    ...{ clientId, merchantId, posId },
    ...{ terminalUid, terminalSn, terminalId },
    at: circumstances.now.toISOString(),
  };
  return known === undefined ? { kind: 'bind', binding, newTerminal: terminal } : { kind: 'bind', binding };
}

function refusalOf(request: BindTillV1, situation: Situation, { mayCreateTerminal }: Circumstances): Refused | undefined {
  const { merchantKnown, terminal, till, tillsOfMerchant } = situation;
  if (!merchantKnown) return notYours(request.merchantId);
  if (till === undefined && tillsOfMerchant >= MAX_TILLS_PER_MERCHANT) {
    return refuse(
      'invalid-field',
      `posId: expected one of the merchant's tills, for it has ${MAX_TILLS_PER_MERCHANT} and may not have more`,
    );
  }
  return terminal === undefined && !mayCreateTerminal ? refuse('terminal-unknown', `terminalSn ${request.terminalSn}`) : undefined;
}

function newTerminalFor({ clientId, merchantId, terminalSn, terminalId }: BindTillV1, { newTerminalUid }: Circumstances): TerminalV1 {
  return { terminalUid: newTerminalUid, version: 1, clientId, merchantId, terminalSn, terminalId };
}
