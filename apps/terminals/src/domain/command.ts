import {
  cancelAnswered,
  commandAcknowledged,
  commandDispatched,
  commandNeverSeen,
  commandUndelivered,
  commandWithdrawn,
  terminalProgressed,
  terminalReported,
  type FactDefinition,
  type ProgressStage,
  type TerminalCommandV1,
  type TerminalOutcome,
  type TransactionResultV1,
} from '@tillbridge/contracts';

/**
 * The life of a command at the terminal edge.
 *
 *     pending ──dispatch──▶ dispatched ──acknowledge──▶ acknowledged
 *      │   │                  │    │                      │     │
 *      │   │ expire           │    └────────report────────┴─────┼──▶ reported
 *      │   ▼                  └────────────never-see────────────┴──▶ never-seen
 *      │ undelivered
 *      └─cancel──▶ withdrawn
 *
 * `undelivered` and `withdrawn` are proofs: the command was never sent and never will be. So is `never-seen`: the terminal's journal does not have
 * it, and the terminal will never start it. A report is believed in every state, also in these: the terminal's journal knows better than we do what
 * the terminal did.
 *
 * A command that was sent cannot be called back. That somebody wants it stopped is remembered beside its state, until the terminal has
 * answered: it decides the race with the card.
 */
export const commandStates = ['pending', 'dispatched', 'acknowledged', 'reported', 'undelivered', 'withdrawn', 'never-seen'] as const;
export type CommandState = (typeof commandStates)[number];

/** `wanted`: the terminal has not answered yet. The other two are its answer. */
export type Cancellation = 'wanted' | 'taken' | 'not-taken';

export type Command = {
  readonly transactionId: string;
  readonly terminalUid: string;
  readonly state: CommandState;
  readonly version: number;
  /** From then on it must not be sent for the first time any more. */
  readonly expiresAt: Date;
  /** How often the terminal has reported progress of it. */
  readonly progressCount: number;
  /** Which journal of the terminal, counted from 1, was to remember the command when it was first sent. Means nothing before that. */
  readonly journalGeneration: number;
  /** Null: nobody wants it stopped, or it was never sent. */
  readonly cancellation: Cancellation | null;
  /** What was reported first; null before. */
  readonly reportedOutcome: TerminalOutcome | null;
};

/** What happens to a command. `at` is the time of the decision, by our clock. */
export type Event = { readonly at: Date } & (
  | { readonly kind: 'dispatch'; readonly journalGeneration: number }
  | { readonly kind: 'acknowledge' | 'expire' | 'cancel' }
  | { readonly kind: 'answer-cancel'; readonly taken: boolean }
  /** `journalGeneration`: which journal of the terminal says so. */
  | { readonly kind: 'never-see'; readonly journalGeneration: number }
  | { readonly kind: 'progress'; readonly stage: ProgressStage }
  | {
      readonly kind: 'report';
      readonly journalGeneration: number;
      /** Undefined: reported over HTTP, where entries have no number. */
      readonly journalNo: number | undefined;
      readonly outcome: TerminalOutcome;
      readonly result: TransactionResultV1;
    }
);
export type EventKind = Event['kind'];

/** Where each event leads from each state. What is not here changes nothing. */
export const transitions: Readonly<Record<EventKind, Readonly<Partial<Record<CommandState, CommandState>>>>> = {
  dispatch: { pending: 'dispatched' },
  acknowledge: { dispatched: 'acknowledged' },
  // The acknowledgement may have been lost with its channel; progress does not stand for it, because the command would be sent again all the same.
  progress: { dispatched: 'dispatched', acknowledged: 'acknowledged' },
  report: {
    ...{ pending: 'reported', dispatched: 'reported', acknowledged: 'reported', reported: 'reported' },
    ...{ undelivered: 'reported', withdrawn: 'reported', 'never-seen': 'reported' },
  },
  expire: { pending: 'undelivered' },
  cancel: { pending: 'withdrawn', dispatched: 'dispatched', acknowledged: 'acknowledged' },
  'answer-cancel': { dispatched: 'dispatched', acknowledged: 'acknowledged' },
  // Also from acknowledged: a terminal that lost its power between the acknowledgement and the card has nothing in its journal, and nothing was charged.
  'never-see': { dispatched: 'never-seen', acknowledged: 'never-seen' },
};

/** A terminal that talks without end must not fill our log of facts. */
export const MAX_PROGRESS_REPORTS = 20;

/** A fact with its payload, paired by {@link telling}. */
export type Telling = { readonly fact: FactDefinition; readonly payload: object };

/** `telling`: undefined for what is remembered and concerns nobody else. */
export type Change = {
  readonly outcome: 'changed';
  readonly before: Command;
  readonly after: Command;
  readonly telling: Telling | undefined;
};
export type Decision = Change | { readonly outcome: 'ignored'; readonly reason: IgnoredReason };

export type IgnoredReason =
  | 'not-in-this-state'
  | 'expired'
  | 'not-yet-expired'
  | 'too-much-progress'
  | 'journal-lost'
  | 'cancelled-already'
  | 'not-asked'
  | 'not-acknowledged'
  | 'was-in-progress'
  | 'reported-already'
  | 'reported-otherwise';

const neverSent: ReadonlySet<CommandState> = new Set(['pending', 'undelivered', 'withdrawn']);

/**
 * Was the command sent to a journal that the terminal has lost since? Then the terminal does not know what became of it: it might execute it once more,
 * or refuse it as too late though a card was charged.
 */
export function isForgotten(command: Command, journalGeneration: number): boolean {
  return !neverSent.has(command.state) && command.journalGeneration < journalGeneration;
}

/** Decides what an event does to a command. Every change is a new version. */
export function decide(command: Command, event: Event): Decision {
  const state = transitions[event.kind][command.state];
  if (state === undefined) return { outcome: 'ignored', reason: 'not-in-this-state' };
  const reason = reasonToIgnore(command, event);
  if (reason !== undefined) return { outcome: 'ignored', reason };
  const after: Command = { ...command, ...remembered(command, event), state, version: command.version + 1 };
  return { outcome: 'changed', before: command, after, telling: tellingOf(after, event) };
}

/** A command that is cancelled before it was heard of. It is born withdrawn, so that it is not sent when it is heard of at last. */
export function withdrawUnheard(named: Pick<Command, 'transactionId' | 'terminalUid'>, at: Date): Change {
  const unheard: Command = {
    ...named,
    ...{ state: 'pending', version: 0, expiresAt: at, progressCount: 0, journalGeneration: 1 },
    ...{ cancellation: null, reportedOutcome: null },
  };
  const after: Command = { ...unheard, state: 'withdrawn', version: 1 };
  return { outcome: 'changed', before: unheard, after, telling: tellingOf(after, { kind: 'cancel', at }) };
}

/** What an event leaves beside the state. */
function remembered(command: Command, event: Event): Partial<Command> {
  switch (event.kind) {
    case 'dispatch':
      return { journalGeneration: event.journalGeneration };
    case 'progress':
      return { progressCount: command.progressCount + 1 };
    case 'cancel':
      return { cancellation: command.state === 'pending' ? null : 'wanted' };
    case 'answer-cancel':
      return { cancellation: event.taken ? 'taken' : 'not-taken' };
    case 'report':
      return { reportedOutcome: command.reportedOutcome ?? event.outcome };
    case 'acknowledge':
    case 'expire':
    case 'never-see':
      return {};
  }
}

/** Why an event that is possible in this state changes nothing all the same. */
function reasonToIgnore(command: Command, event: Event): IgnoredReason | undefined {
  const isExpired = command.expiresAt <= event.at;
  switch (event.kind) {
    case 'dispatch':
      return when(isExpired, 'expired');
    case 'expire':
      return when(!isExpired, 'not-yet-expired');
    case 'progress':
      return when(command.progressCount >= MAX_PROGRESS_REPORTS, 'too-much-progress');
    case 'cancel':
      // After a "no" somebody may ask again.
      return when(command.cancellation === 'wanted' || command.cancellation === 'taken', 'cancelled-already');
    case 'answer-cancel':
      return reasonToIgnoreAnswer(command, event.taken);
    case 'never-see':
      return reasonToDoubt(command, event.journalGeneration, isExpired);
    case 'report':
      return reasonToIgnoreReport(command, event);
    case 'acknowledge':
      return undefined;
  }
}

const when = (holds: boolean, reason: IgnoredReason): IgnoredReason | undefined => (holds ? reason : undefined);

function reasonToIgnoreAnswer(command: Command, taken: boolean): IgnoredReason | undefined {
  if (command.cancellation !== 'wanted') return 'not-asked';
  // "Not known to me" of a command that may still be on its way: it will be asked again, after the command.
  return when(!taken && command.state === 'dispatched', 'not-acknowledged');
}

/** A terminal's word that it never saw a command counts only if it cannot be wrong. */
function reasonToDoubt(command: Command, journalGeneration: number, isExpired: boolean): IgnoredReason | undefined {
  if (!isExpired) return 'not-yet-expired';
  if (command.progressCount > 0) return 'was-in-progress';
  return when(command.journalGeneration !== journalGeneration, 'journal-lost');
}

function reasonToIgnoreReport(command: Command, event: Extract<Event, { kind: 'report' }>): IgnoredReason | undefined {
  // Whoever has forgotten cannot prove that nothing was done. What was done it may still report.
  if (event.outcome === 'not-executed' && isForgotten(command, event.journalGeneration)) return 'journal-lost';
  // Journals are kept whole. Without one only the first report counts.
  if (event.journalNo !== undefined || command.reportedOutcome === null) return undefined;
  return command.reportedOutcome === event.outcome ? 'reported-already' : 'reported-otherwise';
}

function tellingOf({ transactionId, terminalUid, version, state }: Command, event: Event): Telling | undefined {
  const payload: TerminalCommandV1 = { transactionId, terminalUid, version, at: event.at.toISOString() };
  switch (event.kind) {
    case 'dispatch':
      return telling(commandDispatched, payload);
    case 'acknowledge':
      return telling(commandAcknowledged, payload);
    case 'expire':
      return telling(commandUndelivered, payload);
    case 'cancel':
      return state === 'withdrawn' ? telling(commandWithdrawn, payload) : undefined;
    case 'answer-cancel':
      return telling(cancelAnswered, { ...payload, taken: event.taken });
    case 'never-see':
      return telling(commandNeverSeen, payload);
    case 'progress':
      return telling(terminalProgressed, { ...payload, stage: event.stage });
    case 'report': {
      const { journalNo, outcome, result } = event;
      return telling(terminalReported, { ...payload, ...(journalNo === undefined ? {} : { journalNo }), outcome, result });
    }
  }
}

const telling = <P extends object>(fact: FactDefinition<P>, payload: P): Telling => ({ fact, payload });
