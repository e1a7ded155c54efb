import { deadlineSeconds as deadlines, type InitiateTransactionV1, type InstructionV1, type Refusal } from '@tillbridge/contracts';
import { plusMs } from '@tillbridge/kernel';
import { forbids, type Original } from './follow-up.js';
import { identifiersOf } from './original.js';
import { requested, type Change, type Transaction } from './transaction.js';
import { flawIn, rulesOf, type TypeRules } from './types.js';

export type BoundTerminal = {
  readonly terminalUid: string;
  readonly terminalSn: string;
  readonly online: boolean;
  readonly busy: boolean;
};

/** What must be known to decide on a request. */
export type Situation = {
  /** The developer's transaction under this trade number. */
  readonly existing?: Transaction;
  /** The terminal that the till is bound to. */
  readonly terminal?: BoundTerminal;
  /** How long the merchant lets a terminal take; absent: as long as the vendor's own limit on the terminal. */
  readonly deadlineSeconds?: number;
  /** Of a follow-up, once it was looked for: its original, or why there is none. */
  readonly original?: Original | { readonly missing: string };
};

/** What a new transaction needs from outside: pure code makes up neither times nor ids. */
export type Birth = {
  readonly transactionId: string;
  readonly transIndexCode: string;
  /** The id of the request message. */
  readonly requestId: string;
  readonly now: Date;
};

export type Initiation =
  | { readonly kind: 'accept'; readonly change: Change }
  /** The same message again, after a crash between commit and answer: the first answer, not marked. */
  | { readonly kind: 'redelivered'; readonly transaction: Transaction }
  /** The till asked again: the first answer, marked as a replay. */
  | { readonly kind: 'replay'; readonly transaction: Transaction }
  | { readonly kind: 'refuse'; readonly refusal: Refusal }
  /** It is a follow-up, and nothing speaks against it so far: ask again with `original`. */
  | { readonly kind: 'original-wanted' };

const refuse = (name: Refusal['name'], detail?: string): Initiation => ({
  kind: 'refuse',
  refusal: { name, ...(detail === undefined ? {} : { detail }) },
});

/** Accepts, replays or refuses. The order of the refusals is the documented one (docs/DECISIONS.md). */
export function initiate(request: InitiateTransactionV1, situation: Situation, birth: Birth): Initiation {
  const { existing, terminal } = situation;
  const { instruction } = request;
  if (existing?.requestHash === request.requestHash) {
    return { kind: existing.acceptedBy === birth.requestId ? 'redelivered' : 'replay', transaction: existing };
  }
  const rules = rulesOf(instruction.transType);
  if (rules === undefined) return refuse('unknown-trans-type');
  const flaw = flawIn(instruction, rules);
  if (flaw !== undefined) return refuse('invalid-field', flaw);
  if (terminal === undefined) return refuse('till-not-bound', `posId ${request.posId}`);
  if (existing !== undefined) return refuse('trade-no-reused');
  const hindered = rules.original === 'limited' ? askOriginal(situation.original, instruction) : undefined;
  if (hindered !== undefined) return hindered;
  if (!terminal.online) return refuse('terminal-offline');
  if (terminal.busy) return refuse('terminal-busy');
  return { kind: 'accept', change: accept(request, { ...situation, terminal }, birth, rules) };
}

function askOriginal(original: Situation['original'], instruction: InstructionV1): Initiation | undefined {
  if (original === undefined) return { kind: 'original-wanted' };
  if ('missing' in original) return refuse('original-not-found', original.missing);
  const reason = forbids(original, instruction);
  return reason === undefined ? undefined : refuse('original-forbids', reason);
}

function accept(
  request: InitiateTransactionV1,
  situation: Situation & { terminal: BoundTerminal },
  birth: Birth,
  rules: TypeRules,
): Change {
  const { clientId, merchantId, posId, tradeNo, requestHash, callBackUrl } = request;
  const { original, terminal, deadlineSeconds = deadlines.usual } = situation;
  const followed = original === undefined || 'missing' in original ? undefined : original.transaction;
  const next: Transaction = {
    transactionId: birth.transactionId,
    version: 1,
    transIndexCode: birth.transIndexCode,
    ...{ clientId, merchantId, posId, tradeNo, requestHash },
    instruction: instructionFor(request.instruction, rules, followed),
    ...(followed === undefined ? {} : { originalTransactionId: followed.transactionId }),
    ...(callBackUrl === undefined ? {} : { callBackUrl }),
    terminalUid: terminal.terminalUid,
    terminalSn: terminal.terminalSn,
    acceptedBy: birth.requestId,
    acceptedAt: birth.now,
    changedAt: birth.now,
    deadlineAt: plusMs(birth.now, deadlineSeconds * 1_000),
    life: { state: 'accepted' },
  };
  return { kind: 'changed', next, facts: [requested(next)] };
}

/** A limited follow-up tells the terminal all that we know of its original; what has no original loses the identifiers it came with. */
function instructionFor(given: InstructionV1, rules: TypeRules, followed: Transaction | undefined): InstructionV1 {
  const { original: named, ...rest } = given;
  const asGiven = rules.original === 'as-given' ? named : undefined;
  const original = followed === undefined ? asGiven : identifiersOf(followed);
  return original === undefined ? rest : { ...rest, original };
}
