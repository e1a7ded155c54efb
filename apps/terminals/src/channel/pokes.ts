import { Inject, Injectable } from '@nestjs/common';
import { errors, type Msg } from '@nats-io/nats-core';
import { terminalOperations, type OperateTerminalV1 } from '@tillbridge/contracts';
import { Bus } from '@tillbridge/messaging';
import { LOG, type Log } from '@tillbridge/platform';

/**
 * What replicas tell the holder of a terminal's channel. Core NATS, stored nowhere and sometimes lost: a poke may only hurry things up, what it
 * is about stands in the database.
 */
export type Poke =
  /** Something new waits for the terminal: a command, or the wish to cancel one. */
  | { readonly kind: 'command' }
  /** Somebody wants to know what became of a command. */
  | { readonly kind: 'outcome' }
  /** The terminal has opened another channel; `version` is the number of its connection, the higher one is newer. */
  | { readonly kind: 'replaced'; readonly sessionId: string; readonly version: number };

/** What replicas ask the holder of a terminal's channel. Only the one who has it answers. */
export type Question = { readonly kind: 'liveness' } | { readonly kind: 'operate'; readonly operation: OperateTerminalV1['operation'] };

/** `liveness`: milliseconds. `done` null: the terminal did not answer in time. */
export type HolderAnswer = { readonly ageMs: number; readonly rttMs?: number } | { readonly done: boolean | null };

export type Listener = {
  readonly hear: (poke: Poke) => void;
  /** Undefined when this is not the terminal's channel, or not any more: then somebody else may answer. */
  readonly answer: (question: Question) => Promise<HolderAnswer> | undefined;
};

// Not below `pos.terminals.`: those subjects are kept in a stream.
const subjectOf = (terminalUid: string): string => `pos.channel.${terminalUid}`;

@Injectable()
export class Pokes {
  constructor(
    @Inject(Bus) private readonly bus: Bus,
    @Inject(LOG) private readonly log: Log,
  ) {}

  send(terminalUid: string, poke: Poke): void {
    if (this.bus.connection.isClosed()) return;
    this.bus.connection.publish(subjectOf(terminalUid), JSON.stringify(poke));
  }

  /** `nobody`: no replica has a channel of this terminal. `silence`: one may have, and did not answer in time. */
  async ask(terminalUid: string, question: Question, timeoutMs: number): Promise<HolderAnswer | 'nobody' | 'silence'> {
    try {
      const reply = await this.bus.connection.request(subjectOf(terminalUid), JSON.stringify(question), { timeout: timeoutMs });
      return reply.json<HolderAnswer>();
    } catch (error) {
      // Without anybody who listens, a request ends at once.
      if (error instanceof errors.NoRespondersError || (error instanceof errors.RequestError && error.isNoResponders())) return 'nobody';
      this.log.warn({ err: error, terminalUid }, 'the holder of a channel did not answer');
      return 'silence';
    }
  }

  /** Hears the pokes of a terminal until the returned function is called. */
  listen(terminalUid: string, listener: Listener): () => void {
    const subscription = this.bus.connection.subscribe(subjectOf(terminalUid), {
      callback: (error, message) => {
        if (error !== null) return this.log.error({ err: error, terminalUid }, 'the subscription of a terminal failed');
        const text = message.string();
        const poke = readPoke(text);
        if (poke !== undefined) return listener.hear(poke);
        const question = readQuestion(text);
        if (question !== undefined) void this.respond(message, listener.answer(question));
      },
    });
    return () => subscription.unsubscribe();
  }

  private async respond(message: Msg, answer: Promise<HolderAnswer> | undefined): Promise<void> {
    if (answer !== undefined) message.respond(JSON.stringify(await answer));
  }
}

/** Undefined for what a newer release may say and this one does not know. */
export function readPoke(text: string): Poke | undefined {
  const poke = parse(text);
  const { kind, sessionId, version } = poke ?? {};
  if (kind === 'command' || kind === 'outcome') return { kind };
  if (kind !== 'replaced' || typeof sessionId !== 'string' || typeof version !== 'number') return undefined;
  return { kind, sessionId, version };
}

/** Undefined for what a newer release may ask and this one does not know. */
export function readQuestion(text: string): Question | undefined {
  const { kind, operation } = parse(text) ?? {};
  if (kind === 'liveness') return { kind };
  const known = terminalOperations.find((each) => each === operation);
  return kind === 'operate' && known !== undefined ? { kind, operation: known } : undefined;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
