import { Inject, Injectable } from '@nestjs/common';
import type { Subscription } from '@nats-io/nats-core';
import { Bus } from '@tillbridge/messaging';
import { LOG, type Log } from '@tillbridge/platform';

/**
 * What replicas tell the holder of a terminal's channel. Core NATS, stored nowhere and sometimes lost: a poke may only hurry things up, what it
 * is about stands in the database.
 */
export type Poke =
  /** A command waits for the terminal. */
  | { readonly kind: 'command' }
  /** The terminal has opened another channel; `version` is the number of its connection, the higher one is newer. */
  | { readonly kind: 'replaced'; readonly sessionId: string; readonly version: number };

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

  /** Hears the pokes of a terminal until the returned function is called. */
  listen(terminalUid: string, onPoke: (poke: Poke) => void): () => void {
    const subscription: Subscription = this.bus.connection.subscribe(subjectOf(terminalUid), {
      callback: (error, message) => {
        if (error !== null) return this.log.error({ err: error, terminalUid }, 'the subscription of a terminal failed');
        const poke = readPoke(message.string());
        if (poke !== undefined) onPoke(poke);
      },
    });
    return () => subscription.unsubscribe();
  }
}

/** Undefined for what a newer release may say and this one does not know. */
export function readPoke(text: string): Poke | undefined {
  const poke = parse(text);
  if (poke?.['kind'] === 'command') return { kind: 'command' };
  const { sessionId, version } = poke ?? {};
  if (poke?.['kind'] !== 'replaced' || typeof sessionId !== 'string' || typeof version !== 'number') return undefined;
  return { kind: 'replaced', sessionId, version };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
