import { describe, expect, it } from '@jest/globals';
import {
  commandStates,
  decide,
  MAX_PROGRESS_REPORTS,
  transitions,
  withdrawUnheard,
  type Change,
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
  cancellation: null,
  reportedOutcome: null,
  ...more,
});
const events: Record<EventKind, Event> = {
  dispatch: { kind: 'dispatch', at, journalGeneration: 2 },
  acknowledge: { kind: 'acknowledge', at },
  progress: { kind: 'progress', at, stage: 'online' },
  report: { kind: 'report', at, journalGeneration: 2, journalNo: 7, outcome: 'declined', result: { approved: false, respCode: '51' } },
  expire: { kind: 'expire', at: later },
  cancel: { kind: 'cancel', at },
  'answer-cancel': { kind: 'answer-cancel', at, taken: true },
  'never-see': { kind: 'never-see', at: later, journalGeneration: 2 },
};
/** What a command must be like so that an event, possible in its state, does something. */
const conditions: Partial<Record<EventKind, Partial<Command>>> = { 'answer-cancel': { cancellation: 'wanted' } };
const factNames: Record<EventKind, Partial<Record<CommandState, string>> & { else?: string }> = {
  dispatch: { else: 'command-dispatched' },
  acknowledge: { else: 'command-acknowledged' },
  progress: { else: 'terminal-progressed' },
  report: { else: 'terminal-reported' },
  expire: { else: 'command-undelivered' },
  // Of a command that was sent it is only remembered.
  cancel: { withdrawn: 'command-withdrawn' },
  'answer-cancel': { else: 'cancel-answered' },
  'never-see': { else: 'command-never-seen' },
};
const cells = (Object.keys(events) as EventKind[]).flatMap((kind) =>
  commandStates.map((state) => [kind, state, transitions[kind][state]] as const),
);

describe('the life of a command', () => {
  it.each(cells.filter(([, , next]) => next !== undefined))(
    '%s from %s leads to %s, as a new version that is told',
    (kind, state, next) => {
      const before = command(state, conditions[kind]);
      const decision = decide(before, events[kind]);
      expect(decision).toMatchObject({ outcome: 'changed', before, after: { state: next, version: 5 } });
      const { telling } = decision as Change;
      expect(telling?.fact.name).toBe(factNames[kind][next!] ?? factNames[kind].else);
      if (telling === undefined) return;
      expect(telling.fact.validate(telling.payload).ok).toBe(true);
      expect(telling.payload).toMatchObject({ transactionId: before.transactionId, terminalUid: before.terminalUid, version: 5 });
    },
  );

  it.each(cells.filter(([, , next]) => next === undefined))('%s from %s changes nothing', (kind, state) => {
    expect(decide(command(state), events[kind])).toEqual({ outcome: 'ignored', reason: 'not-in-this-state' });
  });

  it('never dispatches what was given up, and never gives up what was dispatched', () => {
    expect(commandStates.filter((state) => transitions.dispatch[state] !== undefined)).toEqual(['pending']);
    expect(commandStates.filter((state) => transitions.expire[state] !== undefined)).toEqual(['pending']);
    expect(commandStates.filter((state) => transitions.cancel[state] === 'withdrawn')).toEqual(['pending']);
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
      const wasSent = state !== 'pending' && state !== 'undelivered' && state !== 'withdrawn';
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

  describe('when somebody wants it stopped', () => {
    const sent = ['dispatched', 'acknowledged'] as const;
    it.each(sent)('%s: it is remembered, until the terminal says yes or no; a second wish changes nothing', (state) => {
      const wished = decide(command(state), events.cancel) as Change;
      expect(wished.after).toEqual(command(state, { version: 5, cancellation: 'wanted' }));
      expect(decide(wished.after, events.cancel)).toEqual({ outcome: 'ignored', reason: 'cancelled-already' });
      const taken = decide(wished.after, { kind: 'answer-cancel', at, taken: true }) as Change;
      expect([taken.after.cancellation, taken.telling?.payload]).toEqual(['taken', expect.objectContaining({ taken: true })]);
      for (const event of [events.cancel, events['answer-cancel']]) expect(decide(taken.after, event).outcome).toBe('ignored');
    });

    it('and the terminal says no, somebody may ask again', () => {
      const refusal = decide(command('acknowledged', { cancellation: 'wanted' }), { kind: 'answer-cancel', at, taken: false }) as Change;
      expect(refusal.after.cancellation).toBe('not-taken');
      expect(decide(refusal.after, events.cancel)).toMatchObject({ outcome: 'changed', after: { cancellation: 'wanted' } });
    });

    it('and the terminal does not know it yet, it goes on being wanted', () => {
      const notYet = { kind: 'answer-cancel', at, taken: false } as const;
      expect(decide(command('dispatched', { cancellation: 'wanted' }), notYet)).toEqual({ outcome: 'ignored', reason: 'not-acknowledged' });
    });

    it.each(sent)('%s: an answer that nobody asked for says nothing', (state) => {
      expect(decide(command(state), events['answer-cancel'])).toEqual({ outcome: 'ignored', reason: 'not-asked' });
    });

    it('before it was heard of, it is born withdrawn, and never sent', () => {
      const { transactionId, terminalUid } = command('pending');
      const { after, telling } = withdrawUnheard({ transactionId, terminalUid }, at);
      expect(after).toMatchObject({ state: 'withdrawn', version: 1 });
      expect(telling?.fact.validate(telling.payload).ok).toBe(true);
      expect(decide(after, { ...events.dispatch, at: new Date(0) })).toEqual({ outcome: 'ignored', reason: 'not-in-this-state' });
    });
  });

  describe('of which the terminal says that it never saw it', () => {
    it.each([
      ['before its time was over', { kind: 'never-see', at, journalGeneration: 2 }, {}, 'not-yet-expired'],
      ['with a later journal', { kind: 'never-see', at: later, journalGeneration: 3 }, {}, 'journal-lost'],
      ['with an earlier journal', { kind: 'never-see', at: later, journalGeneration: 1 }, {}, 'journal-lost'],
      ['after it had told of a card', { kind: 'never-see', at: later, journalGeneration: 2 }, { progressCount: 1 }, 'was-in-progress'],
    ] as const)('%s: it is not believed', (_how, event, more, reason) => {
      for (const state of ['dispatched', 'acknowledged'] as const)
        expect(decide(command(state, more), event)).toEqual({ outcome: 'ignored', reason });
    });

    it('is never sent again, and believed all the same when a result of it comes', () => {
      const { after } = decide(command('dispatched'), events['never-see']) as Change;
      expect(decide(after, events.dispatch)).toEqual({ outcome: 'ignored', reason: 'not-in-this-state' });
      expect(decide(after, events.report)).toMatchObject({ outcome: 'changed', after: { state: 'reported' } });
    });
  });

  describe('that is reported over HTTP', () => {
    const overHttp = (outcome: 'approved' | 'declined'): Event => ({ ...events.report, journalNo: undefined, outcome }) as Event;

    it('counts the first time, as if a journal had said it, and has no number', () => {
      const { after, telling } = decide(command('dispatched'), overHttp('approved')) as Change;
      expect(after).toMatchObject({ state: 'reported', reportedOutcome: 'approved' });
      expect(telling?.payload).not.toHaveProperty('journalNo');
    });

    it.each([
      ['approved', 'reported-already'],
      ['declined', 'reported-otherwise'],
    ] as const)('changes nothing after a report of an approval: %s', (outcome, reason) => {
      const reported = command('reported', { reportedOutcome: 'approved' });
      expect(decide(reported, overHttp(outcome))).toEqual({ outcome: 'ignored', reason });
    });

    it('and then by the journal is told again, and keeps its first outcome', () => {
      const reported = command('reported', { reportedOutcome: 'approved' });
      expect(decide(reported, events.report)).toMatchObject({ outcome: 'changed', after: { reportedOutcome: 'approved' } });
    });
  });
});
