import { describe, expect, it } from '@jest/globals';
import { transactionStates, type InitiateTransactionV1, type TransactionResultV1, type TransactionState } from '@tillbridge/contracts';
import fc from 'fast-check';
import { initiate, type Birth } from './initiate.js';
import { snapshotOf, verdicts, weigh, type Evidence, type EvidenceKind, type Life, type Transaction } from './transaction.js';

const now = new Date('2026-11-01T10:00:00.000Z');
const later = new Date('2026-11-01T10:00:05.000Z');
const result: TransactionResultV1 = { approved: true, respCode: '00' };

const request: InitiateTransactionV1 = {
  clientId: 'c',
  merchantId: 'm',
  posId: 'p',
  tradeNo: 't-1',
  requestHash: 'a'.repeat(64),
  instruction: { transType: 'Purchase', amount: { amountMinor: 1000, currency: '840' } },
};
const birth: Birth = {
  transactionId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a001',
  transIndexCode: '848981718949036032',
  requestId: 'request-1',
  now,
};
const terminal = { terminalUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a002', terminalSn: 'SN', isOnline: true, isBusy: false };

function transaction(): Transaction {
  const decision = initiate(request, { terminal }, birth);
  if (decision.kind !== 'accept') throw new Error('the sample request is accepted');
  return decision.transaction;
}

const lives: Record<TransactionState, Life> = {
  accepted: { state: 'accepted' },
  dispatched: { state: 'dispatched' },
  acknowledged: { state: 'acknowledged' },
  'in-progress': { state: 'in-progress' },
  unknown: { state: 'unknown', reason: 'deadline-passed' },
  approved: { state: 'approved', result },
  declined: { state: 'declined', result: { approved: false } },
  cancelled: { state: 'cancelled', result: { approved: false } },
  failed: { state: 'failed', reason: 'terminal-unreachable' },
};

const evidences: Record<EvidenceKind, Evidence> = {
  dispatched: { kind: 'dispatched' },
  acknowledged: { kind: 'acknowledged' },
  progressed: { kind: 'progressed', stage: 'online' },
  undelivered: { kind: 'undelivered' },
  withdrawn: { kind: 'withdrawn' },
  'never-seen': { kind: 'never-seen' },
  deadline: { kind: 'deadline' },
  approved: { kind: 'approved', result },
  declined: { kind: 'declined', result: { approved: false } },
  cancelled: { kind: 'cancelled', result: { approved: false } },
  'not-executed': { kind: 'not-executed', result: { approved: false } },
};

const finalStates: readonly TransactionState[] = ['approved', 'declined', 'cancelled', 'failed'];
const cells = transactionStates.flatMap((state) => Object.values(evidences).map((evidence) => ({ state, kind: evidence.kind, evidence })));

describe('weighing evidence: every cell of the table', () => {
  it.each(cells)('$state + $kind', ({ state, evidence }) => {
    const before: Transaction = { ...transaction(), life: lives[state] };
    const verdict = verdicts[state][evidence.kind];
    const weighed = weigh(before, evidence, later);
    if (verdict === 'keep') expect(weighed).toEqual({ kind: 'kept' });
    else if (verdict === 'late') {
      expect(weighed).toMatchObject({
        kind: 'corrected',
        previousState: state,
        next: { version: before.version + 1, life: { state: evidence.kind } },
      });
    } else if (verdict === 'contradiction') expect(weighed).toEqual({ kind: 'contradiction', between: [state, evidence.kind] });
    else
      expect(weighed).toMatchObject({ kind: 'changed', next: { version: before.version + 1, changedAt: later, life: { state: verdict } } });
  });
});

describe('one true outcome', () => {
  it('never leaves a final state, but for a correction that all can see', () => {
    for (const state of finalStates) {
      for (const verdict of Object.values(verdicts[state])) expect(['keep', 'late', 'contradiction']).toContain(verdict);
    }
    for (const state of ['approved', 'declined'] as const) expect(Object.values(verdicts[state])).not.toContain('late');
  });

  it('takes a charge after a failure as late, and after another outcome as a contradiction, never in silence', () => {
    for (const state of ['cancelled', 'failed'] as const) expect(verdicts[state].approved).toBe('late');
    expect(verdicts.declined.approved).toBe('contradiction');
  });

  it('takes a second approval with other numbers as a second charge, and the same one as nothing new', () => {
    const approved: Transaction = { ...transaction(), life: { state: 'approved', result: { approved: true, rrn: '1', authCode: 'A' } } };
    const again = (more: Partial<TransactionResultV1>): Evidence => ({ kind: 'approved', result: { approved: true, ...more } });
    expect(weigh(approved, again({ rrn: '1', authCode: 'A' }), later).kind).toBe('kept');
    expect(weigh(approved, again({ rrn: '1' }), later).kind).toBe('kept');
    expect(weigh(approved, again({ rrn: '2', authCode: 'A' }), later).kind).toBe('contradiction');
  });

  it('never turns a deadline into a refusal', () => {
    for (const state of transactionStates) expect(['unknown', 'keep']).toContain(verdicts[state].deadline);
  });

  it('is decided by the proof alone, in whatever order and however often the evidence comes', () => {
    const noise = fc.constantFrom<EvidenceKind>('dispatched', 'acknowledged', 'progressed', 'deadline');
    const proof = fc.constantFrom<EvidenceKind>('approved', 'declined', 'cancelled', 'not-executed');
    fc.assert(
      fc.property(proof, fc.array(noise, { maxLength: 12 }), fc.nat(12), fc.nat(3), (proven, before, place, repeats) => {
        const story = [...before.slice(0, place), proven, ...before.slice(place), ...Array.from({ length: repeats }, () => proven)];
        const end = story.reduce((present, kind) => {
          const weighed = weigh(present, evidences[kind], later);
          expect(weighed.kind).not.toBe('contradiction');
          return weighed.kind === 'changed' ? weighed.next : present;
        }, transaction());
        expect(end.life.state).toBe(proven === 'not-executed' ? 'failed' : proven);
      }),
    );
  });

  it('counts a version for every change and for nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Object.values(evidences)), { maxLength: 20 }), (story) => {
        let present = transaction();
        for (const evidence of story) {
          const weighed = weigh(present, evidence, later);
          if (weighed.kind !== 'changed') continue;
          expect(weighed.next.version).toBe(present.version + 1);
          present = weighed.next;
        }
      }),
    );
  });
});

describe('accepted once', () => {
  it('accepts a request for a bound, free terminal, with a deadline', () => {
    expect(transaction()).toMatchObject({ version: 1, life: { state: 'accepted' }, deadlineAt: new Date(now.getTime() + 180_000) });
  });

  it('gives the same request the first answer and says that it is a replay', () => {
    const existing = transaction();
    expect(initiate(request, { existing, terminal }, { ...birth, requestId: 'request-2' })).toEqual({
      kind: 'replay',
      transaction: existing,
    });
  });

  it('gives a redelivered message the first answer as if nothing had happened', () => {
    const existing = transaction();
    expect(initiate(request, { existing, terminal: { ...terminal, isBusy: true } }, birth)).toEqual({
      kind: 'redelivered',
      transaction: existing,
    });
  });

  it('replays even when the till has lost its terminal since', () => {
    const existing = transaction();
    expect(initiate(request, { existing }, { ...birth, requestId: 'request-2' }).kind).toBe('replay');
  });

  it.each([
    ['another request under the number', { existing: { ...transaction(), requestHash: 'b'.repeat(64) }, terminal }, 'trade-no-reused'],
    ['an unbound till', {}, 'till-not-bound'],
    ['an unbound till before a reused number', { existing: { ...transaction(), requestHash: 'b'.repeat(64) } }, 'till-not-bound'],
    ['a busy terminal', { terminal: { ...terminal, isBusy: true } }, 'terminal-busy'],
    ['a terminal that is away', { terminal: { ...terminal, isOnline: false } }, 'terminal-offline'],
    ['a terminal that is away before a busy one', { terminal: { ...terminal, isOnline: false, isBusy: true } }, 'terminal-offline'],
    [
      'a reused number before a busy terminal',
      { existing: { ...transaction(), requestHash: 'b'.repeat(64) }, terminal: { ...terminal, isBusy: true } },
      'trade-no-reused',
    ],
  ])('refuses %s', (_case, situation, name) => {
    expect(initiate(request, situation, birth)).toMatchObject({ kind: 'refuse', refusal: { name } });
  });
});

describe('the snapshot', () => {
  it('tells state, reason and result, and nothing that is absent', () => {
    const unknown = snapshotOf({ ...transaction(), life: lives.unknown });
    expect(unknown).toMatchObject({ state: 'unknown', reason: 'deadline-passed', acceptedAt: now.toISOString() });
    expect(unknown).not.toHaveProperty('result');
    expect(unknown).not.toHaveProperty('callBackUrl');
  });
});
