import { newId, type Clock } from '@tillbridge/kernel';
import type { Log } from '@tillbridge/platform';
import {
  CHANNEL_CLOSE,
  decode,
  encode,
  isTerminalMessage,
  type HelloMessage,
  type ServerMessage,
  type TerminalMessage,
} from '@tillbridge/protocol';
import {
  CLOSE_TRY_AGAIN_LATER,
  HELLO_LIMIT_MS,
  MAX_QUEUED_MESSAGES,
  MAX_UNSENT_BYTES,
  MIN_UNANSWERED_PINGS,
  PING_INTERVAL_MS,
  RESUME_AT_QUEUED_MESSAGES,
  SILENCE_LIMIT_MS,
} from './limits.js';
import type { Pipe } from './pipe.js';
import { RecentCauses } from './recent-causes.js';
import { RoundTrips } from './round-trips.js';
import { UnconfirmedCommands } from './unconfirmed-commands.js';

/** The messages of a terminal that mean work. */
export type WorkMessage = Exclude<TerminalMessage, { type: 'hello' | 'pong' }>;

/** Whose channel it is; `version` is the number of the connection, the higher one is newer; `journalGeneration` is which journal the terminal has now. */
export type Identity = { readonly terminalUid: string; readonly version: number; readonly journalGeneration: number };

/** Who does the work. Each call ends before the next message of the same terminal is taken. */
export type SessionHost = {
  /** Finds out who it is: ends with `welcome` or `close`. */
  readonly greet: (session: TerminalSession, hello: HelloMessage) => Promise<void>;
  readonly take: (session: TerminalSession, identity: Identity, message: WorkMessage) => Promise<void>;
  /** The channel is gone. Called once. */
  readonly ended: (session: TerminalSession) => void;
};

/** `ageMs`: how long ago the terminal was heard. `rttMs`: the last round trip, absent before the first one. */
export type Liveness = { readonly ageMs: number; readonly rttMs?: number };

/** One channel of a terminal: its limits, its liveness, and its messages in their order. It decides nothing about payments. */
export class TerminalSession {
  readonly id = newId();
  readonly causes = new RecentCauses();
  readonly unconfirmed = new UnconfirmedCommands();
  readonly unansweredCancels = new UnconfirmedCommands();
  private readonly roundTrips: RoundTrips;
  private phase: 'before-hello' | 'greeting' | 'welcomed' | 'closed' = 'before-hello';
  private identity: Identity | undefined;
  private readonly queue: TerminalMessage[] = [];
  private working = false;
  private readonly helloTimer: NodeJS.Timeout;
  private readonly silenceTimer: NodeJS.Timeout;
  private pingTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly pipe: Pipe,
    private readonly host: SessionHost,
    private readonly parts: { clock: Clock; log: Log },
  ) {
    this.roundTrips = new RoundTrips(parts.clock.monotonicMs());
    this.helloTimer = setTimeout(() => this.close(CHANNEL_CLOSE.helloTimeout), HELLO_LIMIT_MS);
    this.silenceTimer = setTimeout(() => this.hearNothing(), SILENCE_LIMIT_MS);
    pipe.attach({ received: (text) => this.receive(text), ended: () => this.end() });
  }

  /** Whose channel it is, once it was welcomed and as long as it is open. */
  get welcomedAs(): Identity | undefined {
    return this.phase === 'welcomed' ? this.identity : undefined;
  }

  get liveness(): Liveness {
    const { lastMs } = this.roundTrips;
    return { ageMs: this.roundTrips.ageMs(this.parts.clock.monotonicMs()), ...(lastMs === undefined ? {} : { rttMs: lastMs }) };
  }

  isClosed(): boolean {
    return this.phase === 'closed';
  }

  /** The terminal has proved who it is. From now on it may be sent commands. */
  welcome(identity: Identity, storedJournalNo: number): void {
    if (this.phase !== 'greeting') return;
    this.phase = 'welcomed';
    this.identity = identity;
    this.send({ type: 'welcome', sessionId: this.id, pingIntervalMs: PING_INTERVAL_MS, storedJournalNo });
    this.pingTimer = setInterval(
      () => this.send({ type: 'ping', t: this.roundTrips.ping(this.parts.clock.monotonicMs()) }),
      PING_INTERVAL_MS,
    );
  }

  send(message: ServerMessage): void {
    this.sendText(encode(message));
  }

  /** For a message that was encoded before, to find out whether it fits. */
  sendText(encoded: string): void {
    if (this.phase !== 'welcomed' || !this.pipe.isOpen) return;
    if (this.pipe.unsentBytes > MAX_UNSENT_BYTES) return this.cut('not reading');
    this.pipe.send(encoded);
  }

  /** Closes in good order; a terminal that does not answer in time is cut off. Messages that wait are dropped: unacknowledged, they come again. */
  close(code: number, reason = ''): void {
    if (this.phase === 'closed') return;
    this.stop();
    this.pipe.close(code, reason);
  }

  private cut(reason: string): void {
    this.parts.log.info({ sessionId: this.id, terminalUid: this.identity?.terminalUid, reason }, 'a channel was cut');
    this.stop();
    this.pipe.cut();
  }

  private hearNothing(): void {
    // While we do not listen it cannot be heard.
    if (this.pipe.isPaused || this.wasNotAsked()) return void this.silenceTimer.refresh();
    const quietForMs = this.liveness.ageMs;
    // What came while the process was busy is read before this runs; then the terminal was not silent, and has its time anew.
    setImmediate(() => {
      if (this.phase !== 'closed' && this.liveness.ageMs >= quietForMs) this.cut('silent');
    });
  }

  private wasNotAsked(): boolean {
    return this.phase === 'welcomed' && this.roundTrips.unanswered < MIN_UNANSWERED_PINGS;
  }

  private hear(): number {
    const nowMs = this.parts.clock.monotonicMs();
    this.roundTrips.hear(nowMs);
    this.silenceTimer.refresh();
    return nowMs;
  }

  private receive(text: string): void {
    if (this.phase === 'closed') return;
    const nowMs = this.hear();
    const decoded = decode(text);
    if (!decoded.ok) return this.refuse(decoded.reason);
    const { message } = decoded;
    if (!isTerminalMessage(message)) return this.refuse(`${message.type} is not for servers`);
    if ((message.type === 'hello') !== (this.phase === 'before-hello')) return this.refuse(`${message.type} comes at the wrong time`);
    if (message.type === 'pong') return this.roundTrips.pong(message.t, nowMs);
    if (message.type === 'hello') {
      clearTimeout(this.helloTimer);
      this.phase = 'greeting';
    }
    this.queue.push(message);
    // What the socket had read before still comes, at most two of its chunks of 64 KiB.
    if (this.queue.length >= MAX_QUEUED_MESSAGES) this.pipe.pause();
    void this.work();
  }

  private refuse(reason: string): void {
    this.parts.log.warn({ sessionId: this.id, terminalUid: this.identity?.terminalUid, reason }, 'a terminal broke the protocol');
    // Close reasons are limited to 123 bytes.
    this.close(CHANNEL_CLOSE.protocolError, reason.slice(0, 120));
  }

  /** One message after the other: a terminal's acknowledgement must not be overtaken by its result. */
  private async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    for (let message = this.queue.shift(); message !== undefined; message = this.queue.shift()) {
      await this.handle(message);
      this.listenAgain();
    }
    this.working = false;
  }

  private listenAgain(): void {
    if (!this.pipe.isPaused || this.queue.length > RESUME_AT_QUEUED_MESSAGES || this.phase === 'closed') return;
    this.silenceTimer.refresh();
    this.pipe.resume();
  }

  private async handle(message: TerminalMessage): Promise<void> {
    try {
      if (message.type === 'hello') return await this.host.greet(this, message);
      if (message.type !== 'pong' && this.identity !== undefined) await this.host.take(this, this.identity, message);
    } catch (error) {
      // Nothing was acknowledged, so the terminal says it again: a hello on its next channel, a result after its next welcome or ping.
      this.parts.log.error(
        { err: error, sessionId: this.id, terminalUid: this.identity?.terminalUid, type: message.type },
        'a message of a terminal failed',
      );
      if (message.type === 'hello') this.close(CLOSE_TRY_AGAIN_LATER);
    }
  }

  private stop(): void {
    this.phase = 'closed';
    this.queue.length = 0;
    clearTimeout(this.helloTimer);
    clearTimeout(this.silenceTimer);
    clearInterval(this.pingTimer);
  }

  private end(): void {
    this.stop();
    this.host.ended(this);
  }
}
