import { CLOSE_LIMIT_MS } from './limits.js';
import type { Pipe, PipeEvents } from './pipe.js';

/** What a poll brings back: messages of the server, and how the channel was closed, if it was. */
export type PollAnswer = {
  readonly messages: readonly unknown[];
  readonly close?: { readonly code: number; readonly reason: string };
};

export type Poll = {
  readonly answer: Promise<PollAnswer>;
  /** Whoever polled is gone: what there is to say waits for the next poll. */
  readonly abandon: () => void;
};

const NOTHING: PollAnswer = { messages: [] };

/**
 * A channel that is carried by polls: each brings messages of the terminal, and waits until there is something to say. One poll waits at a time; a newer
 * one takes over, and the older one ends with nothing, because its connection may be dead. What was said into an answer that never arrived is
 * lost, as with a WebSocket that breaks: whatever matters is said again until it is answered.
 */
export class LongPollPipe implements Pipe {
  private events: PipeEvents | undefined;
  private outgoing: string[] = [];
  private outgoingBytes = 0;
  private waiting: ((answer: PollAnswer) => void) | undefined;
  private closing: { code: number; reason: string } | undefined;
  private hasEnded = false;
  isPaused = false;

  attach(events: PipeEvents): void {
    this.events = events;
  }

  get isOpen(): boolean {
    return this.closing === undefined && !this.hasEnded;
  }

  /** Has it nothing more to say, not even that it is closed? */
  get isOver(): boolean {
    return this.hasEnded;
  }

  get unsentBytes(): number {
    return this.outgoingBytes;
  }

  poll(texts: readonly string[]): Poll {
    this.answerWith(NOTHING);
    const answer = new Promise<PollAnswer>((resolve) => {
      this.waiting = resolve;
    });
    const own = this.waiting;
    for (const text of texts) this.events?.received(text);
    this.answerSoon();
    const abandon = (): void => {
      if (this.waiting === own) this.answerWith(NOTHING);
    };
    return { answer, abandon };
  }

  send(text: string): void {
    this.outgoing.push(text);
    this.outgoingBytes += Buffer.byteLength(text);
    this.answerSoon();
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.closing = { code, reason };
    this.answerSoon();
    setTimeout(() => this.cut(), CLOSE_LIMIT_MS).unref();
  }

  cut(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.answerWith(NOTHING);
    setImmediate(() => this.events?.ended());
  }

  /** Not at once: what is said in the same turn travels together. */
  private answerSoon(): void {
    if (this.waiting !== undefined) setImmediate(() => this.answerIfThereIsSomething());
  }

  private answerIfThereIsSomething(): void {
    if (this.waiting === undefined || (this.outgoing.length === 0 && this.closing === undefined)) return;
    const messages = this.outgoing.map((text): unknown => JSON.parse(text));
    this.outgoing = [];
    this.outgoingBytes = 0;
    this.answerWith({ messages, ...(this.closing === undefined ? {} : { close: this.closing }) });
    if (this.closing !== undefined) this.cut();
  }

  private answerWith(answer: PollAnswer): void {
    this.waiting?.(answer);
    this.waiting = undefined;
  }
}
