import { outcomeWanted, reviewWanted, transactionCorrected, type LateResultPolicy, type TransactionState } from '@tillbridge/contracts';
import { assert, unreachable } from '@tillbridge/kernel';
import { verdicts, type Evidence, type EvidenceKind, type Life } from './life.js';
import { firstAsk } from './resolver.js';
import { rulesOf } from './types.js';
import {
  flag,
  noticeOf,
  snapshotOf,
  stateReached,
  told,
  type Change,
  type Kept,
  type LateResult,
  type Transaction,
} from './transaction.js';

export type Contradiction = { readonly kind: 'contradiction'; readonly between: readonly [TransactionState, EvidenceKind] };
/** The merchant's policy has to be known: `weighLate` goes on. */
export type Late = { readonly kind: 'late'; readonly proof: LateResult };
export type Weighed = Change | Kept | Late | Contradiction;

/** Weighs one piece of evidence. Pure: the same evidence twice changes nothing the second time. */
export function weigh(transaction: Transaction, evidence: Evidence, now: Date): Weighed {
  const { state } = transaction.life;
  const verdict = verdicts[state][evidence.kind];
  const contradiction: Contradiction = { kind: 'contradiction', between: [state, evidence.kind] };
  switch (verdict) {
    case 'keep':
      return provesAnother(transaction.life, evidence) ? contradiction : { kind: 'kept' };
    case 'contradiction':
      return contradiction;
    case 'late':
      assert(evidence.kind === 'approved' || evidence.kind === 'declined', 'only an outcome can be late');
      return { kind: 'late', proof: { outcome: evidence.kind, result: evidence.result } };
    default:
      assert(verdict !== 'accepted', 'nothing becomes accepted again');
      return become(transaction, lifeAfter(evidence, now), now);
  }
}

/** What becomes of a proof after `failed` or `cancelled`. It is never passed over: either it counts, or a person is asked to look. */
export function weighLate(transaction: Transaction, proof: LateResult, policy: LateResultPolicy, now: Date): Change | Kept | Contradiction {
  const { life, lateResult } = transaction;
  // What is held stays held, also when the merchant has another policy by now: a person is at it.
  if (lateResult !== undefined) {
    const agrees = lateResult.outcome === proof.outcome && !differ(lateResult.result, proof.result);
    return agrees ? { kind: 'kept' } : { kind: 'contradiction', between: [life.state, proof.outcome] };
  }
  switch (policy) {
    case 'review':
      return flag({ ...transaction, lateResult: proof }, 'late-result', now);
    case 'attach':
      return correct(transaction, proof, now);
    case 'auto-void':
      return proof.outcome === 'approved' ? takeBack(transaction, proof, now) : correct(transaction, proof, now);
    default:
      return unreachable(policy, 'policy');
  }
}

/** Only what took money or set it aside can be reversed; another follow-up that came true too late is for a person. */
function takeBack(transaction: Transaction, proof: LateResult, now: Date): Change {
  const rules = rulesOf(transaction.instruction.transType);
  if (rules?.becomes !== undefined) return correct({ ...transaction, voidWantedAt: now }, proof, now);
  return rules?.original === 'limited' ? correctAndReview(transaction, proof, now) : correct(transaction, proof, now);
}

/** The outcome counts, and a person looks at what it has led to. */
export function correctAndReview(transaction: Transaction, proof: LateResult, now: Date): Change {
  const { next, facts } = correct({ ...transaction, review: 'late-result' }, proof, now);
  return { kind: 'changed', next, facts: [...facts, told(reviewWanted, snapshotOf(next))] };
}

function correct(transaction: Transaction, { outcome, result }: LateResult, now: Date): Change {
  const next: Transaction = { ...transaction, version: transaction.version + 1, changedAt: now, life: { state: outcome, result } };
  return { kind: 'changed', next, facts: [told(transactionCorrected, { ...snapshotOf(next), previousState: transaction.life.state })] };
}

function become(transaction: Transaction, life: Exclude<Life, { state: 'accepted' }>, now: Date): Change {
  // What was unresolved is resolved by now: nobody has to look any more.
  const { review, ...rest } = transaction;
  const kept = review === undefined || review === 'unresolved' ? {} : { review };
  const next: Transaction = { ...rest, ...kept, version: transaction.version + 1, changedAt: now, life };
  assert(life.state !== 'accepted', 'nothing becomes accepted again');
  const asked = life.state === 'unknown' ? [told(outcomeWanted, noticeOf(next, now))] : [];
  return { kind: 'changed', next, facts: [stateReached(next, life.state), ...asked] };
}

const identifying = ['transId', 'traceNum', 'rrn', 'authCode', 'amountMinor'] as const;
const differ = (known: LateResult['result'], told_: LateResult['result']): boolean =>
  identifying.some((member) => known[member] !== undefined && told_[member] !== undefined && known[member] !== told_[member]);

/** A second approval with other numbers is no repetition: it is a second charge. */
const provesAnother = (life: Life, evidence: Evidence): boolean =>
  life.state === 'approved' && evidence.kind === 'approved' && differ(life.result, evidence.result);

function lifeAfter(evidence: Evidence, now: Date): Life {
  switch (evidence.kind) {
    case 'approved':
    case 'declined':
    case 'cancelled':
      return { state: evidence.kind, result: evidence.result };
    case 'not-executed':
      return { state: 'failed', reason: 'not-executed', result: evidence.result };
    case 'never-seen':
      return { state: 'failed', reason: 'not-executed' };
    case 'undelivered':
      return { state: 'failed', reason: 'terminal-unreachable' };
    case 'withdrawn':
      return { state: 'cancelled', reason: 'withdrawn' };
    case 'deadline':
      return firstAsk(now);
    case 'dispatched':
    case 'acknowledged':
      return { state: evidence.kind };
    case 'progressed':
      return { state: 'in-progress' };
    default:
      return unreachable(evidence, 'evidence');
  }
}
