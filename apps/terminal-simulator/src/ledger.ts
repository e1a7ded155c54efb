import type { Effect } from './host-account.js';
import type { TransType } from './trans-types.js';

/**
 * One transaction as the card's bank would see it. `executions` above 1 is a customer charged twice. `at`: ISO 8601, of the first execution.
 * `amountMinor`: what was asked of the card when it declined, and otherwise what `effect` says was moved; of a `TipAdjust` the new total.
 */
export type LedgerEntry = {
  transIndexCode: string;
  transType: TransType;
  amountMinor: number;
  currency: string;
  approved: boolean;
  effect: Effect;
  /** the payment that it followed, if it was found */
  originalTransIndexCode?: string;
  executions: number;
  at: string;
};

/** A long load run fits; past it the oldest entries go. */
const MAX_ENTRIES = 100_000;

/**
 * What the card was really asked to pay. It knows nothing of commands and journals and forgives nothing: every call counts as one more
 * execution, so that a terminal which runs a command twice is found out here.
 */
export class Ledger {
  readonly #entries = new Map<string, LedgerEntry>();

  recordExecution(execution: Omit<LedgerEntry, 'executions'>): void {
    const before = this.#entries.get(execution.transIndexCode);
    if (before === undefined) {
      this.#entries.set(execution.transIndexCode, { ...execution, executions: 1 });
    } else {
      before.executions += 1;
      if (!before.approved) Object.assign(before, { approved: execution.approved, effect: execution.effect });
    }
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MAX_ENTRIES && oldest !== undefined) this.#entries.delete(oldest);
  }

  /** Copies, oldest first. */
  entries(): LedgerEntry[] {
    return Array.from(this.#entries.values(), (entry) => ({ ...entry }));
  }
}
