import type {
  InstructionV1,
  ProgressStage,
  TerminalOutcome,
  TransactionRequestedV1,
  TransactionResultV1,
  TransactionState,
  TransactionV1,
} from '@tillbridge/contracts';

/**
 * The life of a transaction.
 *
 *   accepted ─▶ dispatched ─▶ acknowledged ─▶ in-progress ─▶ approved | declined | cancelled
 *      │            │               │              │
 *      │            └───────────────┴──────────────┴─ deadline ─▶ unknown ─ proof ─▶ approved | declined | cancelled | failed
 *      └─ proof that it was never sent ─▶ failed
 *
 * Facts of the terminal edge may come late and in any order, so every state takes every later piece of evidence. What is final stays final.
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
};

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
  | { readonly kind: 'deadline' }
  | { readonly kind: TerminalOutcome; readonly result: TransactionResultV1 };

export type EvidenceKind = Evidence['kind'];

/** `keep`: nothing new. `contradiction`: two proofs disagree; a person must look, so it is never swallowed. */
export type Verdict = TransactionState | 'keep' | 'contradiction';

const proofs = { approved: 'approved', declined: 'declined', cancelled: 'cancelled', 'not-executed': 'failed' } as const;
const contradicted = {
  approved: 'contradiction',
  declined: 'contradiction',
  cancelled: 'contradiction',
  'not-executed': 'contradiction',
} as const;
const nothingNew = { dispatched: 'keep', acknowledged: 'keep', progressed: 'keep', deadline: 'keep' } as const;

/** What each piece of evidence does in each state: all of it, as data. `undelivered` is impossible once the command may have left. */
export const verdicts: Readonly<Record<TransactionState, Readonly<Record<EvidenceKind, Verdict>>>> = {
  accepted: {
    dispatched: 'dispatched',
    acknowledged: 'acknowledged',
    progressed: 'in-progress',
    undelivered: 'failed',
    deadline: 'unknown',
    ...proofs,
  },
  dispatched: {
    dispatched: 'keep',
    acknowledged: 'acknowledged',
    progressed: 'in-progress',
    undelivered: 'contradiction',
    deadline: 'unknown',
    ...proofs,
  },
  acknowledged: {
    dispatched: 'keep',
    acknowledged: 'keep',
    progressed: 'in-progress',
    undelivered: 'contradiction',
    deadline: 'unknown',
    ...proofs,
  },
  'in-progress': {
    dispatched: 'keep',
    acknowledged: 'keep',
    progressed: 'keep',
    undelivered: 'contradiction',
    deadline: 'unknown',
    ...proofs,
  },
  unknown: { ...nothingNew, undelivered: 'failed', ...proofs },
  approved: { ...nothingNew, undelivered: 'contradiction', ...contradicted, approved: 'keep' },
  declined: { ...nothingNew, undelivered: 'contradiction', ...contradicted, declined: 'keep' },
  cancelled: { ...nothingNew, undelivered: 'contradiction', ...contradicted, cancelled: 'keep' },
  // "Never executed" agrees with every way to have failed; a charge after it does not.
  failed: { ...nothingNew, undelivered: 'keep', ...contradicted, 'not-executed': 'keep' },
};

export type Weighed =
  | { readonly kind: 'changed'; readonly next: Transaction }
  | { readonly kind: 'kept' }
  | { readonly kind: 'contradiction'; readonly between: readonly [TransactionState, EvidenceKind] };

/** Weighs one piece of evidence. Pure: the same evidence twice changes nothing the second time. */
export function weigh(transaction: Transaction, evidence: Evidence, now: Date): Weighed {
  const { state } = transaction.life;
  const verdict = verdicts[state][evidence.kind];
  if (verdict === 'keep' && !provesAnother(transaction.life, evidence)) return { kind: 'kept' };
  if (verdict === 'keep' || verdict === 'contradiction') return { kind: 'contradiction', between: [state, evidence.kind] };
  return { kind: 'changed', next: { ...transaction, version: transaction.version + 1, changedAt: now, life: lifeAfter(evidence) } };
}

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
    acceptedAt: transaction.acceptedAt.toISOString(),
    changedAt: transaction.changedAt.toISOString(),
    deadlineAt: transaction.deadlineAt.toISOString(),
  };
}

export const requestedOf = (transaction: Transaction): TransactionRequestedV1 => ({
  ...snapshotOf(transaction),
  instruction: transaction.instruction,
});
