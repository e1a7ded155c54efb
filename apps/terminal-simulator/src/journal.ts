import { assert } from '@tillbridge/kernel';
import type { PaymentAppObject } from '@tillbridge/protocol';
import { randomUUID } from 'node:crypto';

/** How an entry that is to go wrong is treated. `heldUntilMs`: wall clock; before it nobody hears of the result. `isMute`: questions stay unanswered. */
export type Treatment = { readonly heldUntilMs?: number; readonly isMute?: boolean };

/** A result of this terminal. `sentAtMs`: monotonic time of the last sending, undefined before the first. */
export type JournalEntry = Treatment & {
  readonly journalNo: number;
  readonly transIndexCode: string;
  readonly response: PaymentAppObject;
  sentAtMs: number | undefined;
};

/** How many acknowledged results are kept to answer repeated commands from. */
const KEPT_ACKNOWLEDGED = 1000;
/** How many numbers are kept of which the terminal said that it has never seen them. */
const KEPT_DISOWNED = 1000;
/** With so many results that nobody took, the terminal takes no further command. */
const MAX_UNACKNOWLEDGED = 1000;

/**
 * The results of one terminal, by number and by transaction. A result stays until the server says that it is stored; the last 1 000 stay after that
 * too, as the answer to a command that comes again.
 */
export class Journal {
  /** Names this journal, so that the server notices when the terminal comes with another one: it lives and dies with the process. */
  readonly id = randomUUID();
  readonly #byTransIndexCode = new Map<string, JournalEntry>();
  readonly #unacknowledged = new Map<number, JournalEntry>();
  /** in the order of their acknowledgement */
  readonly #acknowledged = new Set<string>();
  readonly #disowned = new Set<string>();
  #lastNo = 0;

  /** The highest number ever given, 0 for none. */
  get lastNo(): number {
    return this.#lastNo;
  }

  get isFull(): boolean {
    return this.#unacknowledged.size >= MAX_UNACKNOWLEDGED;
  }

  /**
   * Goes on behind `journalNo`. The journal of this version dies with its process while the server remembers, and a number used twice would
   * pass for a result already stored.
   */
  continueAfter(journalNo: number): void {
    this.#lastNo = Math.max(this.#lastNo, journalNo);
  }

  append(transIndexCode: string, response: PaymentAppObject, treatment: Treatment = {}): JournalEntry {
    assert(!this.#byTransIndexCode.has(transIndexCode), 'a transaction has one result');
    this.#lastNo += 1;
    const entry: JournalEntry = { journalNo: this.#lastNo, transIndexCode, response, sentAtMs: undefined, ...treatment };
    this.#byTransIndexCode.set(transIndexCode, entry);
    this.#unacknowledged.set(entry.journalNo, entry);
    return entry;
  }

  /** The first and only result of a transaction. */
  find(transIndexCode: string): JournalEntry | undefined {
    return this.#byTransIndexCode.get(transIndexCode);
  }

  /** Promises that this transaction, which was never seen, will not be started later either. */
  disown(transIndexCode: string): void {
    this.#disowned.add(transIndexCode);
    const [oldest] = this.#disowned;
    if (this.#disowned.size > KEPT_DISOWNED && oldest !== undefined) this.#disowned.delete(oldest);
  }

  hasDisowned(transIndexCode: string): boolean {
    return this.#disowned.has(transIndexCode);
  }

  /** The results the server has not confirmed, oldest first. */
  unacknowledged(): JournalEntry[] {
    return [...this.#unacknowledged.values()];
  }

  /** The server has stored the entry. Unknown numbers are ignored: an acknowledgement may come twice. */
  acknowledge(journalNo: number): void {
    const entry = this.#unacknowledged.get(journalNo);
    if (entry === undefined) return;
    this.#unacknowledged.delete(journalNo);
    this.#acknowledged.add(entry.transIndexCode);
    const [oldest] = this.#acknowledged;
    if (this.#acknowledged.size <= KEPT_ACKNOWLEDGED || oldest === undefined) return;
    this.#acknowledged.delete(oldest);
    this.#byTransIndexCode.delete(oldest);
  }
}
