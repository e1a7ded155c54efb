import { describe, expect, it } from '@jest/globals';
import {
  commandStates,
  decide,
  MAX_PROGRESS_REPORTS,
  transitions,
  type Command,
  type CommandState,
  type Event,
  type EventKind,
} from './command.js';

const at = new Date('2026-11-01T10:00:00.000Z');
const later = new Date('2026-11-01T10:03:00.000Z');
const command = (state: CommandState, more: Partial<Command> = {}): Command => ({
  transactionId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a001',
  terminalUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a002',
  state,
  version: 4,
  expiresAt: later,
  progressCount: 0,
  journalGeneration: 2,
  ...more,
});
const events: Record<EventKind, Event> = {
  dispatch: { kind: 'dispatch', at, journalGeneration: 2 },
  acknowledge: { kind: 'acknowledge', at },
  progress: { kind: 'progress', at, stage: 'online' },
  report: { kind: 'report', at, journalGeneration: 2, journalNo: 7, outcome: 'declined', result: { approved: false, respCode: '51' } },
  expire: { kind: 'expire', at: later },
};
const factNames: Record<EventKind, string> = {
  dispatch: 'command-dispatched',
  acknowledge: 'command-acknowledged',
  progress: 'terminal-progressed',
  report: 'terminal-reported',
  expire: 'command-undelivered',
};
const cells = (Object.keys(events) as EventKind[]).flatMap((kind) =>
  commandStates.map((state) => [kind, state, transitions[kind][state]] as const),
);

describe('the life of a command', () => {
  it.each(cells.filter(([, , next]) => next !== undefined))(
    '%s from %s leads to %s, as a new version that is told',
    (kind, state, next) => {
      const before = command(state);
      const decision = decide(before, events[kind]);
      expect(decision).toMatchObject({ outcome: 'changed', before, after: { state: next, version: 5 } });
      const { telling } = decision as Extract<typeof decision, { outcome: 'changed' }>;
      expect(telling.fact.name).toBe(factNames[kind]);
      expect(telling.fact.validate(telling.payload).ok).toBe(true);
      expect(telling.payload).toMatchObject({ transactionId: before.transactionId, terminalUid: before.terminalUid, version: 5 });
    },
  );

  it.each(cells.filter(([, , next]) => next === undefined))('%s from %s changes nothing', (kind, state) => {
    expect(decide(command(state), events[kind])).toEqual({ outcome: 'ignored', reason: 'not-in-this-state' });
  });

  it('never dispatches what was given up, and never gives up what was dispatched', () => {
    expect(transitions.dispatch.undelivered).toBeUndefined();
    expect(commandStates.filter((state) => transitions.expire[state] !== undefined)).toEqual(['pending']);
  });

  it('believes a report in every state', () => {
    expect(commandStates.every((state) => transitions.report[state] === 'reported')).toBe(true);
  });

  it('at each moment allows either to dispatch a waiting command or to give it up, never both', () => {
    for (const moment of [at, new Date(later.getTime() - 1), later, new Date(later.getTime() + 1)]) {
      const outcomes = (['dispatch', 'expire'] as const).map((kind) => decide(command('pending'), { ...events[kind], at: moment }).outcome);
      expect(outcomes.sort()).toEqual(['changed', 'ignored']);
    }
  });

  it('remembers which journal of the terminal it was first sent to', () => {
    const sent = decide(command('pending', { journalGeneration: 1 }), { kind: 'dispatch', at, journalGeneration: 5 });
    expect(sent).toMatchObject({ outcome: 'changed', after: { journalGeneration: 5 } });
    expect(decide(command('dispatched'), { ...events.report, journalGeneration: 5 } as Event)).toMatchObject({
      after: { journalGeneration: 2 },
    });
  });

  const outcomes = ['approved', 'declined', 'cancelled', 'not-executed'] as const;
  it.each(
    commandStates.flatMap((state) => [1, 2, 3].flatMap((generation) => outcomes.map((outcome) => [state, generation, outcome] as const))),
  )(
    '%s, first sent to journal 2, reported from journal %s as %s: believed unless a journal that came later says that nothing was done',
    (state, journalGeneration, outcome) => {
      const decision = decide(command(state), {
        kind: 'report',
        at,
        journalGeneration,
        journalNo: 1,
        outcome,
        result: { approved: outcome === 'approved' },
      });
      const wasSent = state !== 'pending' && state !== 'undelivered';
      const expected =
        wasSent && journalGeneration === 3 && outcome === 'not-executed'
          ? { outcome: 'ignored', reason: 'journal-lost' }
          : { outcome: 'changed' };
      expect(decision).toMatchObject(expected);
    },
  );

  it('stops listening to a terminal that reports progress without end', () => {
    expect(decide(command('acknowledged', { progressCount: MAX_PROGRESS_REPORTS - 1 }), events.progress).outcome).toBe('changed');
    expect(decide(command('acknowledged', { progressCount: MAX_PROGRESS_REPORTS }), events.progress)).toEqual({
      outcome: 'ignored',
      reason: 'too-much-progress',
    });
  });
});
