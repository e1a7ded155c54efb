import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { terminalConnected, terminalDisconnected } from '@tillbridge/contracts';
import { newId, type Clock } from '@tillbridge/kernel';
import { newCause, WriteLane, type Cause } from '@tillbridge/messaging';
import { CLOCK, LOG, Loop, type Log, type StepOutcome } from '@tillbridge/platform';
import { CHANNEL_CLOSE } from '@tillbridge/protocol';
import { SessionsHere } from '../channel/sessions-here.js';
import { ConnectionStore, type Connected, type Connection } from '../store/connection-store.js';

const RENEW_MS = 2_000;
/** Shorter than the 15 s within which a terminal that does not answer must be found, longer than terminals need to connect elsewhere. */
const LEASE_SECONDS = 10;
const MAX_ENDINGS_A_STEP = 500;

/**
 * Keeps the record of which terminal is connected, and tells it.
 *
 * A replica that goes away, in good order or not, tells nothing about its terminals: nearly all of them are back on another replica within a
 * second, and a fact for each of them at every rollout would be a storm about nothing. What stays is its lease: when that has run out, another
 * replica ends the connections of those that did not come back.
 */
@Injectable()
export class Presence implements OnApplicationBootstrap, OnModuleDestroy {
  /** Names this run of this process. */
  readonly replicaId = newId();
  /** The terminals of sessions of this replica whose end is still to be recorded, by session: a later end must not make us forget an earlier one. */
  private readonly endings = new Map<string, string>();
  private renewedAtMs = Number.NEGATIVE_INFINITY;
  private readonly loop: Loop;

  constructor(
    @Inject(WriteLane) private readonly lane: WriteLane,
    @Inject(ConnectionStore) private readonly connections: ConnectionStore,
    @Inject(SessionsHere) private readonly sessions: SessionsHere,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.loop = new Loop('presence', () => this.step(), { tickMs: RENEW_MS, log });
  }

  async onApplicationBootstrap(): Promise<void> {
    // Before the first connection, which would otherwise look like one of a dead replica.
    await this.connections.renewLease(this.replicaId, LEASE_SECONDS);
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** Records a channel as the terminal's newest one. */
  connect(channel: Omit<Connection, 'replicaId' | 'at'>, cause: Cause): Promise<Connected> {
    const { terminalUid, sessionId, appVersion } = channel;
    return this.lane.run({
      keys: [terminalUid],
      cause,
      perform: async (tx) => {
        const at = this.clock.now();
        const connected = await this.connections.connect(tx, { ...channel, replicaId: this.replicaId, at });
        const { version } = connected;
        tx.say(terminalConnected, { id: terminalUid, version }, { terminalUid, sessionId, version, at: at.toISOString(), appVersion });
        return connected;
      },
    });
  }

  /** The channel is gone. Recorded soon, and as often tried as it takes. */
  end(terminalUid: string, sessionId: string): void {
    this.endings.set(sessionId, terminalUid);
    this.loop.wake();
  }

  private async step(): Promise<StepOutcome> {
    if (this.clock.monotonicMs() - this.renewedAtMs >= RENEW_MS) await this.renew();
    const batch = [...this.endings].slice(0, MAX_ENDINGS_A_STEP);
    await Promise.all(batch.map(([sessionId, terminalUid]) => this.recordEnd(terminalUid, sessionId, 'ours')));
    for (const [sessionId] of batch) this.endings.delete(sessionId);
    return this.endings.size > 0 ? 'more' : 'idle';
  }

  private async renew(): Promise<void> {
    const hasLapsed = await this.connections.renewLease(this.replicaId, LEASE_SECONDS);
    this.renewedAtMs = this.clock.monotonicMs();
    await this.closeEndedByOthers();
    // Whoever was away itself gives the others a round to come back before it takes them for dead.
    if (hasLapsed) return;
    const orphans = await this.connections.orphans(LEASE_SECONDS, MAX_ENDINGS_A_STEP);
    // Looked up anew in each round and never kept: by the next round their replica may have come back.
    await Promise.all(orphans.map(({ terminalUid, sessionId }) => this.recordEnd(terminalUid, sessionId, 'of-a-dead-replica')));
    await this.connections.forgetDeadReplicas(LEASE_SECONDS);
  }

  /**
   * They are recorded as disconnected and would get no command; a new hello puts that right. Asked in every round, because nothing here tells for sure
   * that it happened: a renewal may have been recorded without our hearing of it, this question may have failed, and another replica may end
   * a connection just after we came back.
   */
  private async closeEndedByOthers(): Promise<void> {
    const ended = new Set(await this.connections.endedByOthers(this.replicaId));
    const sessions = ended.size === 0 ? [] : this.sessions.all().filter((session) => ended.has(session.id));
    if (sessions.length === 0) return;
    this.log.warn({ ended: sessions.length }, 'this replica was taken for dead');
    for (const session of sessions) session.close(CHANNEL_CLOSE.serviceRestart);
  }

  private async recordEnd(terminalUid: string, sessionId: string, whose: 'ours' | 'of-a-dead-replica'): Promise<void> {
    await this.lane.run({
      keys: [terminalUid],
      cause: newCause(),
      perform: async (tx) => {
        const at = this.clock.now();
        const ending = { terminalUid, sessionId, at };
        const version =
          whose === 'ours'
            ? await this.connections.disconnect(tx, ending)
            : await this.connections.disconnectOrphan(tx, { ...ending, leaseSeconds: LEASE_SECONDS });
        if (version === undefined) return;
        tx.say(terminalDisconnected, { id: terminalUid, version }, { terminalUid, sessionId, version, at: at.toISOString() });
      },
    });
  }
}
