import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { authenticateTerminal, credentialsChanged, isAbout, type CredentialsChangedV1 } from '@tillbridge/contracts';
import { FactListener, newCause, RequestClient } from '@tillbridge/messaging';
import { LOG, Loop, type Log, type StepOutcome } from '@tillbridge/platform';
import { CHANNEL_CLOSE } from '@tillbridge/protocol';
import type { TerminalSession } from './session.js';

/** With what a terminal was let in, and as whose. */
export type Credentials = {
  readonly terminalSn: string;
  readonly keyHash: string;
  readonly terminalUid: string;
  readonly clientId: string;
  readonly merchantId: string;
};

/** So many are asked about at a time: a developer may have thousands of terminals, and those that connect just now ask as well. */
const MAX_CHECKS_AT_ONCE = 16;
const ASK_AGAIN_MS = 1_000;

/**
 * Closes the channels of terminals that may not connect any more: suspended, without their key, or of a merchant or developer that is suspended.
 *
 * When credentials change, the owner is asked again about each channel they may be about, and only what it refuses is closed. Closing all and
 * letting them come back would be simpler, but a developer that rotates its secret would throw all its shops off their channels. After a gap,
 * when facts may have been missed, all channels are asked about in the same way, a few at a time: that also staggers it. A channel whose
 * check finds no answer stays open and is asked about again, for the owner cannot be away for long after it has told a change.
 */
@Injectable()
export class CredentialWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly watched = new Map<TerminalSession, Credentials>();
  private readonly due = new Set<TerminalSession>();
  private readonly loop: Loop;
  private changes = 0;

  constructor(
    @Inject(FactListener) private readonly facts: FactListener,
    @Inject(RequestClient) private readonly client: RequestClient,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.loop = new Loop('credential-watch', () => this.step(), { tickMs: ASK_AGAIN_MS, log });
  }

  onApplicationBootstrap(): void {
    this.facts.listen(
      credentialsChanged,
      (change) => this.hear(change),
      () => this.checkWhere(() => true),
    );
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** How many changes were heard of; to be read before the owner is asked, and given to {@link watch} with its answer. */
  get heard(): number {
    return this.changes;
  }

  /** From now on until {@link forget}. When a change was heard of since the owner was asked, its answer may be older, and it is asked again. */
  watch(session: TerminalSession, credentials: Credentials, heardBefore: number): void {
    this.watched.set(session, credentials);
    if (this.changes !== heardBefore) this.check([session]);
  }

  forget(session: TerminalSession): void {
    this.watched.delete(session);
    this.due.delete(session);
  }

  private hear(change: CredentialsChangedV1): void {
    // Tokens are the tills' business.
    if (change.tokenUid === undefined) this.checkWhere((held) => isAbout(change, held));
  }

  private checkWhere(isMeant: (held: Credentials) => boolean): void {
    this.changes += 1;
    this.check([...this.watched].filter(([, held]) => isMeant(held)).map(([session]) => session));
  }

  private check(sessions: readonly TerminalSession[]): void {
    for (const session of sessions) this.due.add(session);
    if (sessions.length > 0) this.loop.wake();
  }

  private async step(): Promise<StepOutcome> {
    const batch = [...this.due].slice(0, MAX_CHECKS_AT_ONCE);
    const answered = await Promise.all(batch.map((session) => this.recheck(session)));
    return this.due.size > 0 && !answered.includes(false) ? 'more' : 'idle';
  }

  /** False when nobody could tell. */
  private async recheck(session: TerminalSession): Promise<boolean> {
    const held = this.watched.get(session);
    // Taken out first: a change that is heard of while the owner answers makes it due again.
    this.due.delete(session);
    if (held === undefined || session.isClosed()) return true;
    const { terminalSn, keyHash, terminalUid } = held;
    const reply = await this.client.query(authenticateTerminal, { terminalSn, keyHash }, newCause());
    if (reply.outcome === 'done' && reply.value.terminalUid === terminalUid) return true;
    if (reply.outcome === 'done' || reply.outcome === 'refused') {
      this.log.info({ terminalUid, terminalSn }, 'a terminal may not be connected any more');
      session.close(CHANNEL_CLOSE.notAuthorised);
      return true;
    }
    if (this.watched.has(session)) this.due.add(session);
    return false;
  }
}
