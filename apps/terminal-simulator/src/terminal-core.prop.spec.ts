import { expect, it } from '@jest/globals';
import { fromTerminalResponse } from '@tillbridge/protocol';
import fc from 'fast-check';
import { LIFE_MS, TerminalBench, THINK_MS } from '../test/terminal-bench.js';
import { FAULTS, OUTCOMES, type Plan } from './plan.js';

type Step = (bench: TerminalBench) => void;

const code = fc.constantFrom('1', '2', '3', '4', '5', '6');
const plan: fc.Arbitrary<Plan> = fc.record(
  {
    outcome: fc.constantFrom(...OUTCOMES),
    fault: fc.constantFrom(...FAULTS),
    skewMs: fc.constantFrom(-LIFE_MS, 0, LIFE_MS),
    lateByMs: fc.constantFrom(0, 5000),
  },
  { requiredKeys: [] },
);
const members = fc.constantFrom(
  { TransAmount: '1000' },
  { TransAmount: '9001' },
  { TransType: 'PreAuth' },
  { TransType: 'Settle' },
  { TransType: 'Nonsense' },
  { TransType: 'Refund', TransAmount: '400', OriTransIndexCode: '1' },
  { TransType: 'Reversal', OriTransIndexCode: '2' },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(code, members, fc.constantFrom(LIFE_MS, 10, 0)).map(
      ([of, asked, lifeMs]): Step =>
        (bench) =>
          bench.hear(bench.command(of, asked, lifeMs)),
    ),
  },
  {
    weight: 2,
    arbitrary: plan.map(
      (next): Step =>
        (bench) =>
          void bench.plans.push(next),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(1, THINK_MS / 2, THINK_MS, LIFE_MS).map(
      (ms): Step =>
        (bench) =>
          bench.pass(ms),
    ),
  },
  code.map(
    (of): Step =>
      (bench) =>
        bench.hear({ type: 'cancel', transIndexCode: of }),
  ),
  code.map(
    (of): Step =>
      (bench) =>
        bench.hear({ type: 'status', transIndexCode: of }),
  ),
  fc.nat(8).map(
    (journalNo): Step =>
      (bench) =>
        bench.hear({ type: 'result-ack', journalNo: journalNo + 1 }),
  ),
  fc.constant<Step>((bench) => bench.hear({ type: 'ping', t: 0 })),
  fc.constant<Step>((bench) => bench.core.powerCycle()),
  fc.constant<Step>((bench) => bench.plugIn()),
);

/** What was said of each number: its answers, and whether it was disowned. */
function storiesOf(bench: TerminalBench): Map<string, { answers: Set<string>; wasDisowned: boolean }> {
  const stories = new Map<string, { answers: Set<string>; wasDisowned: boolean }>();
  for (const message of bench.said) {
    if (message.type !== 'result' && message.type !== 'status-answer') continue;
    const story = stories.get(message.transIndexCode) ?? { answers: new Set(), wasDisowned: false };
    stories.set(message.transIndexCode, story);
    if (message.type === 'result') story.answers.add(JSON.stringify(message.response));
    else if (message.state === 'never-seen') story.wasDisowned = true;
  }
  return stories;
}

it('whatever comes, a number is executed at most once, and ledger, journal and what was said agree', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const bench = new TerminalBench();
      for (const each of steps) each(bench);
      // In the end everything comes to light: nothing hangs, nothing is held back.
      bench.core.powerCycle();
      bench.pass(2 * LIFE_MS);
      bench.plugIn();
      const stories = storiesOf(bench);
      const charged = new Map(bench.core.ledger.entries().map((entry) => [entry.transIndexCode, entry]));
      for (const entry of charged.values()) {
        expect(entry.executions).toBe(1);
        const journalled = fromTerminalResponse(bench.core.journal.find(entry.transIndexCode)!.response);
        expect([journalled.approved, journalled.transIndexCode]).toEqual([entry.approved, entry.transIndexCode]);
      }
      for (const entry of bench.core.journal.unacknowledged()) {
        if (entry.response['TransResult'] === true) expect(charged.get(entry.transIndexCode)?.approved).toBe(true);
        expect(stories.get(entry.transIndexCode)?.answers.size).toBe(1);
      }
      for (const [transIndexCode, { answers, wasDisowned }] of stories) {
        expect(answers.size).toBeLessThanOrEqual(1);
        if (wasDisowned) expect(charged.has(transIndexCode)).toBe(false);
      }
    }),
    { numRuns: 500 },
  );
});
