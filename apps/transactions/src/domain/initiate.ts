import type { InitiateTransactionV1, Refusal } from '@tillbridge/contracts';
import { plusMs } from '@tillbridge/kernel';
import type { Transaction } from './transaction.js';

/** How long the terminal has, from acceptance; also the vendor's own limit on the terminal. */
export const DEADLINE_MS = 180_000;

/** What must be known to decide on a request. */
export type Situation = {
  /** The developer's transaction under this trade number. */
  readonly existing?: Transaction;
  /** The terminal that the till is bound to. */
  readonly terminal?: { readonly terminalUid: string; readonly terminalSn: string; readonly busy: boolean };
};

/** What a new transaction needs from outside: pure code makes up neither times nor ids. */
export type Birth = {
  readonly transactionId: string;
  readonly transIndexCode: string;
  /** The id of the request message. */
  readonly requestId: string;
  readonly now: Date;
};

export type Initiation =
  | { readonly kind: 'accept'; readonly transaction: Transaction }
  /** The same message again, after a crash between commit and answer: the first answer, not marked. */
  | { readonly kind: 'redelivered'; readonly transaction: Transaction }
  /** The till asked again: the first answer, marked as a replay. */
  | { readonly kind: 'replay'; readonly transaction: Transaction }
  | { readonly kind: 'refuse'; readonly refusal: Refusal };

/** Accepts, replays or refuses. The order of the refusals is the documented one (docs/DECISIONS.md). */
export function initiate(request: InitiateTransactionV1, situation: Situation, birth: Birth): Initiation {
  const { existing, terminal } = situation;
  if (existing?.requestHash === request.requestHash) {
    return { kind: existing.acceptedBy === birth.requestId ? 'redelivered' : 'replay', transaction: existing };
  }
  if (terminal === undefined) return { kind: 'refuse', refusal: { name: 'till-not-bound', detail: `posId ${request.posId}` } };
  if (existing !== undefined) return { kind: 'refuse', refusal: { name: 'trade-no-reused' } };
  if (terminal.busy) return { kind: 'refuse', refusal: { name: 'terminal-busy' } };
  return { kind: 'accept', transaction: accepted(request, terminal, birth) };
}

function accepted(request: InitiateTransactionV1, terminal: { terminalUid: string; terminalSn: string }, birth: Birth): Transaction {
  const { clientId, merchantId, posId, tradeNo, requestHash, instruction, callBackUrl } = request;
  return {
    transactionId: birth.transactionId,
    version: 1,
    transIndexCode: birth.transIndexCode,
    ...{ clientId, merchantId, posId, tradeNo, requestHash, instruction },
    ...(callBackUrl === undefined ? {} : { callBackUrl }),
    terminalUid: terminal.terminalUid,
    terminalSn: terminal.terminalSn,
    acceptedBy: birth.requestId,
    acceptedAt: birth.now,
    changedAt: birth.now,
    deadlineAt: plusMs(birth.now, DEADLINE_MS),
    life: { state: 'accepted' },
  };
}
