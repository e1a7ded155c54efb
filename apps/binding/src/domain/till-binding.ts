import type { BindTillV1, ChangeTillV1, Standing, TerminalV1, TillBindingV1, UnbindTillV1 } from '@tillbridge/contracts';
import { change, keep, notYours, refuse, unknownRecord, type Change, type Changed, type Kept, type Refused } from './decision.js';
import type { ServedMerchant } from './merchant.js';
import { newTerminal, type Terminal } from './terminal.js';

/**
 * `list-bindings` answers with all tills of a merchant in one message, and NATS carries 1 MiB (1 048 576 bytes). One binding is at most
 * 47 bytes of JSON around posId (64), terminalSn (64) and terminalId (32): 207 bytes in ASCII. 5 000 of them are 1 035 000 bytes. That
 * leaves room for 65 more, because tills that are bound at the same moment are counted without each other.
 */
export const MAX_TILLS_PER_MERCHANT = 5_000;

export type BoundTerminal = Pick<TerminalV1, 'terminalUid' | 'terminalSn' | 'terminalId'>;

/** A till as it is stored; one that is unbound has no terminal. */
export type Till = {
  readonly tillUid: string;
  readonly version: number;
  readonly clientId: string;
  readonly merchantId: string;
  readonly posId: string;
  readonly standing: Standing;
  readonly terminal?: BoundTerminal;
};
export type BoundTill = Till & { readonly terminal: BoundTerminal };

/** What must be known to decide on a binding. */
export type Situation = {
  readonly merchant: ServedMerchant | undefined;
  /** The merchant's terminal of this serial number. */
  readonly terminal: Terminal | undefined;
  /** The merchant's till of this posId. */
  readonly till: Till | undefined;
  /** How many tills the merchant has. Only counts for a till that is new. */
  readonly tillsOfMerchant: number;
};

/** What a new till or terminal needs from outside, and the rule of the environment. */
export type Circumstances = {
  readonly newTillUid: string;
  readonly newTerminalUid: string;
  /** In a sandbox every merchant's terminals are created by their first binding; they get their key when they are enrolled. */
  readonly isSandbox: boolean;
};

export type BindingDecision =
  | Refused
  /** It is already bound to this terminal. */
  | { readonly kind: 'keep'; readonly till: BoundTill }
  | {
      readonly kind: 'bind';
      readonly before: Till | undefined;
      readonly state: BoundTill;
      /** The terminal that has to be created first. */
      readonly newTerminal?: Terminal;
    };

/**
 * Binds a till to a terminal, which replaces the binding it had, if that is wanted. The terminal is found by its serial number alone: TIDs are
 * often a placeholder that many terminals share, so the one in the request only matters for a terminal that is created here.
 */
export function bindTill(request: BindTillV1, situation: Situation, circumstances: Circumstances): BindingDecision {
  const { terminal: known, till } = situation;
  const refusal = refusalOf(request, situation, circumstances);
  if (refusal !== undefined) return refusal;
  const terminal = known ?? newTerminal({ ...request, terminalUid: circumstances.newTerminalUid }, null);
  if (till?.terminal !== undefined) {
    if (till.terminal.terminalUid === terminal.terminalUid) return { kind: 'keep', till: { ...till, terminal: till.terminal } };
    if (request.mayRebind !== true) return refuse('bound-otherwise', `posId ${till.posId} is bound to another terminal`);
  }
  const { terminalUid, terminalSn, terminalId } = terminal;
  const state = nextTill(request, till, { terminalUid, terminalSn, terminalId }, circumstances.newTillUid);
  return { kind: 'bind', before: till, state, ...(known === undefined ? { newTerminal: terminal } : {}) };
}

/** In the order of docs/DECISIONS.md, 1.3: whose merchant it is, what was sent, which terminal it is, how the till is bound. */
function refusalOf(request: BindTillV1, situation: Situation, { isSandbox }: Circumstances): Refused | undefined {
  const { merchant, terminal, till, tillsOfMerchant } = situation;
  if (merchant?.isOpen !== true) return notYours(request.merchantId);
  if (till === undefined && tillsOfMerchant >= MAX_TILLS_PER_MERCHANT) {
    return refuse(
      'invalid-field',
      `posId: expected one of the merchant's tills, for it has ${MAX_TILLS_PER_MERCHANT} and may not have more`,
    );
  }
  const mayBeCreated = isSandbox || merchant.terminalPolicy === 'create-on-register';
  const isUsable = terminal === undefined ? mayBeCreated : terminal.standing === 'active';
  if (!isUsable) return refuse('terminal-unknown', `terminalSn ${request.terminalSn}`);
  return till?.standing === 'suspended' ? refuse('bound-otherwise', `posId ${till.posId} is suspended`) : undefined;
}

const nextTill = (
  { clientId, merchantId, posId }: BindTillV1,
  till: Till | undefined,
  terminal: BoundTerminal,
  newTillUid: string,
): BoundTill => ({
  ...{ tillUid: till?.tillUid ?? newTillUid, version: (till?.version ?? 0) + 1 },
  ...{ clientId, merchantId, posId, standing: 'active', terminal },
});

/** `was`: the terminal that the till had; whoever routes to it is told. */
export type Unbinding = Refused | Kept | (Changed<Till> & { readonly was: BoundTerminal });

export type UnbindingSituation = {
  readonly merchant: ServedMerchant | undefined;
  /** The till of the posId, or the one bound till of the TID. */
  readonly till: Till | undefined;
  /** How many bound tills have a terminal of the TID. Only counts without a posId. */
  readonly matches: number;
  /** This very request was carried out before. By its TID it would not find its till again. */
  readonly isRepeat: boolean;
};

/** Takes a till off its terminal. It stays the merchant's till and can be bound again. */
export function unbindTill({ merchantId, posId, terminalId }: UnbindTillV1, situation: UnbindingSituation): Unbinding {
  const { merchant, till, matches, isRepeat } = situation;
  if (posId === undefined && terminalId === undefined) return refuse('invalid-field', 'posId: expected a posId or a terminalId');
  if (merchant?.isOpen !== true) return notYours(merchantId);
  if (isRepeat) return keep;
  if (posId === undefined && matches !== 1) {
    return refuse('invalid-field', `terminalId: expected the TID of exactly one bound till, found ${matches}`);
  }
  if (till === undefined) return refuse('till-not-bound', `posId ${posId ?? ''}`);
  const { terminal, ...rest } = till;
  if (terminal === undefined) return keep;
  return { kind: 'change', before: till, state: { ...rest, version: till.version + 1 }, was: terminal };
}

/** A suspended till keeps its terminal, but nobody is routed to it: for the others it is unbound until it works again. */
export const changeTill = (known: Till | undefined, { tillUid, standing }: ChangeTillV1): Change<Till> =>
  known === undefined ? unknownRecord('tillUid', tillUid) : change(known, { standing });

/** How the others are told of a till. */
export const toldOfTill = (till: Till, { terminalUid, terminalSn, terminalId }: BoundTerminal, at: Date): TillBindingV1 => ({
  ...{ tillUid: till.tillUid, version: till.version },
  ...{ clientId: till.clientId, merchantId: till.merchantId, posId: till.posId },
  ...{ terminalUid, terminalSn, terminalId },
  at: at.toISOString(),
});
