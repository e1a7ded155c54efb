import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Clock } from '@tillbridge/kernel';
import { WriteLane } from '@tillbridge/messaging';
import { CLOCK, LOG, Loop, type Log, type StepOutcome } from '@tillbridge/platform';
import { encode } from '@tillbridge/protocol';
import { SessionsHere } from '../channel/sessions-here.js';
import type { TerminalSession } from '../channel/session.js';
import { decide, isForgotten } from '../domain/command.js';
import { AgendaStore, type AgendaItem, type Errand } from '../store/agenda-store.js';
import { CommandStore, type StoredCommand, type WaitingCommand } from '../store/command-store.js';
import { Presence } from './presence.js';

/** Makes up for lost pokes and failed attempts. */
const SWEEP_MS = 1_000;
/** Longer than any terminal takes to acknowledge, and short beside the minutes that a payment has. */
const RESEND_AFTER_MS = 5_000;
const MAX_TERMINALS_UNDER_WAY = 500;
/** Of each kind: never sent, sent, to be cancelled, to be asked about. */
const MAX_ITEMS_PER_TERMINAL = 16;

/** How thoroughly to look; with neither, only for what is new or overdue. */
export type Thoroughness = Partial<Omit<Errand, 'terminalUid'>>;

/**
 * Tells the terminals that are connected here what they have to be told: commands, cancellations, and the question what became of a command whose
 * time is over. That a command leaves is recorded before its first byte does, so that a crash cannot make it untrue; sending it twice is harmless,
 * because a terminal executes each number once. Cancellations and questions change nothing here, so nothing is recorded of them: only of the
 * answers.
 */
@Injectable()
export class Dispatcher implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly wanted = new Map<string, Errand>();
  /** Terminals whose last attempt failed: the next sweep tries again. */
  private readonly failed = new Map<string, Errand>();
  /** What is being sent, by terminal. Terminals do not wait for each other: one command that cannot be had just now must not hold up the rest. */
  private readonly underWay = new Map<string, Promise<void>>();
  private sweptAtMs = 0;
  private readonly loop: Loop;

  constructor(
    @Inject(WriteLane) private readonly lane: WriteLane,
    @Inject(CommandStore) private readonly commands: CommandStore,
    @Inject(AgendaStore) private readonly agenda: AgendaStore,
    @Inject(SessionsHere) private readonly sessions: SessionsHere,
    @Inject(Presence) private readonly presence: Presence,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.loop = new Loop('dispatcher', () => this.step(), { tickMs: SWEEP_MS, log });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
    await Promise.all(this.underWay.values());
  }

  /** There may be something to say to this terminal. */
  dispatch(terminalUid: string, thoroughness: Thoroughness = {}): void {
    this.want({ terminalUid, hasJustConnected: false, outcomesWanted: false, ...thoroughness });
    this.loop.wake();
  }

  private want(errand: Errand): void {
    join(this.wanted, errand);
  }

  private async step(): Promise<StepOutcome> {
    if (this.clock.monotonicMs() - this.sweptAtMs >= SWEEP_MS) await this.sweep();
    const batch = this.takeBatch();
    if (batch.size === 0) return 'idle';
    await this.start(batch);
    return this.wanted.size > 0 ? 'more' : 'idle';
  }

  private async sweep(): Promise<void> {
    const overlooked = await this.agenda.overlooked(this.presence.replicaId, this.clock.now(), MAX_TERMINALS_UNDER_WAY);
    for (const terminalUid of overlooked) this.want(newThingsFor(terminalUid));
    for (const errand of this.failed.values()) this.want(errand);
    this.failed.clear();
    this.sweptAtMs = this.clock.monotonicMs();
    for (const session of this.sessions.all()) this.wantWhatIsOverdue(session, this.sweptAtMs);
  }

  private wantWhatIsOverdue({ unconfirmed, unansweredCancels, welcomedAs }: TerminalSession, nowMs: number): void {
    if (welcomedAs === undefined) return;
    const overdue = [unconfirmed, unansweredCancels].map((sent) => sent.giveUpWaiting(nowMs, RESEND_AFTER_MS));
    if (overdue.includes(true)) this.want(newThingsFor(welcomedAs.terminalUid));
  }

  /** Wanted terminals to which nothing is being sent; the others have their turn after that. */
  private takeBatch(): Map<string, Errand> {
    const batch = new Map<string, Errand>();
    for (const [terminalUid, errand] of this.wanted) {
      if (this.underWay.size + batch.size >= MAX_TERMINALS_UNDER_WAY) break;
      if (!this.underWay.has(terminalUid)) batch.set(terminalUid, errand);
    }
    for (const terminalUid of batch.keys()) this.wanted.delete(terminalUid);
    return batch;
  }

  private async start(batch: ReadonlyMap<string, Errand>): Promise<void> {
    const found = await this.agenda.find([...batch.values()], this.clock.now(), MAX_ITEMS_PER_TERMINAL).catch((error: unknown) => {
      for (const errand of batch.values()) join(this.failed, errand);
      throw error;
    });
    for (const [terminalUid, items] of Map.groupBy(found, (item) => item.terminalUid)) {
      const run = this.sayAll(batch.get(terminalUid) ?? newThingsFor(terminalUid), items).finally(() => {
        this.underWay.delete(terminalUid);
        if (this.wanted.size > 0) this.loop.wake();
      });
      this.underWay.set(terminalUid, run);
    }
  }

  /** Commands first: a terminal that hears of a cancellation before the command would not know what it is about. */
  private async sayAll(errand: Errand, items: readonly AgendaItem[]): Promise<void> {
    const session = this.sessions.find(errand.terminalUid);
    if (session?.welcomedAs === undefined) return;
    const channel: Channel = { session, journalGeneration: session.welcomedAs.journalGeneration, errand };
    const commands = items.filter(({ topic, state, transIndexCode }) => {
      return topic === 'command' && (state === 'pending' || !session.unconfirmed.has(transIndexCode));
    });
    const sent = await Promise.all(commands.map((waiting) => this.trySend(waiting, channel)));
    const stuck = new Set(commands.filter((_, index) => sent[index] === false).map(({ transIndexCode }) => transIndexCode));
    for (const item of items) if (!stuck.has(item.transIndexCode)) this.say(session, item);
  }

  /** What needs no record. */
  private say(session: TerminalSession, { topic, transIndexCode, cause }: AgendaItem): void {
    if (topic === 'command' || (topic === 'cancel' && session.unansweredCancels.has(transIndexCode))) return;
    session.causes.remember(transIndexCode, cause);
    if (topic === 'cancel') session.unansweredCancels.sent(transIndexCode, this.clock.monotonicMs());
    session.send({ type: topic, transIndexCode });
  }

  /** False when it could not be sent yet. */
  private async trySend(waiting: WaitingCommand, channel: Channel): Promise<boolean> {
    try {
      const wasFree = await this.send(waiting, channel);
      if (!wasFree) join(this.failed, channel.errand);
      return wasFree;
    } catch (error) {
      // One terminal's trouble must not hold up the others. A commit may have happened whose outcome we never heard: the command then is found as
      // sent, but not by this channel, and leaves at the next attempt.
      this.log.warn({ err: error, transactionId: waiting.transactionId }, 'a command could not be sent yet');
      join(this.failed, channel.errand);
      return false;
    }
  }

  /** False when the command cannot be had just now: somebody else holds it, or the session is not the terminal's newest one any more. */
  private async send({ transactionId, terminalUid, cause }: WaitingCommand, { session, journalGeneration }: Channel): Promise<boolean> {
    const found = await this.lane.run({
      keys: [terminalUid],
      cause,
      perform: async (tx) => {
        const command = await this.commands.lockForDispatch(tx, { transactionId, sessionId: session.id });
        if (command === undefined) return undefined;
        // Encoded first: what does not fit must not be recorded as sent.
        const text = encode(toMessage(command));
        const at = this.clock.now();
        const isFirst = await this.commands.record(tx, decide(command, { kind: 'dispatch', at, journalGeneration }), at);
        const isAgain = command.state === 'dispatched' && !isForgotten(command, journalGeneration);
        return { text, transIndexCode: command.transIndexCode, leaves: isFirst || isAgain };
      },
    });
    if (found?.leaves === true) {
      session.causes.remember(found.transIndexCode, cause);
      session.unconfirmed.sent(found.transIndexCode, this.clock.monotonicMs());
      session.sendText(found.text);
    }
    return found !== undefined;
  }
}

/** Where a command is to go: a session of its terminal, with the journal that the terminal has there. */
type Channel = { readonly session: TerminalSession; readonly journalGeneration: number; readonly errand: Errand };

const newThingsFor = (terminalUid: string): Errand => ({ terminalUid, hasJustConnected: false, outcomesWanted: false });

/** What was asked for more thoroughly stays so: some of it is asked for only once in the life of a channel. */
function join(errands: Map<string, Errand>, errand: Errand): void {
  const earlier = errands.get(errand.terminalUid) ?? errand;
  errands.set(errand.terminalUid, {
    terminalUid: errand.terminalUid,
    hasJustConnected: earlier.hasJustConnected || errand.hasJustConnected,
    outcomesWanted: earlier.outcomesWanted || errand.outcomesWanted,
  });
}

function toMessage({ seq, transIndexCode, expiresAt, request }: StoredCommand): Parameters<typeof encode>[0] {
  return { type: 'command', seq, transIndexCode, expiresAt: expiresAt.toISOString(), request };
}
