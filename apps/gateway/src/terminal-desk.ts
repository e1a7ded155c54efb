import { Inject, Injectable } from '@nestjs/common';
import {
  cancelTransaction,
  compileValidator,
  done,
  findBinding,
  findOpenTransaction,
  findPresence,
  findTransaction,
  operateTerminal,
  refused,
  type Refusal,
  type Reply,
  TransactionFoundV1,
} from '@tillbridge/contracts';
import { RequestClient, type Cause, type Outcome } from '@tillbridge/messaging';
import { reprintData, statusData, type OperationData } from './paywizard/operation-report.js';
import { queryDataOf } from './paywizard/result-report.js';
import type { TerminalWish } from './paywizard/terminal-requests.js';

/** A receipt is printed before the terminal answers. Shorter than the tills in the field wait (15 s). */
const REPRINT_TIMEOUT_MS = 12_000;
const RETRY_AFTER_MS = 1_000;

/** What tills want of their terminals besides transactions: a stop, the state, the last receipt. Nothing here can start a payment. */
@Injectable()
export class TerminalDesk {
  constructor(@Inject(RequestClient) private readonly client: RequestClient) {}

  operate(wish: TerminalWish, cause: Cause): Promise<Outcome<OperationData>> {
    switch (wish.operation) {
      case 'cancel':
        return this.cancel(wish, cause);
      case 'status':
        return this.status(wish, cause);
      case 'reprint':
        return this.reprint(wish, cause);
    }
  }

  /** Done means asked: whether the card was faster is for the terminal to say. */
  private async cancel({ till, terminalSn }: TerminalWish, cause: Cause): Promise<Outcome<OperationData>> {
    const request = terminalSn === undefined ? till : { ...till, terminalSn };
    const outcome = await this.client.request(cancelTransaction, request, cause);
    if (outcome.outcome === 'done') return done(queryDataOf(outcome.value));
    return outcome.outcome === 'refused' ? { outcome: 'refused', refusal: withResult(outcome.refusal) } : outcome;
  }

  private async status(wish: TerminalWish, cause: Cause): Promise<Reply<OperationData>> {
    const terminal = await this.terminalOf(wish, cause);
    if (terminal.outcome !== 'done') return terminal;
    const [presence, open] = await Promise.all([this.client.query(findPresence, terminal.value, cause), this.openOn(wish.till, cause)]);
    if (presence.outcome !== 'done') return presence;
    if (open.outcome !== 'done') return open;
    return done(statusData(wish.till.merchantId, presence.value, open.value.found));
  }

  private async reprint(wish: TerminalWish, cause: Cause): Promise<Reply<OperationData>> {
    const terminal = await this.terminalOf(wish, cause);
    if (terminal.outcome !== 'done') return terminal;
    const operation = { ...terminal.value, operation: 'reprint-last' } as const;
    const operated = await this.client.query(operateTerminal, operation, cause, REPRINT_TIMEOUT_MS);
    return operated.outcome === 'done' ? done(reprintData(wish.till.merchantId, operated.value.done)) : operated;
  }

  /** The terminal that the till is bound to, if it is the one that was meant. */
  private async terminalOf({ till, terminalSn }: TerminalWish, cause: Cause): Promise<Reply<{ terminalUid: string }>> {
    const found = await this.client.query(findBinding, till, cause);
    if (found.outcome !== 'done') return found;
    const { terminalUid, terminalSn: bound } = found.value;
    if (terminalSn !== undefined && terminalSn !== bound) return refused('terminal-unknown', `posId ${till.posId} has another terminal`);
    // An owner of an older release does not say which it is.
    return terminalUid === undefined ? { outcome: 'unavailable', retryAfterMs: RETRY_AFTER_MS } : done({ terminalUid });
  }

  /** The till's open transaction with all that is known of it. */
  private async openOn(till: TerminalWish['till'], cause: Cause): Promise<Reply<{ found?: TransactionFoundV1 }>> {
    const open = await this.client.query(findOpenTransaction, till, cause);
    if (open.outcome !== 'done') return open;
    const { tradeNo } = open.value;
    if (tradeNo === undefined) return done({});
    const { clientId, merchantId } = till;
    const found = await this.client.query(findTransaction, { clientId, merchantId, tradeNo }, cause);
    return found.outcome === 'done' ? done({ found: found.value }) : found;
  }
}

const validateFound = compileValidator(TransactionFoundV1);

/** What is over is told with its result (docs/DECISIONS.md 1.2, 40903), in the form of the dialect. */
function withResult({ data, ...refusal }: Refusal): Refusal {
  const found = validateFound(data);
  return found.ok ? { ...refusal, data: queryDataOf(found.value) } : refusal;
}
