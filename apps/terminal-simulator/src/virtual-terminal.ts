import type { Clock } from '@tillbridge/kernel';
import { type HelloMessage, TERMINAL_CHANNEL_PROTOCOL } from '@tillbridge/protocol';
import { type Behaviour, drawPlan } from './behaviour.js';
import type { HostAccount } from './host-account.js';
import type { LedgerEntry } from './ledger.js';
import { MAX_SCRIPT_LENGTH, type Plan } from './plan.js';
import { TerminalCore } from './terminal-core.js';
import { type LinkOptions, TerminalLink } from './terminal-link.js';

/**
 * `key`: what the terminal shows to the server. `thinkTimeMs`: from the start of a payment to its result, card and host together. `strict`: a
 * `Reversal` has to name its original by `OriTransId`, as the vendor's emulator wants it.
 */
export type TerminalSettings = { key: string; thinkTimeMs: number; strict?: boolean };

export type VirtualTerminalOptions = TerminalSettings &
  Pick<LinkOptions, 'urls' | 'random' | 'silenceLimitMs' | 'log'> & { terminalSn: string; clock: Clock; account: HostAccount };

export type TerminalStatus = { terminalSn: string; connected: boolean; busy: boolean; unacknowledged: number };

const APP_VERSION = 'terminal-simulator 0.1.0';
/** How long a terminal is away when its power was lost. */
const START_UP_MS = 1000;

/** A payment terminal without a device: takes commands from the channel, has a card pay and reports the result. */
export class VirtualTerminal {
  readonly #options: VirtualTerminalOptions;
  readonly #link: TerminalLink;
  readonly #core: TerminalCore;
  #settings: TerminalSettings;
  #script: readonly Plan[] = [];
  #behaviour: Behaviour | undefined;
  #drawn = 0;

  constructor(options: VirtualTerminalOptions) {
    const { terminalSn, clock, account } = options;
    this.#options = options;
    this.#settings = options;
    const log: LinkOptions['log'] = (message, details) => options.log(message, { terminalSn, ...details });
    this.#link = new TerminalLink({
      urls: options.urls,
      random: options.random,
      ...(options.silenceLimitMs === undefined ? {} : { silenceLimitMs: options.silenceLimitMs }),
      log,
      hello: () => this.#hello(),
      onMessage: (message) => this.#core.receive(message),
    });
    this.#core = new TerminalCore({
      ...{ terminalSn, clock, account, log, later },
      send: (message) => this.#link.send(message),
      losePower: () => this.#link.reconnect(START_UP_MS),
      nextPlan: () => this.#nextPlan(),
      settings: () => this.#settings,
    });
  }

  start(): void {
    this.#link.start();
  }

  /** Off for good: a payment that has not reached the card is dropped without a trace. */
  async stop(): Promise<void> {
    this.#core.stop();
    await this.#link.stop();
  }

  /** Takes new settings without losing journal, ledger or the running payment; a new key means a new connection. */
  configure(settings: TerminalSettings): void {
    const sameKey = settings.key === this.#settings.key;
    this.#settings = settings;
    if (!sameKey) this.#link.reconnect();
  }

  /** Adds to what the next transactions do, one each. Returns how many are laid down now; undefined when those would be too many. */
  addToScript(plans: readonly Plan[]): number | undefined {
    if (this.#script.length + plans.length > MAX_SCRIPT_LENGTH) return undefined;
    this.#script = [...this.#script, ...plans];
    return this.#script.length;
  }

  clearScript(): void {
    this.#script = [];
  }

  /** From now on, what no script says is drawn; undefined: the amounts decide again. */
  behave(behaviour: Behaviour | undefined): void {
    this.#behaviour = behaviour;
    this.#drawn = 0;
  }

  /** Off and on again: journal and ledger stay, the running transaction ends. */
  powerCycle(): void {
    this.#core.powerCycle();
  }

  /** With `on` the socket stays open and nothing is answered. */
  silence(on: boolean): void {
    this.#link.silence(on);
  }

  status(): TerminalStatus {
    return {
      terminalSn: this.#options.terminalSn,
      connected: this.#link.connected,
      busy: this.#core.openTransIndexCode !== null,
      unacknowledged: this.#core.journal.unacknowledged().length,
    };
  }

  ledgerEntries(): LedgerEntry[] {
    return this.#core.ledger.entries();
  }

  #nextPlan(): Plan {
    const [next, ...rest] = this.#script;
    if (next !== undefined) {
      this.#script = rest;
      return next;
    }
    if (this.#behaviour === undefined) return {};
    this.#drawn += 1;
    return drawPlan(this.#behaviour, this.#options.terminalSn, this.#drawn);
  }

  #hello(): HelloMessage {
    return {
      type: 'hello',
      protocol: TERMINAL_CHANNEL_PROTOCOL,
      terminalSn: this.#options.terminalSn,
      key: this.#settings.key,
      appVersion: APP_VERSION,
      lastJournalNo: this.#core.journal.lastNo,
      openTransIndexCode: this.#core.openTransIndexCode,
      journalId: this.#core.journal.id,
    };
  }
}

function later(delayMs: number, act: () => void): () => void {
  const timer = setTimeout(act, delayMs);
  return () => clearTimeout(timer);
}
