import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Clock } from '@tillbridge/kernel';
import { WriteLane } from '@tillbridge/messaging';
import { CLOCK, LOG, type Log } from '@tillbridge/platform';
import { CHANNEL_CLOSE } from '@tillbridge/protocol';
import { setTimeout as delay } from 'node:timers/promises';
import { Intake } from './intake.js';
import { MAX_CHANNELS } from './limits.js';
import type { Pipe } from './pipe.js';
import { Reception } from './reception.js';
import { TerminalSession, type SessionHost } from './session.js';

const DRAIN_POLL_MS = 20;

/** All channels of this replica, whatever carries them: how many there may be, and that they are all closed when the replica goes away. */
@Injectable()
export class Channels implements OnModuleDestroy {
  private readonly sessions = new Set<TerminalSession>();
  private readonly host: SessionHost;
  private isLeaving = false;

  constructor(
    @Inject(Reception) reception: Reception,
    @Inject(Intake) intake: Intake,
    @Inject(WriteLane) private readonly lane: WriteLane,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.host = {
      greet: (session, hello) => reception.greet(session, hello),
      take: (session, identity, message) => intake.take(session, identity, message),
      ended: (session) => {
        this.sessions.delete(session);
        reception.leave(session, this.isLeaving);
      },
    };
  }

  /** False when this replica is full or on its way out: the terminal should go elsewhere. */
  get isOpen(): boolean {
    return !this.isLeaving && this.sessions.size < MAX_CHANNELS;
  }

  /** Begins a channel on this pipe. `onEnd` is called once, when it is over. */
  open(pipe: Pipe, onEnd: () => void = () => undefined): TerminalSession {
    const host: SessionHost = {
      ...this.host,
      ended: (ended) => {
        onEnd();
        this.host.ended(ended);
      },
    };
    const session = new TerminalSession(pipe, host, { clock: this.clock, log: this.log });
    this.sessions.add(session);
    if (this.isLeaving) session.close(CHANNEL_CLOSE.serviceRestart);
    return session;
  }

  /** Ends when all channels are closed and everything that was taken in from them is recorded. */
  async onModuleDestroy(): Promise<void> {
    this.isLeaving = true;
    for (const session of this.sessions) session.close(CHANNEL_CLOSE.serviceRestart);
    // Sessions are cut off when they do not close in time, and statements have a timeout, so this ends.
    while (this.sessions.size > 0 || !this.lane.isIdle) await delay(DRAIN_POLL_MS);
  }
}
