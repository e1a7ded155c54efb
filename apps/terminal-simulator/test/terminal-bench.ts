import type { CommandMessage, ServerMessage, TerminalMessage } from '@tillbridge/protocol';
import { HostAccount } from '../src/host-account.js';
import type { Plan } from '../src/plan.js';
import { TerminalCore } from '../src/terminal-core.js';

const START_MS = Date.parse('2026-11-01T10:00:00.000Z');
export const THINK_MS = 1000;
export const LIFE_MS = 180_000;

/** A terminal on a bench: its time is turned by hand, its channel plugged in and out, and everything it says is kept. */
export class TerminalBench {
  readonly core: TerminalCore;
  readonly said: TerminalMessage[] = [];
  readonly plans: Plan[] = [];
  isPlugged = true;
  #elapsedMs = 0;
  #timers: { atMs: number; act: () => void }[] = [];

  constructor() {
    this.core = new TerminalCore({
      terminalSn: 'WP1',
      clock: { now: () => new Date(START_MS + this.#elapsedMs), monotonicMs: () => this.#elapsedMs },
      account: new HostAccount(),
      send: (message) => {
        if (this.isPlugged) this.said.push(message);
        return this.isPlugged;
      },
      losePower: () => void (this.isPlugged = false),
      later: (delayMs, act) => {
        const timer = { atMs: this.#elapsedMs + delayMs, act };
        this.#timers.push(timer);
        return () => void (this.#timers = this.#timers.filter((each) => each !== timer));
      },
      nextPlan: () => this.plans.shift() ?? {},
      settings: () => ({ thinkTimeMs: THINK_MS }),
      log: () => undefined,
    });
  }

  /** Lets time pass, timer by timer in the order they are due. */
  pass(durationMs: number): void {
    const endMs = this.#elapsedMs + durationMs;
    for (;;) {
      const [next] = this.#timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#elapsedMs = next.atMs;
      this.#timers = this.#timers.filter((each) => each !== next);
      next.act();
    }
    this.#elapsedMs = endMs;
  }

  hear(message: ServerMessage): void {
    if (this.isPlugged) this.core.receive(message);
  }

  /** A new connection, welcomed. */
  plugIn(storedJournalNo = 0): void {
    this.isPlugged = true;
    this.hear({ type: 'welcome', sessionId: 's', pingIntervalMs: 5000, storedJournalNo });
  }

  command(transIndexCode: string, members: Record<string, unknown> = {}, lifeMs = LIFE_MS): CommandMessage {
    return {
      ...{ type: 'command', seq: 1, transIndexCode, expiresAt: new Date(START_MS + this.#elapsedMs + lifeMs).toISOString() },
      request: { TransType: 'Purchase', TransIndexCode: transIndexCode, TransAmount: '1000', CurrencyCode: '840', ...members },
    };
  }

  all<Type extends TerminalMessage['type']>(type: Type): Extract<TerminalMessage, { type: Type }>[] {
    return this.said.filter((message): message is Extract<TerminalMessage, { type: Type }> => message.type === type);
  }

  /** The types and what matters of them, in order, since the last call. */
  heardSince(): unknown[] {
    return this.said.splice(0).map((message) => {
      switch (message.type) {
        case 'result':
          return ['result', message.transIndexCode, message.response['RespCode']];
        case 'cancel-answer':
          return ['cancel-answer', message.transIndexCode, message.taken];
        case 'status-answer':
          return ['status-answer', message.transIndexCode, message.state];
        case 'operation-answer':
          return ['operation-answer', message.done];
        case 'progress':
          return ['progress', message.stage];
        default:
          return [message.type];
      }
    });
  }

  executions(): [string, boolean, number][] {
    return this.core.ledger.entries().map(({ transIndexCode, approved, executions }) => [transIndexCode, approved, executions]);
  }
}
