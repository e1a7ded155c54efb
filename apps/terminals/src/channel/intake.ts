import { Inject, Injectable } from '@nestjs/common';
import { unreachable, type Clock } from '@tillbridge/kernel';
import { newCause, WriteLane, type Cause, type Tx } from '@tillbridge/messaging';
import { CLOCK, LOG, type Log } from '@tillbridge/platform';
import type { CancelAnswerMessage, ResultMessage, StatusAnswerMessage } from '@tillbridge/protocol';
import { decide, type Decision, type Event } from '../domain/command.js';
import { outcomeOf } from '../domain/outcome.js';
import { CommandStore } from '../store/command-store.js';
import { ConnectionStore } from '../store/connection-store.js';
import { JournalStore, type JournalOutcome } from '../store/journal-store.js';
import { Operations } from './operations.js';
import { readResponse, storable, toResult } from './report.js';
import type { Identity, TerminalSession, WorkMessage } from './session.js';

type WhatHappens<E = Event> = E extends Event ? Omit<E, 'at'> : never;

type Stored = { readonly outcome: JournalOutcome; readonly transactionId: string | null; readonly isDisbelieved: boolean };

/** Takes in what terminals say about their commands. */
@Injectable()
export class Intake {
  constructor(
    @Inject(WriteLane) private readonly lane: WriteLane,
    @Inject(CommandStore) private readonly commands: CommandStore,
    @Inject(JournalStore) private readonly journal: JournalStore,
    @Inject(ConnectionStore) private readonly connections: ConnectionStore,
    @Inject(Operations) private readonly operations: Operations,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Throws when it could not be recorded; then nothing was acknowledged. */
  async take(session: TerminalSession, identity: Identity, message: WorkMessage): Promise<void> {
    const { terminalUid } = identity;
    switch (message.type) {
      case 'ack':
        await this.record(session, terminalUid, message.transIndexCode, { kind: 'acknowledge' });
        return session.unconfirmed.confirm(message.transIndexCode);
      case 'progress':
        await this.record(session, terminalUid, message.transIndexCode, { kind: 'progress', stage: message.stage });
        return;
      case 'result':
        return this.store(session, identity, message);
      case 'cancel-answer':
        return this.takeCancelAnswer(session, terminalUid, message);
      case 'status-answer':
        return this.takeStatusAnswer(session, identity, message);
      case 'operation-answer':
        return this.operations.answer(session, message.operationId, message.done);
      default:
        return unreachable(message, 'message of a terminal');
    }
  }

  private async takeCancelAnswer(session: TerminalSession, terminalUid: string, message: CancelAnswerMessage): Promise<void> {
    const { transIndexCode, taken } = message;
    const decision = await this.record(session, terminalUid, transIndexCode, { kind: 'answer-cancel', taken });
    // Of a command that the terminal does not have yet it is asked again, when the command should be there.
    if (decision?.outcome === 'ignored' && decision.reason === 'not-acknowledged') return;
    session.unansweredCancels.confirm(transIndexCode);
  }

  /** That it is running changes nothing: its result comes by itself. */
  private async takeStatusAnswer(session: TerminalSession, identity: Identity, message: StatusAnswerMessage): Promise<void> {
    if (message.state === 'running') return;
    const { terminalUid, journalGeneration } = identity;
    // Only the terminal's newest channel may say what was never done: behind an older one there may be a rival with the same name.
    const isNewest = (tx: Tx): Promise<boolean> => this.connections.isNewest(tx, { terminalUid, sessionId: session.id });
    const happening = { kind: 'never-see', journalGeneration } as const;
    const decision = await this.record(session, terminalUid, message.transIndexCode, happening, isNewest);
    if (decision?.outcome !== 'ignored' || decision.reason === 'not-in-this-state') return;
    this.log.warn(
      { terminalUid, transIndexCode: storable(message.transIndexCode), reason: decision.reason, journalGeneration },
      'a terminal says that it never saw a command, and that proves nothing',
    );
  }

  /** Undefined when the terminal has no such command, or may not say this of it. */
  private async record(
    session: TerminalSession,
    terminalUid: string,
    code: string,
    happening: WhatHappens,
    mayBeSaid: (tx: Tx) => Promise<boolean> = () => Promise.resolve(true),
  ): Promise<Decision | undefined> {
    const transIndexCode = storable(code);
    return this.lane.run({
      keys: [terminalUid],
      cause: await this.causeOf(session, transIndexCode),
      perform: async (tx) => {
        const command = await this.commands.lockByCode(tx, { terminalUid, transIndexCode });
        if (command === undefined || !(await mayBeSaid(tx))) return undefined;
        const at = this.clock.now();
        const decision = decide(command, { ...happening, at });
        await this.commands.record(tx, decision, at);
        return decision;
      },
    });
  }

  /** The terminal may forget its entry once it is acknowledged, so that is the very last thing to happen. */
  private async store(session: TerminalSession, { terminalUid, journalGeneration }: Identity, message: ResultMessage): Promise<void> {
    const { journalNo } = message;
    const transIndexCode = storable(message.transIndexCode);
    const response = readResponse(message.response);
    const result = toResult(response);
    const report = { kind: 'report', journalGeneration, journalNo, outcome: outcomeOf(result), result } as const;
    const stored = await this.lane.run({
      keys: [terminalUid],
      cause: await this.causeOf(session, transIndexCode),
      perform: async (tx) => {
        const command = await this.commands.lockByCode(tx, { terminalUid, transIndexCode });
        const at = this.clock.now();
        const transactionId = command?.transactionId ?? null;
        const outcome = await this.journal.insert(tx, { terminalUid, journalNo, transIndexCode, transactionId, response, receivedAt: at });
        const decision = outcome === 'stored' && command !== undefined ? decide(command, { ...report, at }) : undefined;
        if (decision !== undefined) await this.commands.record(tx, decision, at);
        return { outcome, transactionId, isDisbelieved: decision?.outcome === 'ignored' };
      },
    });
    this.logOddities({ terminalUid, journalNo, transIndexCode, response }, stored);
    session.unconfirmed.confirm(message.transIndexCode);
    session.unansweredCancels.confirm(message.transIndexCode);
    session.send({ type: 'result-ack', journalNo });
  }

  private logOddities(entry: object, { outcome, transactionId, isDisbelieved }: Stored): void {
    if (outcome === 'contradicted')
      this.log.error(entry, 'a terminal sent two different results under one journal number; the first one was kept');
    if (outcome === 'stored' && transactionId === null)
      this.log.warn(entry, 'a terminal reported a result of a command that it never got from us');
    if (isDisbelieved)
      this.log.warn(
        { ...entry, transactionId },
        'a terminal that lost its journal says that it did not execute a command sent before: that proves nothing',
      );
  }

  /** The trace of the payment, so that all of it is one trace. */
  private async causeOf(session: TerminalSession, transIndexCode: string): Promise<Cause> {
    return session.causes.find(transIndexCode) ?? (await this.commands.causeOf(transIndexCode)) ?? newCause();
  }
}
