import { Inject, Injectable } from '@nestjs/common';
import { unreachable, type Clock } from '@tillbridge/kernel';
import { newCause, WriteLane, type Cause } from '@tillbridge/messaging';
import { CLOCK, LOG, type Log } from '@tillbridge/platform';
import type { ResultMessage } from '@tillbridge/protocol';
import { decide, type Event } from '../domain/command.js';
import { outcomeOf } from '../domain/outcome.js';
import { CommandStore } from '../store/command-store.js';
import { JournalStore, type JournalOutcome } from '../store/journal-store.js';
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
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Throws when it could not be recorded; then nothing was acknowledged. */
  take(session: TerminalSession, identity: Identity, message: WorkMessage): Promise<void> {
    const { terminalUid } = identity;
    switch (message.type) {
      case 'ack':
        return this.acknowledge(session, terminalUid, message.transIndexCode);
      case 'progress':
        return this.record(session, terminalUid, message.transIndexCode, { kind: 'progress', stage: message.stage });
      case 'result':
        return this.store(session, identity, message);
      default:
        return unreachable(message, 'message of a terminal');
    }
  }

  private async acknowledge(session: TerminalSession, terminalUid: string, code: string): Promise<void> {
    await this.record(session, terminalUid, code, { kind: 'acknowledge' });
    session.unconfirmed.confirm(code);
  }

  private async record(session: TerminalSession, terminalUid: string, code: string, happening: WhatHappens): Promise<void> {
    const transIndexCode = storable(code);
    await this.lane.run({
      keys: [terminalUid],
      cause: await this.causeOf(session, transIndexCode),
      perform: async (tx) => {
        const command = await this.commands.lockByCode(tx, { terminalUid, transIndexCode });
        const at = this.clock.now();
        if (command !== undefined) await this.commands.record(tx, decide(command, { ...happening, at }), at);
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
