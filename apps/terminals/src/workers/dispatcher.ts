import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Clock } from '@tillbridge/kernel';
import { WriteLane } from '@tillbridge/messaging';
import { CLOCK, LOG, Loop, type Log, type StepOutcome } from '@tillbridge/platform';
import { encode } from '@tillbridge/protocol';
import { SessionsHere } from '../channel/sessions-here.js';
import type { TerminalSession } from '../channel/session.js';
import { decide, isForgotten } from '../domain/command.js';
import { CommandStore, type StoredCommand, type WaitingCommand } from '../store/command-store.js';
import { Presence } from './presence.js';

/** Makes up for lost pokes and failed attempts. */
const SWEEP_MS = 1_000;
/** Longer than any terminal takes to acknowledge, and short beside the minutes that a payment has. */
const RESEND_AFTER_MS = 5_000;
const MAX_TERMINALS_UNDER_WAY = 500;
/** Of each kind: never sent, sent, sent and expired. */
const MAX_COMMANDS_PER_TERMINAL = 16;

/**
 * `new`: what was never sent, and what was sent so long ago that an acknowledgement should have come. `all`: everything that was sent and not
 * acknowledged, expired or not, as a terminal needs it that has just connected.
 */
export type Scope = 'new' | 'all';

/**
 * Sends commands to the terminals that are connected here. That a command leaves is recorded before its first byte does, so that a crash cannot
 * make it untrue; sending it twice is harmless, because a terminal executes each number once.
 */
@Injectable()
export class Dispatcher implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly wanted = new Map<string, Scope>();
  /** Terminals whose last attempt failed: the next sweep tries again. */
  private readonly failed = new Map<string, Scope>();
  /** What is being sent, by terminal. Terminals do not wait for each other: one command that cannot be had just now must not hold up the rest. */
  private readonly underWay = new Map<string, Promise<void>>();
  private sweptAtMs = 0;
  private readonly loop: Loop;

  constructor(
    @Inject(WriteLane) private readonly lane: WriteLane,
    @Inject(CommandStore) private readonly commands: CommandStore,
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

  /** There may be something to send to this terminal. */
  dispatch(terminalUid: string, scope: Scope): void {
    this.want(terminalUid, scope);
    this.loop.wake();
  }

  private want(terminalUid: string, scope: Scope): void {
    if (scope === 'all' || !this.wanted.has(terminalUid)) this.wanted.set(terminalUid, scope);
  }

  /** `all` stays `all`: what it asks for is asked for only once in the life of a channel. */
  private fail(terminalUid: string, scope: Scope): void {
    if (scope === 'all' || !this.failed.has(terminalUid)) this.failed.set(terminalUid, scope);
  }

  private async step(): Promise<StepOutcome> {
    if (this.clock.monotonicMs() - this.sweptAtMs >= SWEEP_MS) await this.sweep();
    const batch = this.takeBatch();
    if (batch.size === 0) return 'idle';
    await this.start(batch);
    return this.wanted.size > 0 ? 'more' : 'idle';
  }

  private async sweep(): Promise<void> {
    const overlooked = await this.commands.overlooked(this.presence.replicaId, this.clock.now(), MAX_TERMINALS_UNDER_WAY);
    for (const terminalUid of overlooked) this.want(terminalUid, 'new');
    for (const [terminalUid, scope] of this.failed) this.want(terminalUid, scope);
    this.failed.clear();
    this.sweptAtMs = this.clock.monotonicMs();
    for (const { unconfirmed, welcomedAs } of this.sessions.all()) {
      if (welcomedAs !== undefined && unconfirmed.giveUpWaiting(this.sweptAtMs, RESEND_AFTER_MS)) this.want(welcomedAs.terminalUid, 'new');
    }
  }

  /** Wanted terminals to which nothing is being sent; the others have their turn after that. */
  private takeBatch(): Map<string, Scope> {
    const batch = new Map<string, Scope>();
    for (const [terminalUid, scope] of this.wanted) {
      if (this.underWay.size + batch.size >= MAX_TERMINALS_UNDER_WAY) break;
      if (!this.underWay.has(terminalUid)) batch.set(terminalUid, scope);
    }
    for (const terminalUid of batch.keys()) this.wanted.delete(terminalUid);
    return batch;
  }

  private async start(batch: ReadonlyMap<string, Scope>): Promise<void> {
    const terminals = Array.from(batch, ([terminalUid, scope]) => ({ terminalUid, withExpired: scope === 'all' }));
    const found = await this.commands.unsent(terminals, this.clock.now(), MAX_COMMANDS_PER_TERMINAL).catch((error: unknown) => {
      for (const [terminalUid, scope] of batch) this.fail(terminalUid, scope);
      throw error;
    });
    for (const [terminalUid, commands] of Map.groupBy(found, (command) => command.terminalUid)) {
      const run = this.sendAll(terminalUid, commands, batch.get(terminalUid) ?? 'new').finally(() => {
        this.underWay.delete(terminalUid);
        if (this.wanted.size > 0) this.loop.wake();
      });
      this.underWay.set(terminalUid, run);
    }
  }

  private async sendAll(terminalUid: string, commands: readonly WaitingCommand[], scope: Scope): Promise<void> {
    const session = this.sessions.find(terminalUid);
    if (session?.welcomedAs === undefined) return;
    const { journalGeneration } = session.welcomedAs;
    const due = commands.filter(({ state, transIndexCode }) => state === 'pending' || !session.unconfirmed.has(transIndexCode));
    await Promise.all(due.map((waiting) => this.trySend(waiting, { session, journalGeneration, scope })));
  }

  private async trySend(waiting: WaitingCommand, channel: Channel): Promise<void> {
    try {
      const wasFree = await this.send(waiting, channel);
      if (!wasFree) this.fail(waiting.terminalUid, channel.scope);
    } catch (error) {
      // One terminal's trouble must not hold up the others. A commit may have happened whose outcome we never heard: the command then is found as
      // sent, but not by this channel, and leaves at the next attempt.
      this.log.warn({ err: error, transactionId: waiting.transactionId }, 'a command could not be sent yet');
      this.fail(waiting.terminalUid, channel.scope);
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
type Channel = { readonly session: TerminalSession; readonly journalGeneration: number; readonly scope: Scope };

function toMessage({ seq, transIndexCode, expiresAt, request }: StoredCommand): Parameters<typeof encode>[0] {
  return { type: 'command', seq, transIndexCode, expiresAt: expiresAt.toISOString(), request };
}
