import { type Clock, plusMs, unreachable } from '@tillbridge/kernel';
import type { CommandMessage, ServerMessage, TerminalMessage } from '@tillbridge/protocol';
import { type AppRequest, readRequest } from './app-request.js';
import { type CardAnswer } from './card.js';
import type { Forced, HostAccount } from './host-account.js';
import { Journal, type JournalEntry, type Treatment } from './journal.js';
import { Ledger } from './ledger.js';
import { PaymentApp } from './payment-app.js';
import type { Plan } from './plan.js';
import { refusalResponse, type TerminalRefusal } from './responses.js';
import type { Log } from './terminal-link.js';
import { kindOf } from './trans-types.js';

/** What the terminal finds around it. */
export type TerminalSurroundings = {
  readonly terminalSn: string;
  readonly clock: Clock;
  readonly account: HostAccount;
  /** Sends if there is a channel; false when there is none. */
  readonly send: (message: TerminalMessage) => boolean;
  /** Cuts the channel, and comes back after the time it takes to start. */
  readonly losePower: () => void;
  /** Calls `act` once after that time. Returns what prevents it. */
  readonly later: (delayMs: number, act: () => void) => () => void;
  /** How the next transaction goes. */
  readonly nextPlan: () => Plan;
  readonly settings: () => { readonly thinkTimeMs: number; readonly strict?: boolean };
  readonly log: Log;
};

/** The transaction that runs. From `isOnline` on the bank may have it, and nobody can stop it any more. */
type Run = { readonly command: CommandMessage; readonly request: AppRequest; readonly plan: Plan; isOnline: boolean; stop: () => void };

/** A result that was sent and is still not acknowledged after so long is sent again with the next ping. */
const RESEND_AFTER_MS = 5000;
/** What the bank says when a script has it decline and says no more. */
const DEFAULT_DECLINE = '05';
/** The longest that a timer takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * What a payment terminal does with the messages of the channel, without the channel itself.
 *
 * It keeps the three promises of a terminal: a command is executed at most once, whatever the channel repeats; a command that comes after its time
 * is not executed at all; a result is kept and sent again until the server has stored it. Journal, ledger and what it has disowned outlive a
 * loss of power, everything else does not.
 */
export class TerminalCore {
  readonly #around: TerminalSurroundings;
  readonly #app: PaymentApp;
  readonly #held = new Set<() => void>();
  readonly journal = new Journal();
  readonly ledger = new Ledger();
  #run: Run | undefined;

  constructor(around: TerminalSurroundings) {
    this.#around = around;
    this.#app = new PaymentApp(around.account, around.terminalSn);
  }

  get openTransIndexCode(): string | null {
    return this.#run?.command.transIndexCode ?? null;
  }

  receive(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        this.journal.continueAfter(message.storedJournalNo);
        for (const entry of this.journal.unacknowledged()) this.#sendUnlessHeld(entry);
        return;
      case 'ping':
        this.#around.send({ type: 'pong', t: message.t });
        this.#sendOverdueResults();
        return;
      case 'command':
        this.#takeCommand(message);
        return;
      case 'cancel':
        this.#cancel(message.transIndexCode);
        return;
      case 'status':
        this.#answerStatus(message.transIndexCode);
        return;
      case 'operation':
        this.#around.send({ type: 'operation-answer', operationId: message.operationId, done: this.#app.hasReceipt });
        return;
      case 'result-ack':
        this.journal.acknowledge(message.journalNo);
        return;
      default:
        unreachable(message, 'server message');
    }
  }

  /**
   * The power goes and comes back. What was running is over, and because it was acknowledged, its end is written down: the card was not asked, for
   * with a card that was, the journal has its result already.
   */
  powerCycle(): void {
    const run = this.#run;
    run?.stop();
    this.#run = undefined;
    this.#around.losePower();
    for (const entry of this.journal.unacknowledged()) entry.sentAtMs = undefined;
    if (run !== undefined) this.#refuse(run.command, 'power-lost', run.plan);
  }

  /** Off for good. A payment that has not reached the card is dropped without a trace. */
  stop(): void {
    this.#run?.stop();
    this.#run = undefined;
    for (const stop of this.#held) stop();
    this.#held.clear();
  }

  #takeCommand(command: CommandMessage): void {
    const { transIndexCode } = command;
    const earlier = this.journal.find(transIndexCode);
    const isRunning = this.openTransIndexCode === transIndexCode;
    if (earlier === undefined && !isRunning) return this.#takeNewCommand(command);
    this.#acknowledge(command);
    if (earlier !== undefined) this.#sendUnlessHeld(earlier);
  }

  #takeNewCommand(command: CommandMessage): void {
    const { terminalSn, clock, log } = this.#around;
    if (this.journal.isFull) {
      // Not acknowledged, so the server knows that it was not taken; a refusal would need the very journal that is full.
      log('command ignored: the journal is full', { terminalSn, transIndexCode: command.transIndexCode });
      return;
    }
    if (this.#run !== undefined) {
      this.#acknowledge(command);
      return this.#refuse(command, 'busy');
    }
    const plan = this.#around.nextPlan();
    if (plan.fault !== 'drop-ack') this.#acknowledge(command);
    const isLate = Date.parse(command.expiresAt) <= skewed(clock.now(), plan).getTime();
    if (isLate || this.journal.hasDisowned(command.transIndexCode)) return this.#refuse(command, 'expired', plan);
    const request = readRequest(command.transIndexCode, command.request);
    if (request === undefined) return this.#refuse(command, 'unsupported', plan);
    this.#start({ command, request, plan, isOnline: false, stop: () => undefined });
  }

  #start(run: Run): void {
    this.#run = run;
    const { outcome, thinkMs = this.#around.settings().thinkTimeMs } = run.plan;
    if (outcome === 'hang') return;
    this.#proceed(run, thinkMs / 2, () => {
      if (outcome === 'no-card') return this.#end(run, 'no-card');
      if (outcome === 'cancel-by-buyer') return this.#end(run, 'cancelled-by-buyer');
      const { card, host } = kindOf(run.request.transType);
      if (card) this.#tell(run, 'card-presented');
      this.#proceed(run, thinkMs / 4, () => {
        run.isOnline = host;
        if (host) this.#tell(run, 'online');
        this.#proceed(run, thinkMs / 4, () => this.#carryOut(run));
      });
    });
  }

  #proceed(run: Run, delayMs: number, act: () => void): void {
    run.stop = this.#around.later(delayMs, act);
  }

  #tell({ command, plan }: Run, stage: 'card-presented' | 'online'): void {
    const at = skewed(this.#around.clock.now(), plan).toISOString();
    this.#around.send({ type: 'progress', transIndexCode: command.transIndexCode, stage, at });
  }

  /** The only way to the card. From here to the journal nothing is waited for: a payment is either without effect or on record. */
  #carryOut(run: Run): void {
    const { command, request, plan } = run;
    const { transIndexCode } = command;
    const now = this.#around.clock.now();
    const { response, ...done } = this.#app.carryOut(request, command.request, skewed(now, plan), this.#forcedBy(plan));
    const { transType, currency } = request;
    this.ledger.recordExecution({ transIndexCode, transType, currency, ...done, at: now.toISOString() });
    this.#run = undefined;
    const entry = this.journal.append(transIndexCode, withRespCode(response, plan), treatmentOf(run));
    if (plan.fault === 'die-after-approval' && done.approved) return this.powerCycle();
    this.#tellResult(entry, plan);
  }

  #forcedBy({ outcome, respCode = DEFAULT_DECLINE, tipMinor }: Plan): Forced {
    const decline: CardAnswer = { approved: false, respCode, respDesc: 'DECLINED' };
    return {
      isStrict: this.#around.settings().strict ?? false,
      ...(outcome === 'approve' ? { approve: true } : {}),
      ...(outcome === 'decline' ? { decline } : {}),
      ...(tipMinor === undefined ? {} : { tipMinor }),
    };
  }

  #end(run: Run, refusal: TerminalRefusal): void {
    this.#run = undefined;
    this.#refuse(run.command, refusal, run.plan);
  }

  #refuse(command: CommandMessage, refusal: TerminalRefusal, plan: Plan = {}): void {
    // A script's code stands for what buyers and banks say, never for the terminal's own refusals, which prove something.
    const respCode = refusal === 'no-card' || refusal === 'cancelled-by-buyer' ? plan.respCode : undefined;
    const response = refusalResponse(command.request, refusal, respCode);
    this.#tellResult(this.journal.append(command.transIndexCode, response, treatmentOf({ command, plan })), plan);
  }

  #tellResult(entry: JournalEntry, { fault }: Plan): void {
    if (entry.heldUntilMs !== undefined) return this.#hold(entry, entry.heldUntilMs);
    if (fault === 'drop-result') {
      entry.sentAtMs = this.#around.clock.monotonicMs();
      return;
    }
    this.#send(entry);
    if (fault === 'duplicate-result') this.#send(entry);
  }

  #hold(entry: JournalEntry, untilMs: number): void {
    const leftMs = Math.min(Math.max(0, untilMs - this.#around.clock.now().getTime()), MAX_TIMER_MS);
    const stop = this.#around.later(leftMs, () => {
      this.#held.delete(stop);
      if (entry.sentAtMs === undefined) this.#sendUnlessHeld(entry);
    });
    this.#held.add(stop);
  }

  #cancel(transIndexCode: string): void {
    const run = this.#run;
    const taken = run !== undefined && run.command.transIndexCode === transIndexCode && !run.isOnline;
    this.#around.send({ type: 'cancel-answer', transIndexCode, taken });
    if (taken) {
      run.stop();
      return this.#end(run, 'cancelled');
    }
    const entry = this.journal.find(transIndexCode);
    if (entry !== undefined) this.#sendUnlessHeld(entry);
  }

  #answerStatus(transIndexCode: string): void {
    const entry = this.journal.find(transIndexCode);
    const isRunning = this.openTransIndexCode === transIndexCode;
    if (entry?.isMute === true || (isRunning && this.#run?.plan.fault === 'never-answer-status')) return;
    if (isRunning || (entry !== undefined && this.#isHeld(entry))) {
      this.#around.send({ type: 'status-answer', transIndexCode, state: 'running' });
    } else if (entry !== undefined) {
      this.#send(entry);
    } else {
      this.journal.disown(transIndexCode);
      this.#around.send({ type: 'status-answer', transIndexCode, state: 'never-seen' });
    }
  }

  #acknowledge({ seq, transIndexCode }: CommandMessage): void {
    this.#around.send({ type: 'ack', seq, transIndexCode });
  }

  #send(entry: JournalEntry): void {
    const { journalNo, transIndexCode, response } = entry;
    if (this.#around.send({ type: 'result', journalNo, transIndexCode, response })) entry.sentAtMs = this.#around.clock.monotonicMs();
  }

  #sendUnlessHeld(entry: JournalEntry): void {
    if (!this.#isHeld(entry)) this.#send(entry);
  }

  #isHeld({ heldUntilMs }: JournalEntry): boolean {
    return heldUntilMs !== undefined && this.#around.clock.now().getTime() < heldUntilMs;
  }

  #sendOverdueResults(): void {
    const overdueMs = this.#around.clock.monotonicMs() - RESEND_AFTER_MS;
    for (const entry of this.journal.unacknowledged()) {
      if (entry.sentAtMs === undefined || entry.sentAtMs <= overdueMs) this.#sendUnlessHeld(entry);
    }
  }
}

const skewed = (now: Date, { skewMs = 0 }: Plan): Date => plusMs(now, skewMs);

/** A scripted code of an approval; a decline has its code from the bank already. */
const withRespCode = (response: JournalEntry['response'], { outcome, respCode }: Plan): JournalEntry['response'] =>
  outcome === 'approve' && respCode !== undefined && response['TransResult'] === true ? { ...response, RespCode: respCode } : response;

function treatmentOf({ command, plan }: Pick<Run, 'command' | 'plan'>): Treatment {
  return {
    ...(plan.fault === 'late-result' ? { heldUntilMs: Date.parse(command.expiresAt) + (plan.lateByMs ?? 0) } : {}),
    ...(plan.fault === 'never-answer-status' ? { isMute: true } : {}),
  };
}
