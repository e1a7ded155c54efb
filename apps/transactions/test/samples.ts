import type { InitiateTransactionV1, InstructionV1, TransactionResultV1, TransactionState } from '@tillbridge/contracts';
import type { Original } from '../src/domain/follow-up.js';
import { initiate, type Birth, type BoundTerminal } from '../src/domain/initiate.js';
import type { Evidence, EvidenceKind, Life } from '../src/domain/life.js';
import type { Transaction } from '../src/domain/transaction.js';

export const now = new Date('2026-11-01T10:00:00.000Z');
export const later = new Date('2026-11-01T10:00:05.000Z');
export const approvedResult: TransactionResultV1 = { approved: true, respCode: '00' };

export const request: InitiateTransactionV1 = {
  clientId: 'c',
  merchantId: 'm',
  posId: 'p',
  tradeNo: 't-1',
  requestHash: 'a'.repeat(64),
  instruction: { transType: 'Purchase', amount: { amountMinor: 1000, currency: '840' } },
};
export const birth: Birth = {
  transactionId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a001',
  transIndexCode: '848981718949036032',
  requestId: 'request-1',
  now,
};
export const terminal: BoundTerminal = {
  terminalUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a002',
  terminalSn: 'SN',
  online: true,
  busy: false,
};

/** The sample request, accepted, in another state or otherwise different. */
export function sample(more: Partial<Transaction> = {}): Transaction {
  const decision = initiate(request, { terminal }, birth);
  if (decision.kind !== 'accept') throw new Error('the sample request is accepted');
  return { ...decision.change.next, ...more };
}

export const usd = (amountMinor: number) => ({ amountMinor, currency: '840' });

/** A transaction of a type, approved unless it is said otherwise. */
export const ofType = (transType: string, amountMinor?: number, life: Life = { state: 'approved', result: approvedResult }): Transaction =>
  sample({ instruction: { transType, ...(amountMinor === undefined ? {} : { amount: usd(amountMinor) }) }, life });

export const originalWith = (transaction: Transaction, ...followUps: Transaction[]): Original => ({
  transaction,
  followUps,
  isSettled: false,
});

export const asking = (transType: string, amountMinor?: number, more: Partial<InstructionV1> = {}): InstructionV1 => ({
  transType,
  ...(amountMinor === undefined ? {} : { amount: usd(amountMinor) }),
  original: { transIndexCode: birth.transIndexCode },
  ...more,
});

export const lives: Record<TransactionState, Life> = {
  accepted: { state: 'accepted' },
  dispatched: { state: 'dispatched' },
  acknowledged: { state: 'acknowledged' },
  'in-progress': { state: 'in-progress' },
  unknown: { state: 'unknown', reason: 'deadline-passed', since: now, asks: 1, askAt: later },
  approved: { state: 'approved', result: approvedResult },
  declined: { state: 'declined', result: { approved: false } },
  cancelled: { state: 'cancelled', result: { approved: false } },
  failed: { state: 'failed', reason: 'terminal-unreachable' },
};

export const evidences: Record<EvidenceKind, Evidence> = {
  dispatched: { kind: 'dispatched' },
  acknowledged: { kind: 'acknowledged' },
  progressed: { kind: 'progressed', stage: 'online' },
  undelivered: { kind: 'undelivered' },
  withdrawn: { kind: 'withdrawn' },
  'never-seen': { kind: 'never-seen' },
  deadline: { kind: 'deadline' },
  approved: { kind: 'approved', result: approvedResult },
  declined: { kind: 'declined', result: { approved: false } },
  cancelled: { kind: 'cancelled', result: { approved: false } },
  'not-executed': { kind: 'not-executed', result: { approved: false } },
};
