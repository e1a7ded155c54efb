import type { ProgressStage, TerminalOutcome, TransactionResultV1, TransactionState } from '@tillbridge/contracts';

/**
 * The life of a transaction as data. docs/TRANSACTIONS.md is drawn from it.
 *
 * Facts of the terminal edge may come late and in any order, so every state takes every later piece of evidence. What is final stays final, but for
 * one thing: a proof of an outcome after `failed` or `cancelled` is late, and the merchant has said what becomes of it.
 */

/** What is known in each state, and no more. */
export type Life =
  | { readonly state: OpenState }
  /** `askAt`: when the terminal is to be asked next; absent once a person has to look. `asks`: how often it was asked. */
  | { readonly state: 'unknown'; readonly reason: 'deadline-passed'; readonly since: Date; readonly asks: number; readonly askAt?: Date }
  | { readonly state: 'approved' | 'declined'; readonly result: TransactionResultV1 }
  | { readonly state: 'cancelled'; readonly reason?: 'withdrawn'; readonly result?: TransactionResultV1 }
  | { readonly state: 'failed'; readonly reason: 'terminal-unreachable' | 'not-executed'; readonly result?: TransactionResultV1 };

/** The states that take their terminal. An unknown transaction does not: its deadline is the terminal's own limit, and the shop must go on. */
export const openStates = ['accepted', 'dispatched', 'acknowledged', 'in-progress'] as const satisfies readonly TransactionState[];
export type OpenState = (typeof openStates)[number];
export const isOpen = (state: TransactionState): state is OpenState => (openStates as readonly TransactionState[]).includes(state);

/** How each state ends when nothing is heard: no state that is not final goes on for ever without somebody who minds. */
export const endings: Readonly<Record<TransactionState, 'deadline' | 'resolver' | 'final'>> = {
  accepted: 'deadline',
  dispatched: 'deadline',
  acknowledged: 'deadline',
  'in-progress': 'deadline',
  unknown: 'resolver',
  approved: 'final',
  declined: 'final',
  cancelled: 'final',
  failed: 'final',
};

/** A piece of evidence about a transaction, or the passing of its deadline. */
export type Evidence =
  | { readonly kind: 'dispatched' }
  | { readonly kind: 'acknowledged' }
  | { readonly kind: 'progressed'; readonly stage: ProgressStage }
  /** The command expired before it was ever sent. */
  | { readonly kind: 'undelivered' }
  /** The command was cancelled before it was ever sent. */
  | { readonly kind: 'withdrawn' }
  /** The terminal has no trace of the command, and its time is over. */
  | { readonly kind: 'never-seen' }
  | { readonly kind: 'deadline' }
  | { readonly kind: TerminalOutcome; readonly result: TransactionResultV1 };

export type EvidenceKind = Evidence['kind'];
export const evidenceKinds: readonly EvidenceKind[] = [
  ...(['dispatched', 'acknowledged', 'progressed', 'deadline', 'undelivered', 'withdrawn', 'never-seen'] as const),
  ...(['approved', 'declined', 'cancelled', 'not-executed'] as const),
];

/**
 * `keep`: nothing new. `late`: a proof of an outcome after a final state that says there was none; the merchant's policy decides.
 * `contradiction`: two proofs disagree; a person must look, so it is never swallowed.
 */
export type Verdict = TransactionState | 'keep' | 'late' | 'contradiction';

const proofs = { approved: 'approved', declined: 'declined', cancelled: 'cancelled', 'not-executed': 'failed' } as const;
const contradicted = {
  approved: 'contradiction',
  declined: 'contradiction',
  cancelled: 'contradiction',
  'not-executed': 'contradiction',
  undelivered: 'contradiction',
  withdrawn: 'contradiction',
  'never-seen': 'contradiction',
} as const;
const nothingNew = { dispatched: 'keep', acknowledged: 'keep', progressed: 'keep', deadline: 'keep' } as const;
// Both mean that nothing was charged: whatever says so once more is nothing new.
const noCharge = { cancelled: 'keep', 'not-executed': 'keep', undelivered: 'keep', withdrawn: 'keep', 'never-seen': 'keep' } as const;
const neverSent = { undelivered: 'failed', withdrawn: 'cancelled' } as const;
const sent = { undelivered: 'contradiction', withdrawn: 'contradiction' } as const;

/**
 * What each piece of evidence does in each state: all of it. `undelivered` and `withdrawn` are impossible once the command has left, and a terminal
 * that has shown a card cannot say that it never saw the command.
 */
export const verdicts: Readonly<Record<TransactionState, Readonly<Record<EvidenceKind, Verdict>>>> = {
  accepted: {
    ...{ dispatched: 'dispatched', acknowledged: 'acknowledged', progressed: 'in-progress', deadline: 'unknown' },
    ...neverSent,
    'never-seen': 'failed',
    ...proofs,
  },
  dispatched: {
    ...{ dispatched: 'keep', acknowledged: 'acknowledged', progressed: 'in-progress', deadline: 'unknown' },
    ...sent,
    'never-seen': 'failed',
    ...proofs,
  },
  acknowledged: {
    ...{ dispatched: 'keep', acknowledged: 'keep', progressed: 'in-progress', deadline: 'unknown' },
    ...sent,
    'never-seen': 'failed',
    ...proofs,
  },
  'in-progress': { ...nothingNew, deadline: 'unknown', ...sent, 'never-seen': 'contradiction', ...proofs },
  unknown: { ...nothingNew, ...neverSent, 'never-seen': 'failed', ...proofs },
  approved: { ...nothingNew, ...contradicted, approved: 'keep' },
  declined: { ...nothingNew, ...contradicted, declined: 'keep' },
  cancelled: { ...nothingNew, ...noCharge, approved: 'late', declined: 'late' },
  failed: { ...nothingNew, ...noCharge, approved: 'late', declined: 'late' },
};
