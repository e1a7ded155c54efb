import type {
  InstructionV1,
  LateResultPolicy,
  ProgressStage,
  TerminalOutcome,
  TransactionNoticeV1,
  TransactionRequestedV1,
  TransactionResultV1,
  TransactionState,
  TransactionV1,
} from '@tillbridge/contracts';
import { assert, plusMs } from '@tillbridge/kernel';

/**
 * The life of a transaction, drawn in docs/TRANSACTIONS.md. Facts of the terminal edge may come late and in any order, so every state takes every later
 * piece of evidence. What is final stays final, unless a proof comes after a transaction was closed without a charge: that is a correction, visible to all.
 */
export type Transaction = {
  readonly transactionId: string;
  readonly version: number;
  readonly transIndexCode: string;
  readonly clientId: string;
  readonly merchantId: string;
  readonly tradeNo: string;
  readonly posId: string;
  readonly terminalUid: string;
  readonly terminalSn: string;
  /** Tells a repeat of the accepted request from another one under the same trade number. */
  readonly requestHash: string;
  /** The message that was accepted: the same message again is a redelivery, not a repeat by the till. */
  readonly acceptedBy: string;
  readonly instruction: InstructionV1;
  readonly callBackUrl?: string;
  readonly acceptedAt: Date;
  readonly changedAt: Date;
  readonly deadlineAt: Date;
  readonly life: Life;
  /** The transaction that it follows up. */
  readonly originalTransactionId?: string;
  readonly cancelRequestedAt?: Date;
  /** While the outcome is unknown: when its terminal is asked again, and how often it was. */
  readonly asking?: { readonly dueAt: Date; readonly asked: number };
  /** Why a person has to look at it. */
  readonly review?: Review;
  /** A proof that came too late, held until a person has decided. */
  readonly lateProof?: { readonly outcome: ProvenCharge; readonly result: TransactionResultV1 };
  /** When it is to be given back by a reversal of our own, at the earliest. */
  readonly voidDueAt?: Date;
};

export type Review = 'late-result' | 'unresolved' | 'auto-void-failed';
export type ProvenCharge = 'approved' | 'declined';

/** What is known in each state, and no more. */
export type Life =
  | { readonly state: 'accepted' | 'dispatched' | 'acknowledged' | 'in-progress' }
  | { readonly state: 'unknown'; readonly reason: 'deadline-passed' }
  | { readonly state: 'approved' | 'declined' | 'cancelled'; readonly result: TransactionResultV1 }
  | { readonly state: 'failed'; readonly reason: 'terminal-unreachable' | 'not-executed'; readonly result?: TransactionResultV1 };

/** A piece of evidence about a transaction, or the passing of its deadline. */
export type Evidence =
  | { readonly kind: 'dispatched' }
  | { readonly kind: 'acknowledged' }
  | { readonly kind: 'progressed'; readonly stage: ProgressStage }
  | { readonly kind: 'undelivered' }
  | { readonly kind: 'withdrawn' }
  | { readonly kind: 'never-seen' }
  | { readonly kind: 'deadline' }
  | { readonly kind: TerminalOutcome; readonly result: TransactionResultV1 };

export type EvidenceKind = Evidence['kind'];

/**
 * `keep`: nothing new. `late`: a proof that money moved, or was asked for, after the transaction was closed without; the merchant's policy decides.
 * `contradiction`: two proofs disagree; a person must look, so it is never swallowed.
 */
export type Verdict = TransactionState | 'keep' | 'late' | 'contradiction';

const proofs = {
  approved: 'approved',
  declined: 'declined',
  cancelled: 'cancelled',
  'not-executed': 'failed',
  'never-seen': 'failed',
} as const;
const contradicted = {
  approved: 'contradiction',
  declined: 'contradiction',
  cancelled: 'contradiction',
  'not-executed': 'contradiction',
  'never-seen': 'contradiction',
  undelivered: 'contradiction',
  withdrawn: 'contradiction',
} as const;
/** Closed without a charge. That it was closed so in another way says the same about money. */
const closed = {
  approved: 'late',
  declined: 'late',
  cancelled: 'keep',
  'not-executed': 'keep',
  'never-seen': 'keep',
  undelivered: 'keep',
  withdrawn: 'keep',
} as const;
const nothingNew = { dispatched: 'keep', acknowledged: 'keep', progressed: 'keep', deadline: 'keep' } as const;
/** Impossible once the command may have left. */
const neverLeft = { undelivered: 'contradiction', withdrawn: 'contradiction' } as const;

/** What each piece of evidence does in each state: all of it, as data. */
export const verdicts: Readonly<Record<TransactionState, Readonly<Record<EvidenceKind, Verdict>>>> = {
  accepted: {
    dispatched: 'dispatched',
    acknowledged: 'acknowledged',
    progressed: 'in-progress',
    undelivered: 'failed',
    withdrawn: 'cancelled',
    deadline: 'unknown',
    ...proofs,
  },
  dispatched: {
    dispatched: 'keep',
    acknowledged: 'acknowledged',
    progressed: 'in-progress',
    ...neverLeft,
    deadline: 'unknown',
    ...proofs,
  },
  acknowledged: {
    dispatched: 'keep',
    acknowledged: 'keep',
    progressed: 'in-progress',
    ...neverLeft,
    deadline: 'unknown',
    ...proofs,
  },
  'in-progress': {
    dispatched: 'keep',
    acknowledged: 'keep',
    progressed: 'keep',
    ...neverLeft,
    deadline: 'unknown',
    ...proofs,
  },
  unknown: { ...nothingNew, undelivered: 'failed', withdrawn: 'cancelled', ...proofs },
  approved: { ...nothingNew, ...contradicted, approved: 'keep' },
  declined: { ...nothingNew, ...contradicted, declined: 'keep' },
  cancelled: { ...nothingNew, ...closed },
  failed: { ...nothingNew, ...closed },
};

export type Weighed =
  | { readonly kind: 'changed'; readonly next: Transaction }
  /** A final state that turned out to be wrong. */
  | { readonly kind: 'corrected'; readonly next: Transaction; readonly previousState: TransactionState }
  /** The state stays, and a person has to look. */
  | { readonly kind: 'held'; readonly next: Transaction }
  | { readonly kind: 'kept' }
  | { readonly kind: 'contradiction'; readonly between: readonly [TransactionState, EvidenceKind] };

/**
 * Weighs one piece of evidence. Pure: the same evidence twice changes nothing the second time.
 * @param policy what the merchant wants to become of proofs that come too late
 */
export function weigh(transaction: Transaction, evidence: Evidence, now: Date, policy: LateResultPolicy = 'attach'): Weighed {
  const { state } = transaction.life;
  const verdict = verdicts[state][evidence.kind];
  if (verdict === 'keep' && !provesAnother(transaction.life, evidence)) return { kind: 'kept' };
  if (verdict === 'keep' || verdict === 'contradiction') return { kind: 'contradiction', between: [state, evidence.kind] };
  if (verdict === 'late') return weighLate(transaction, evidence, now, policy);
  return { kind: 'changed', next: nextOf(transaction, evidence, now) };
}

function nextOf(transaction: Transaction, evidence: Evidence, now: Date): Transaction {
  const life = lifeAfter(evidence);
  return {
    ...withoutAsking(transaction),
    version: transaction.version + 1,
    changedAt: now,
    life,
    ...(life.state === 'unknown' ? { asking: { dueAt: now, asked: 0 } } : {}),
  };
}

function weighLate(transaction: Transaction, evidence: Evidence, now: Date, policy: LateResultPolicy): Weighed {
  assert(evidence.kind === 'approved' || evidence.kind === 'declined', 'only a proof of what a card was asked for comes too late');
  if (policy === 'review') {
    if (transaction.lateProof !== undefined) return { kind: 'kept' };
    const lateProof = { outcome: evidence.kind, result: evidence.result };
    return { kind: 'held', next: { ...transaction, version: transaction.version + 1, review: 'late-result', lateProof } };
  }
  const next = nextOf(transaction, evidence, now);
  const isToBeVoided = policy === 'auto-void' && evidence.kind === 'approved';
  return { kind: 'corrected', previousState: transaction.life.state, next: isToBeVoided ? { ...next, voidDueAt: now } : next };
}

/** When the terminal of an unknown transaction is asked, counted from the question before: at once, then less and less often. */
export const ASKING = { delaysMs: [5_000, 15_000, 60_000], thenEveryMs: 300_000, giveUpAfterMs: 72 * 3_600_000 } as const;

function withoutAsking(transaction: Transaction): Transaction {
  const copy: { -readonly [K in keyof Transaction]: Transaction[K] } = { ...transaction };
  delete copy.asking;
  return copy;
}

/** One more question to the terminal, or the end of asking: after 72 hours a person has to look. Still nobody calls it anything but unknown. */
export function askAgain(transaction: Transaction, now: Date): { readonly kind: 'ask' | 'give-up'; readonly next: Transaction } {
  const { asking, deadlineAt, version } = transaction;
  assert(transaction.life.state === 'unknown' && asking !== undefined, 'only unknown outcomes are asked for');
  const rest = withoutAsking(transaction);
  if (now.getTime() - deadlineAt.getTime() >= ASKING.giveUpAfterMs) {
    return { kind: 'give-up', next: { ...rest, version: version + 1, review: 'unresolved' } };
  }
  const dueAt = plusMs(now, ASKING.delaysMs[asking.asked] ?? ASKING.thenEveryMs);
  return { kind: 'ask', next: { ...rest, version: version + 1, asking: { dueAt, asked: asking.asked + 1 } } };
}

const openStates: ReadonlySet<TransactionState> = new Set(['accepted', 'dispatched', 'acknowledged', 'in-progress']);
export const isOpen = ({ life }: Transaction): boolean => openStates.has(life.state);

/** The till wants it stopped. Undefined when that was said before. */
export const wantCancelled = (transaction: Transaction, now: Date): Transaction | undefined =>
  transaction.cancelRequestedAt === undefined ? { ...transaction, version: transaction.version + 1, cancelRequestedAt: now } : undefined;

const identifying = ['transId', 'traceNum', 'rrn', 'authCode', 'amountMinor'] as const;

/** A second approval with other numbers is no repetition: it is a second charge. */
function provesAnother(life: Life, evidence: Evidence): boolean {
  if (life.state !== 'approved' || evidence.kind !== 'approved') return false;
  const [known, told] = [life.result, evidence.result];
  return identifying.some((member) => known[member] !== undefined && told[member] !== undefined && known[member] !== told[member]);
}

function lifeAfter(evidence: Evidence): Life {
  switch (evidence.kind) {
    case 'approved':
    case 'declined':
    case 'cancelled':
      return { state: evidence.kind, result: evidence.result };
    case 'not-executed':
      return { state: 'failed', reason: 'not-executed', result: evidence.result };
    case 'never-seen':
      return { state: 'failed', reason: 'not-executed' };
    case 'withdrawn':
      return { state: 'cancelled', result: WITHDRAWN };
    case 'undelivered':
      return { state: 'failed', reason: 'terminal-unreachable' };
    case 'deadline':
      return { state: 'unknown', reason: 'deadline-passed' };
    case 'dispatched':
    case 'acknowledged':
      return { state: evidence.kind };
    case 'progressed':
      return { state: 'in-progress' };
  }
}

/** Cancelled before its terminal was told of it. */
const WITHDRAWN: TransactionResultV1 = { approved: false, respDesc: 'CANCELLED' };

/** The transaction as its facts and queries tell it. */
export function snapshotOf(transaction: Transaction): TransactionV1 {
  const { transactionId, version, transIndexCode, tradeNo, clientId, merchantId, posId, terminalUid, terminalSn, instruction, life } =
    transaction;
  return {
    ...{ transactionId, version, transIndexCode, tradeNo, clientId, merchantId, posId, terminalUid, terminalSn },
    transType: instruction.transType,
    ...(instruction.amount === undefined ? {} : { amount: instruction.amount }),
    state: life.state,
    ...('reason' in life ? { reason: life.reason } : {}),
    ...('result' in life ? { result: life.result } : {}),
    ...(transaction.callBackUrl === undefined ? {} : { callBackUrl: transaction.callBackUrl }),
    ...(transaction.originalTransactionId === undefined ? {} : { originalTransactionId: transaction.originalTransactionId }),
    ...(transaction.review === undefined ? {} : { review: transaction.review }),
    ...(transaction.cancelRequestedAt === undefined ? {} : { cancelRequestedAt: transaction.cancelRequestedAt.toISOString() }),
    acceptedAt: transaction.acceptedAt.toISOString(),
    changedAt: transaction.changedAt.toISOString(),
    deadlineAt: transaction.deadlineAt.toISOString(),
  };
}

export const requestedOf = (transaction: Transaction): TransactionRequestedV1 => ({
  ...snapshotOf(transaction),
  instruction: transaction.instruction,
});

/** What its terminal is to be told or asked. */
export const noticeOf = ({ transactionId, version, terminalUid, transIndexCode }: Transaction, now: Date): TransactionNoticeV1 => ({
  ...{ transactionId, version, terminalUid, transIndexCode },
  at: now.toISOString(),
});
