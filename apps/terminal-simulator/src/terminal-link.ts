import { assert, retryDelayMs, type RetrySchedule } from '@tillbridge/kernel';
import {
  CHANNEL_CLOSE,
  decode,
  encode,
  type HelloMessage,
  isTerminalMessage,
  MAX_CHANNEL_MESSAGE_BYTES,
  type ServerMessage,
  TERMINAL_CHANNEL_PATH,
  type TerminalMessage,
} from '@tillbridge/protocol';
import { type RawData, WebSocket } from 'ws';

/** A line for the operator; never carries keys or whole messages. */
export type Log = (message: string, details: Readonly<Record<string, unknown>>) => void;

export type LinkOptions = {
  /** replicas of the server, `ws://host:port`; tried in turn */
  urls: readonly string[];
  /** the first message of each connection, made when it opens */
  hello: () => HelloMessage;
  /** called for each sound message of the server; the link is welcomed before it hears of `welcome` */
  onMessage: (message: ServerMessage) => void;
  /** a number in [0, 1) */
  random: () => number;
  /** without any message of the server for so long, pings included, the connection counts as dead though it looks open; default 20 s */
  silenceLimitMs?: number;
  log: Log;
};

const RECONNECT: RetrySchedule = { delaysMs: [100, 200, 400, 800], thenEveryMs: 1000, giveUpAfterMs: Infinity, jitter: 0.2 };
/** A refused key or a rival with the same serial number does not go away in milliseconds: start at the longest delay. */
const ATTEMPT_WHEN_UNWELCOME = RECONNECT.delaysMs.length + 1;
const HANDSHAKE_TIMEOUT_MS = 5000;
const SILENCE_LIMIT_MS = 20_000;
const CLOSE_WAIT_MS = 1000;
const GOING_AWAY = 1001;

/** One terminal's connection to the server: opens it, says hello, notices when it is dead, and opens the next one, until stopped. */
export class TerminalLink {
  readonly #options: LinkOptions;
  #socket: WebSocket | undefined;
  #welcomed = false;
  #stopped = false;
  #connections = 0;
  #failures = 0;
  #silenced = false;
  /** How long the next connection waits at least: the terminal is off. */
  #offMs = 0;
  #silenceTimer: NodeJS.Timeout | undefined;
  #reconnectTimer: NodeJS.Timeout | undefined;

  constructor(options: LinkOptions) {
    assert(options.urls.length > 0, 'a terminal needs a server to connect to');
    this.#options = options;
  }

  /** Whether the server has welcomed the terminal on the present connection. */
  get connected(): boolean {
    return this.#welcomed;
  }

  start(): void {
    assert(this.#socket === undefined && !this.#stopped, 'a link starts once');
    this.#connect();
  }

  /** Sends the message if the terminal is connected; what is lost otherwise must be sent again by its owner after the next welcome. */
  send(message: TerminalMessage): boolean {
    if (this.#silenced || !this.#welcomed || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(encode(message));
    return true;
  }

  /** Gives up the present connection for a new one, with a new hello; not before `offMs`, as after a loss of power. */
  reconnect(offMs = 0): void {
    if (this.#stopped || this.#socket === undefined) return;
    this.#welcomed = false;
    if (this.#socket.readyState === WebSocket.CLOSED) return this.#connectLater(offMs);
    this.#offMs = offMs;
    this.#socket.terminate();
  }

  /** From now on nothing is heard and nothing said, while the socket stays open: a terminal whose program hangs. */
  silence(on: boolean): void {
    const wasSilenced = this.#silenced;
    this.#silenced = on;
    // A hello that was not said is late by now, and the next connection says one.
    if (wasSilenced && !on && !this.#welcomed) this.#socket?.terminate();
  }

  /** Closes in good order, or after a second without one. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#reconnectTimer);
    const socket = this.#socket;
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return;
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => socket.terminate(), CLOSE_WAIT_MS);
      socket.once('close', () => {
        clearTimeout(force);
        resolve();
      });
      socket.close(GOING_AWAY);
    });
  }

  #connect(): void {
    const base = this.#options.urls[this.#connections % this.#options.urls.length];
    this.#connections += 1;
    const socket = new WebSocket(new URL(TERMINAL_CHANNEL_PATH, base), {
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      maxPayload: MAX_CHANNEL_MESSAGE_BYTES,
      perMessageDeflate: false,
    });
    this.#socket = socket;
    socket.on('open', () => {
      this.#heard();
      if (!this.#silenced) socket.send(encode(this.#options.hello()));
    });
    socket.on('message', (received) => {
      this.#heard();
      // What was under way when the terminal cut the channel is not heard any more.
      if (!this.#silenced && socket.readyState === WebSocket.OPEN) this.#receive(received);
    });
    // An error is always followed by a close, which is where the link goes on from.
    socket.on('error', (error) => {
      if (!this.#stopped) this.#options.log('channel error', { url: base, error: error.message });
    });
    socket.on('close', (code) => this.#closed(code));
  }

  #receive(received: RawData): void {
    const decoded = decode(Buffer.isBuffer(received) ? received.toString('utf8') : '');
    if (!decoded.ok) {
      // One message that this version does not understand must not cost the terminal its channel.
      this.#options.log('message ignored', { reason: decoded.reason });
      return;
    }
    const { message } = decoded;
    if (isTerminalMessage(message)) {
      this.#options.log('message ignored', { reason: `${message.type} is not for terminals` });
      return;
    }
    if (message.type === 'welcome') {
      this.#welcomed = true;
      this.#failures = 0;
      this.#options.log('channel open', {});
    }
    if (this.#welcomed) this.#options.onMessage(message);
  }

  #heard(): void {
    clearTimeout(this.#silenceTimer);
    const limitMs = this.#options.silenceLimitMs ?? SILENCE_LIMIT_MS;
    this.#silenceTimer = setTimeout(() => {
      this.#options.log('channel silent', { limitMs });
      this.#socket?.terminate();
    }, limitMs);
  }

  #closed(code: number): void {
    clearTimeout(this.#silenceTimer);
    this.#welcomed = false;
    if (this.#stopped) return;
    const unwelcome = code === CHANNEL_CLOSE.notAuthorised || code === CHANNEL_CLOSE.replaced;
    this.#failures = unwelcome ? ATTEMPT_WHEN_UNWELCOME : this.#failures + 1;
    const retryMs = retryDelayMs(RECONNECT, this.#failures, 0, this.#options.random());
    assert(retryMs !== 'give-up', 'a terminal never gives up');
    const delayMs = Math.max(retryMs, this.#offMs);
    this.#offMs = 0;
    this.#options.log('channel closed', { code, reconnectInMs: delayMs });
    this.#connectLater(delayMs);
  }

  #connectLater(delayMs: number): void {
    clearTimeout(this.#reconnectTimer);
    this.#reconnectTimer = setTimeout(() => this.#connect(), delayMs);
  }
}
