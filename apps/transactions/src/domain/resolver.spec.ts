import { describe, expect, it } from '@jest/globals';
import { plusMs } from '@tillbridge/kernel';
import { evidences, lives, now, sample } from '../../test/samples.js';
import { ask } from './resolver.js';
import type { Change, Transaction } from './transaction.js';
import { weigh } from './weigh.js';

const HOUR_MS = 3_600_000;

const unknown = (): Transaction => {
  const weighed = weigh(sample({ life: lives.acknowledged }), evidences.deadline, now);
  if (weighed.kind !== 'changed') throw new Error('it becomes unknown');
  return weighed.next;
};

/** Asks at every due time, until nobody asks any more. */
function askUntilTheEnd(): { at: number; change: Change }[] {
  const asked: { at: number; change: Change }[] = [];
  let present = unknown();
  for (;;) {
    const { life } = present;
    if (life.state !== 'unknown' || life.askAt === undefined) return asked;
    const change = ask(present, life.askAt);
    if (change.kind === 'kept') throw new Error('what is due is done');
    asked.push({ at: (life.askAt.getTime() - now.getTime()) / 1_000, change });
    present = change.next;
  }
}

describe('an unknown outcome', () => {
  it('is asked for at once, after 5, 15 and 60 s, then every 5 min, and after 72 h by a person; it stays unknown', () => {
    expect(unknown().life).toMatchObject({ state: 'unknown', asks: 1, askAt: plusMs(now, 5_000) });
    const asked = askUntilTheEnd();
    expect(asked.slice(0, 5).map(({ at }) => at)).toEqual([5, 20, 80, 380, 680]);
    const last = asked.at(-1);
    expect(last?.at).toBeGreaterThanOrEqual(72 * 3_600);
    expect(last?.at).toBeLessThan(72 * 3_600 + 300);
    expect(last?.change.next).toMatchObject({ review: 'unresolved', life: { state: 'unknown' } });
    expect(last?.change.facts).toMatchObject([{ fact: { name: 'review-wanted' }, payload: { review: 'unresolved', state: 'unknown' } }]);
    for (const { change } of asked.slice(0, -1)) expect(change.facts.map(({ fact }) => fact.name)).toEqual(['outcome-wanted']);
    const versions = asked.map(({ change }) => change.next.version);
    expect(new Set(versions).size).toBe(versions.length);
  });

  it('is asked for once, whoever comes second', () => {
    const present = unknown();
    const at = plusMs(now, 5_000);
    const first = ask(present, at);
    expect(first.kind).toBe('changed');
    expect(first.kind === 'changed' ? ask(first.next, at) : undefined).toEqual({ kind: 'kept' });
    expect(ask(present, plusMs(at, -1))).toEqual({ kind: 'kept' });
  });

  it('is nothing to ask for once it is known; the proof also ends the look of a person', () => {
    expect(ask(sample({ life: lives.approved }), plusMs(now, HOUR_MS))).toEqual({ kind: 'kept' });
    const unresolved = askUntilTheEnd().at(-1)?.change.next;
    expect(unresolved).toBeDefined();
    const known = weigh(unresolved ?? sample(), evidences.approved, plusMs(now, 80 * HOUR_MS));
    expect(known).toMatchObject({ kind: 'changed', next: { life: { state: 'approved' } } });
    expect(known.kind === 'changed' ? known.next : {}).not.toHaveProperty('review');
  });
});
