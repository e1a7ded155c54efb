import type { Behaviour } from './behaviour.js';
import { HostAccount } from './host-account.js';
import { type TerminalSettings, VirtualTerminal, type VirtualTerminalOptions } from './virtual-terminal.js';

/** What all terminals of this process have in common. */
export type FleetOptions = Pick<VirtualTerminalOptions, 'urls' | 'clock' | 'random' | 'log'>;

/** Enough for the load runs; each costs one connection. */
export const MAX_TERMINALS = 10_000;

/** The virtual terminals of this process by serial number. */
export class Fleet {
  readonly #options: FleetOptions;
  /** One bank for all: what was paid at one terminal is known at the next. */
  readonly #account = new HostAccount();
  readonly #terminals = new Map<string, VirtualTerminal>();
  #behaviour: Behaviour | undefined;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Starts the terminal, or gives the one that is there new settings; the same call again changes nothing. Undefined when the fleet is full. */
  put(terminalSn: string, settings: TerminalSettings): VirtualTerminal | undefined {
    const present = this.#terminals.get(terminalSn);
    if (present !== undefined) {
      present.configure(settings);
      return present;
    }
    if (this.#terminals.size >= MAX_TERMINALS) return undefined;
    const terminal = new VirtualTerminal({ ...this.#options, ...settings, terminalSn, account: this.#account });
    terminal.behave(this.#behaviour);
    this.#terminals.set(terminalSn, terminal);
    terminal.start();
    return terminal;
  }

  find(terminalSn: string): VirtualTerminal | undefined {
    return this.#terminals.get(terminalSn);
  }

  all(): VirtualTerminal[] {
    return [...this.#terminals.values()];
  }

  /** How all terminals behave from now on, those to come as well; undefined: the amounts decide again. Each counts from its first transaction. */
  behave(behaviour: Behaviour | undefined): void {
    this.#behaviour = behaviour;
    for (const terminal of this.all()) terminal.behave(behaviour);
  }

  /** Switches the terminal off for good, with its journal and ledger. False when there is none. */
  async remove(terminalSn: string): Promise<boolean> {
    const terminal = this.#terminals.get(terminalSn);
    if (terminal === undefined) return false;
    this.#terminals.delete(terminalSn);
    await terminal.stop();
    return true;
  }

  async stop(): Promise<void> {
    await Promise.all(this.all().map((terminal) => terminal.stop()));
  }
}
