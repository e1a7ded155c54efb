import { describe, expect, it } from '@jest/globals';
import { type Behaviour, drawPlan, ORDINARY, problemOf } from './behaviour.js';

const behaviour: Behaviour = {
  seed: 7,
  outcomes: { approve: 80, decline: 20 },
  faults: { none: 50, 'late-result': 25, 'clock-skew': 25 },
  delayMs: { min: 10, max: 20 },
  skewMs: 5000,
};
const draws = (of: Behaviour, terminalSn: string, count = 2000) => Array.from({ length: count }, (_, n) => drawPlan(of, terminalSn, n + 1));

describe('drawPlan', () => {
  it('draws the same again for the same seed, terminal and count, in whatever order the weights are written', () => {
    const rewritten = { ...behaviour, outcomes: { decline: 20, approve: 80 } };
    expect(draws(rewritten, 'WP1')).toEqual(draws(behaviour, 'WP1'));
  });

  it('draws otherwise for another seed and for another terminal', () => {
    expect(draws({ ...behaviour, seed: 8 }, 'WP1')).not.toEqual(draws(behaviour, 'WP1'));
    expect(draws(behaviour, 'WP2')).not.toEqual(draws(behaviour, 'WP1'));
  });

  it('keeps to the weights and to the limits', () => {
    const plans = draws(behaviour, 'WP1');
    const share = (which: (plan: (typeof plans)[number]) => boolean): number => plans.filter(which).length / plans.length;
    expect(share(({ outcome }) => outcome === 'approve')).toBeCloseTo(0.8, 1);
    expect(share(({ fault }) => fault === undefined)).toBeCloseTo(0.5, 1);
    for (const { thinkMs = -1, fault, lateByMs = 10, skewMs = 0 } of plans) {
      expect([thinkMs >= 10 && thinkMs <= 20, lateByMs >= 10 && lateByMs <= 20, Math.abs(skewMs) <= 5000]).toEqual([true, true, true]);
      expect(skewMs === 0 || fault === 'clock-skew').toBe(true);
    }
  });

  it('never draws what has no weight', () => {
    const hangs = draws({ seed: 1, outcomes: { approve: 0, hang: 1 } }, 'WP1', 50);
    expect(new Set(hangs.map(({ outcome }) => outcome))).toEqual(new Set(['hang']));
    expect(hangs[0]).toEqual({ outcome: 'hang' });
  });

  it('an ordinary day has everything but hanging terminals', () => {
    const outcomes = new Set(draws({ seed: 1, ...ORDINARY }, 'WP1').map(({ outcome }) => outcome));
    expect(outcomes).toEqual(new Set(['approve', 'decline', 'cancel-by-buyer', 'no-card']));
  });
});

describe('problemOf', () => {
  it.each([
    [{ outcomes: { approve: 0 } }, 'outcomes'],
    [{ faults: { none: 0 } }, 'faults'],
    [{ delayMs: { min: 2, max: 1 } }, 'delayMs.min'],
  ])('%j is named', (changes, named) => {
    expect(problemOf({ ...behaviour, ...changes })).toContain(named);
    expect(problemOf(behaviour)).toBeUndefined();
  });
});
