import { type Clock, unreachable } from '@tillbridge/kernel';
import { type CommandMessage, type HelloMessage, type ServerMessage, TERMINAL_CHANNEL_PROTOCOL } from '@tillbridge/protocol';
import { setTimeout as delay } from 'node:timers/promises';
import { cardAnswerTo, cardResponse, readPurchase, refusalResponse } from './card.js';
import { Journal, type JournalEntry } from './journal.js';
import { Ledger, type LedgerEntry } from './ledger.js';
import { type LinkOptions, TerminalLink } from './terminal-link.js';

/** `key`: what the terminal shows to the server. `thinkTimeMs`: from the start of a payment to its result, card and host together. */
export type TerminalSettings = { key: string; thinkTimeMs: number };

export type VirtualTerminalOptions = TerminalSettings &
  Pick<LinkOptions, 'urls' | 'random' | 'silenceLimitMs' | 'log'> & { terminalSn: string; clock: Clock };

export type TerminalStatus = { terminalSn: string; connected: boolean; busy: boolean; unacknowledged: number };

const APP_VERSION = 'terminal-simulator 0.1.0';
/** A result that was sent and is still not acknowledged after so long is sent again with the next ping. */
const RESEND_AFTER_MS = 5000;

/**
 * A payment terminal without a device: takes commands from the channel, has a card pay and reports the result.
 *
 * It keeps the three promises of a terminal: a command is executed at most once, whatever the channel repeats; a command that comes after its time
 * is not executed at all; a result is kept and sent again until the server has stored it.
 */
export class VirtualTerminal {
  readonly #options: VirtualTerminalOptions;
  readonly #link: TerminalLink;
  readonly #journal = new Journal();
  readonly #ledger = new Ledger();
  readonly #powerOff = new AbortController();
  #settings: TerminalSettings;
  #openTransIndexCode: string | null = null;
  #traceNo = 0;

  constructor(options: VirtualTerminalOptions) {
    this.#options = options;
    this.#settings = { key: options.key, thinkTimeMs: options.thinkTimeMs };
    this.#link = new TerminalLink({
      urls: options.urls,
      random: options.random,
      ...(options.silenceLimitMs === undefined ? {} : { silenceLimitMs: options.silenceLimitMs }),
      log: (message, details) => options.log(message, { terminalSn: options.terminalSn, ...details }),
      hello: () => this.#hello(),
      onMessage: (message) => this.#receive(message),
    });
  }

  start(): void {
    this.#link.start();
  }

  /** Power off: a payment that has not reached the card is dropped without a trace. */
  async stop(): Promise<void> {
    this.#powerOff.abort();
    await this.#link.stop();
  }

  /** Takes new settings without losing journal, ledger or the running payment; a new key means a new connection. */
  configure(settings: TerminalSettings): void {
    const sameKey = settings.key === this.#settings.key;
    this.#settings = settings;
    if (!sameKey) this.#link.reconnect();
  }

  status(): TerminalStatus {
    return {
      terminalSn: this.#options.terminalSn,
      connected: this.#link.connected,
      busy: this.#openTransIndexCode !== null,
      unacknowledged: this.#journal.unacknowledged().length,
    };
  }

  ledgerEntries(): LedgerEntry[] {
    return this.#ledger.entries();
  }

  #hello(): HelloMessage {
    return {
      type: 'hello',
      protocol: TERMINAL_CHANNEL_PROTOCOL,
      terminalSn: this.#options.terminalSn,
      key: this.#settings.key,
      appVersion: APP_VERSION,
      lastJournalNo: this.#journal.lastNo,
      openTransIndexCode: this.#openTransIndexCode,
      journalId: this.#journal.id,
    };
  }

  #receive(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        this.#journal.continueAfter(message.storedJournalNo);
        for (const entry of this.#journal.unacknowledged()) this.#sendResult(entry);
        return;
      case 'ping':
        this.#link.send({ type: 'pong', t: message.t });
        this.#sendOverdueResults();
        return;
      case 'command':
        this.#takeCommand(message);
        return;
      case 'result-ack':
        this.#journal.acknowledge(message.journalNo);
        return;
      default:
        unreachable(message, 'server message');
    }
  }

  #takeCommand(command: CommandMessage): void {
    const { transIndexCode, request } = command;
    const earlier = this.#journal.find(transIndexCode);
    const running = this.#openTransIndexCode === transIndexCode;
    if (earlier === undefined && !running && this.#journal.isFull) {
      // Not acknowledged, so the server knows that it was not taken; a refusal would need the very journal that is full.
      this.#options.log('command ignored: the journal is full', { terminalSn: this.#options.terminalSn, transIndexCode });
      return;
    }
    this.#link.send({ type: 'ack', seq: command.seq, transIndexCode });
    if (earlier !== undefined) return this.#sendResult(earlier);
    if (running) return;
    if (Date.parse(command.expiresAt) <= this.#options.clock.now().getTime()) {
      return this.#report(transIndexCode, refusalResponse(request, 'expired'));
    }
    if (this.#openTransIndexCode !== null) return this.#report(transIndexCode, refusalResponse(request, 'busy'));
    void this.#pay(command);
  }

  /** The only way to the card. Whoever calls it has made sure that the command is new, in time, and alone. */
  async #pay({ transIndexCode, request }: CommandMessage): Promise<void> {
    const purchase = readPurchase(request);
    if (purchase.kind === 'unsupported') return this.#report(transIndexCode, refusalResponse(request, 'unsupported'));
    this.#openTransIndexCode = transIndexCode;
    const stepMs = this.#settings.thinkTimeMs / 2;
    if (!(await this.#pass(stepMs))) return;
    this.#link.send({ type: 'progress', transIndexCode, stage: 'card-presented', at: this.#options.clock.now().toISOString() });
    if (!(await this.#pass(stepMs))) return;
    this.#link.send({ type: 'progress', transIndexCode, stage: 'online', at: this.#options.clock.now().toISOString() });
    // From here to the journal nothing is awaited: a payment is either without effect or on record.
    const { amountMinor, currency } = purchase;
    const now = this.#options.clock.now();
    const answer = cardAnswerTo(amountMinor);
    this.#traceNo += 1;
    this.#ledger.recordExecution({ transIndexCode, amountMinor, currency, approved: answer.approved, at: now.toISOString() });
    this.#openTransIndexCode = null;
    this.#report(transIndexCode, cardResponse(request, amountMinor, answer, now, this.#traceNo));
  }

  /** Lets time pass. False when the terminal was switched off meanwhile. */
  async #pass(durationMs: number): Promise<boolean> {
    return delay(durationMs, true, { signal: this.#powerOff.signal }).catch(() => false);
  }

  #report(transIndexCode: string, response: JournalEntry['response']): void {
    this.#sendResult(this.#journal.append(transIndexCode, response));
  }

  #sendResult(entry: JournalEntry): void {
    const { journalNo, transIndexCode, response } = entry;
    if (this.#link.send({ type: 'result', journalNo, transIndexCode, response })) entry.sentAtMs = this.#options.clock.monotonicMs();
  }

  #sendOverdueResults(): void {
    const overdueMs = this.#options.clock.monotonicMs() - RESEND_AFTER_MS;
    for (const entry of this.#journal.unacknowledged()) {
      if (entry.sentAtMs === undefined || entry.sentAtMs <= overdueMs) this.#sendResult(entry);
    }
  }
}
