import {
  commandAcknowledged,
  commandDispatched,
  commandUndelivered,
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
 *        │                      │                            │
 *        │ expire               └────────────report──────────┴──▶ reported
 *        ▼
 *   undelivered
 *
 * `undelivered` is a proof: the command was never sent and never will be. A report is believed in every state, also there: the terminal's
 * journal knows better than we do what the terminal did.
 */
export const commandStates = ['pending', 'dispatched', 'acknowledged', 'reported', 'undelivered'] as const;
export type CommandState = (typeof commandStates)[number];

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
};

/** What happens to a command. `at` is the time of the decision, by our clock. */
export type Event = { readonly at: Date } & (
  | { readonly kind: 'dispatch'; readonly journalGeneration: number }
  | { readonly kind: 'acknowledge' | 'expire' }
  | { readonly kind: 'progress'; readonly stage: ProgressStage }
  | {
      readonly kind: 'report';
      readonly journalGeneration: number;
      readonly journalNo: number;
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
  report: { pending: 'reported', dispatched: 'reported', acknowledged: 'reported', reported: 'reported', undelivered: 'reported' },
  expire: { pending: 'undelivered' },
};

/** A terminal that talks without end must not fill our log of facts. */
export const MAX_PROGRESS_REPORTS = 20;

/** A fact with its payload, paired by {@link telling}. */
export type Telling = { readonly fact: FactDefinition; readonly payload: object };

export type Decision =
  | { readonly outcome: 'changed'; readonly before: Command; readonly after: Command; readonly telling: Telling }
  | { readonly outcome: 'ignored'; readonly reason: IgnoredReason };

export type IgnoredReason = 'not-in-this-state' | 'expired' | 'not-yet-expired' | 'too-much-progress' | 'journal-lost';

const neverSent: ReadonlySet<CommandState> = new Set(['pending', 'undelivered']);

/**
 * Was the command sent to a journal that the terminal has lost since? Then the terminal does not know what became of it: it might execute it once more,
 * or refuse it as too late though a card was charged.
 */
export function isForgotten(command: Command, journalGeneration: number): boolean {
  return !neverSent.has(command.state) && command.journalGeneration < journalGeneration;
}

/** Decides what an event does to a command. Every change is a new version and is told. */
export function decide(command: Command, event: Event): Decision {
  const state = transitions[event.kind][command.state];
  if (state === undefined) return { outcome: 'ignored', reason: 'not-in-this-state' };
  const reason = reasonToIgnore(command, event);
  if (reason !== undefined) return { outcome: 'ignored', reason };
  const after: Command = {
    ...command,
    state,
    version: command.version + 1,
    progressCount: command.progressCount + (event.kind === 'progress' ? 1 : 0),
    journalGeneration: event.kind === 'dispatch' ? event.journalGeneration : command.journalGeneration,
  };
  return { outcome: 'changed', before: command, after, telling: tellingOf(after, event) };
}

/** Why an event that is possible in this state changes nothing all the same. */
function reasonToIgnore(command: Command, event: Event): IgnoredReason | undefined {
  const isExpired = command.expiresAt <= event.at;
  switch (event.kind) {
    case 'dispatch':
      return isExpired ? 'expired' : undefined;
    case 'expire':
      return isExpired ? undefined : 'not-yet-expired';
    case 'progress':
      return command.progressCount >= MAX_PROGRESS_REPORTS ? 'too-much-progress' : undefined;
    case 'report':
      // Whoever has forgotten cannot prove that nothing was done. What was done it may still report.
      return event.outcome === 'not-executed' && isForgotten(command, event.journalGeneration) ? 'journal-lost' : undefined;
    case 'acknowledge':
      return undefined;
  }
}

function tellingOf({ transactionId, terminalUid, version }: Command, event: Event): Telling {
  const payload: TerminalCommandV1 = { transactionId, terminalUid, version, at: event.at.toISOString() };
  switch (event.kind) {
    case 'dispatch':
      return telling(commandDispatched, payload);
    case 'acknowledge':
      return telling(commandAcknowledged, payload);
    case 'expire':
      return telling(commandUndelivered, payload);
    case 'progress':
      return telling(terminalProgressed, { ...payload, stage: event.stage });
    case 'report':
      return telling(terminalReported, { ...payload, journalNo: event.journalNo, outcome: event.outcome, result: event.result });
  }
}

const telling = <P extends object>(fact: FactDefinition<P>, payload: P): Telling => ({ fact, payload });
