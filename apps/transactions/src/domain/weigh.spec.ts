import { describe, expect, it } from '@jest/globals';
import { isFinal, lateResultPolicies, transactionStates, type TransactionResultV1, type TransactionState } from '@tillbridge/contracts';
import fc from 'fast-check';
import { approvedResult, evidences, later, lives, now, ofType, sample } from '../../test/samples.js';
import { endings, evidenceKinds, verdicts, type Evidence, type EvidenceKind } from './life.js';
import type { Change, Transaction } from './transaction.js';
import { weigh, weighLate } from './weigh.js';

const finalStates = transactionStates.filter((state) => endings[state] === 'final');
const cells = transactionStates.flatMap((state) => evidenceKinds.map((kind) => ({ state, kind, verdict: verdicts[state][kind] })));
const factNames = (change: Change): string[] => change.facts.map(({ fact }) => fact.name);

describe('weighing evidence: every cell of the table', () => {
  it.each(cells.filter(({ verdict }) => verdict === 'keep'))('$state + $kind is nothing new', ({ state, kind }) => {
    expect(weigh(sample({ life: lives[state] }), evidences[kind], later)).toEqual({ kind: 'kept' });
  });

  it.each(cells.filter(({ verdict }) => verdict === 'contradiction'))('$state + $kind is forbidden, and said', ({ state, kind }) => {
    expect(weigh(sample({ life: lives[state] }), evidences[kind], later)).toEqual({ kind: 'contradiction', between: [state, kind] });
  });

  it.each(cells.filter(({ verdict }) => verdict === 'late'))('$state + $kind is late', ({ state, kind }) => {
    expect(weigh(sample({ life: lives[state] }), evidences[kind], later)).toMatchObject({ kind: 'late', proof: { outcome: kind } });
  });

  it.each(cells.filter(({ verdict }) => (transactionStates as readonly string[]).includes(verdict)))(
    '$state + $kind makes $verdict, with its time, version and fact',
    ({ state, kind, verdict }) => {
      const weighed = weigh(sample({ life: lives[state] }), evidences[kind], later);
      expect(weighed).toMatchObject({ kind: 'changed', next: { version: 2, changedAt: later, life: { state: verdict } } });
      if (weighed.kind !== 'changed') throw new Error('a change');
      expect(factNames(weighed)).toEqual([`transaction-${verdict}`, ...(verdict === 'unknown' ? ['outcome-wanted'] : [])]);
      for (const { fact, payload } of weighed.facts) expect(fact.validate(payload)).toMatchObject({ ok: true });
    },
  );
});

describe('one true outcome', () => {
  it('leaves a final state for a late proof only', () => {
    for (const state of finalStates) {
      for (const kind of evidenceKinds) expect(['keep', 'contradiction', 'late']).toContain(verdicts[state][kind]);
    }
    const late = cells.filter(({ verdict }) => verdict === 'late').map(({ state, kind }) => `${state} + ${kind}`);
    expect(late).toEqual(['cancelled + approved', 'cancelled + declined', 'failed + approved', 'failed + declined']);
  });

  it('never believes an approval and a decline of one transaction', () => {
    expect([verdicts.approved.declined, verdicts.declined.approved]).toEqual(['contradiction', 'contradiction']);
  });

  it('takes a second approval with other numbers as a second charge, and the same one as nothing new', () => {
    const approved = sample({ life: { state: 'approved', result: { approved: true, rrn: '1', authCode: 'A' } } });
    const again = (more: Partial<TransactionResultV1>): Evidence => ({ kind: 'approved', result: { approved: true, ...more } });
    expect(weigh(approved, again({ rrn: '1', authCode: 'A' }), later).kind).toBe('kept');
    expect(weigh(approved, again({ rrn: '1' }), later).kind).toBe('kept');
    expect(weigh(approved, again({ rrn: '2', authCode: 'A' }), later).kind).toBe('contradiction');
  });

  it('never turns a deadline into a refusal, and ends no state without somebody who minds', () => {
    expect(transactionStates.filter(isFinal)).toEqual(finalStates);
    for (const state of transactionStates) {
      expect(verdicts[state].deadline).toBe(endings[state] === 'deadline' ? 'unknown' : 'keep');
    }
  });

  it('calls nothing failed that has shown a card, for want of a trace', () => {
    expect(verdicts['in-progress']['never-seen']).toBe('contradiction');
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
        }, sample());
        expect(end.life.state).toBe(proven === 'not-executed' ? 'failed' : proven);
      }),
    );
  });

  it('counts a version for every change and for nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Object.values(evidences)), { maxLength: 20 }), (story) => {
        let present = sample();
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

describe('a proof after failed or cancelled', () => {
  const approval = { outcome: 'approved', result: { ...approvedResult, rrn: '1' } } as const;
  const decline = { outcome: 'declined', result: { approved: false } } as const;
  const closed: [TransactionState, Transaction][] = (['failed', 'cancelled'] as const).map((state) => [
    state,
    sample({ life: lives[state] }),
  ]);
  const changed = (weighed: ReturnType<typeof weighLate>): Change => {
    if (weighed.kind !== 'changed') throw new Error(`a change, not ${weighed.kind}`);
    return weighed;
  };

  it.each(closed)('corrects %s visibly where it is attached', (state, transaction) => {
    for (const proof of [approval, decline]) {
      const change = changed(weighLate(transaction, proof, 'attach', later));
      expect(change.next).toMatchObject({ version: 2, changedAt: later, life: { state: proof.outcome, result: proof.result } });
      expect(change.facts).toMatchObject([
        { fact: { name: 'transaction-corrected' }, payload: { state: proof.outcome, previousState: state, version: 2 } },
      ]);
      expect(change.next).not.toHaveProperty('voidWantedAt');
    }
  });

  it.each(closed)(
    'corrects %s and wants it taken back where it is to be voided; a decline has nothing to take back',
    (_state, transaction) => {
      const change = changed(weighLate(transaction, approval, 'auto-void', later));
      expect(change.next).toMatchObject({ life: { state: 'approved' }, voidWantedAt: later });
      expect(factNames(change)).toEqual(['transaction-corrected']);
      expect(changed(weighLate(transaction, decline, 'auto-void', later)).next).not.toHaveProperty('voidWantedAt');
    },
  );

  it.each(closed)('holds it where a person is to decide: %s stays, and the proof is kept', (state, transaction) => {
    const change = changed(weighLate(transaction, approval, 'review', later));
    expect(change.next).toMatchObject({ life: { state }, review: 'late-result', lateResult: approval });
    expect(change.facts).toMatchObject([
      { fact: { name: 'review-wanted' }, payload: { state, review: 'late-result', lateResult: approval.result } },
    ]);
    for (const policy of lateResultPolicies) {
      expect(weighLate(change.next, approval, policy, later)).toEqual({ kind: 'kept' });
      expect(weighLate(change.next, decline, policy, later).kind).toBe('contradiction');
    }
  });

  it('asks a person when a late follow-up that cannot be reversed was to be voided', () => {
    const change = changed(weighLate(ofType('Refund', 500, lives.failed), approval, 'auto-void', later));
    expect(change.next).toMatchObject({ life: { state: 'approved' }, review: 'late-result' });
    expect(factNames(change)).toEqual(['transaction-corrected', 'review-wanted']);
    expect(factNames(changed(weighLate(ofType('BalanceInquiry', undefined, lives.failed), approval, 'auto-void', later)))).toEqual([
      'transaction-corrected',
    ]);
  });

  it('after the correction a repetition is nothing new, and the opposite is a contradiction', () => {
    const { next } = changed(weighLate(sample({ life: lives.failed }), approval, 'attach', later));
    expect(weigh(next, { kind: 'approved', result: approval.result }, now).kind).toBe('kept');
    expect(weigh(next, evidences.declined, now).kind).toBe('contradiction');
  });
});
