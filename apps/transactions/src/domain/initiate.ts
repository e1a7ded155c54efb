import { deadlineSeconds, type InitiateTransactionV1, type InstructionV1, type OriginalV1, type Refusal } from '@tillbridge/contracts';
import { plusMs } from '@tillbridge/kernel';
import { checkFollowUp, type Original } from './follow-up.js';
import { ruleOf } from './trans-types.js';
import type { Transaction } from './transaction.js';

/** The terminal that a till is bound to, as far as it is known here. */
export type BoundTerminal = {
  readonly terminalUid: string;
  readonly terminalSn: string;
  readonly isOnline: boolean;
  readonly isBusy: boolean;
};

/** What a follow-up's identifiers lead to. */
export type FoundOriginal = { readonly kind: 'found'; readonly original: Original } | { readonly kind: 'none' | 'several' };

/** What must be known to decide on a request. */
export type Situation = {
  /** The developer's transaction under this trade number. */
  readonly existing?: Transaction;
  readonly terminal?: BoundTerminal;
  /** Only for types that need one. */
  readonly original?: FoundOriginal;
  /** How long the merchant gives a terminal; absent: as usual. */
  readonly deadlineSeconds?: number;
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
  const wrong = problemOfForm(request.instruction);
  if (wrong !== undefined) return refuse(wrong);
  if (terminal === undefined) return refuse({ name: 'till-not-bound', detail: `posId ${request.posId}` });
  if (existing !== undefined) return refuse({ name: 'trade-no-reused' });
  const forbidden = problemOfOriginal(request.instruction, situation.original);
  if (forbidden !== undefined) return refuse(forbidden);
  if (!terminal.isOnline) return refuse({ name: 'terminal-offline' });
  if (terminal.isBusy) return refuse({ name: 'terminal-busy' });
  return { kind: 'accept', transaction: accepted(request, situation, terminal, birth) };
}

const refuse = (refusal: Refusal): Initiation => ({ kind: 'refuse', refusal });

/** The edge looks at the form too, and says more about it; here it is what the other rules rest on. */
function problemOfForm({ transType, amount }: InstructionV1): Refusal | undefined {
  const rule = ruleOf(transType);
  if (rule === undefined) return { name: 'unknown-trans-type' };
  const asksFor = amount?.amountMinor ?? 0;
  if (rule.amount === 'needed' && asksFor === 0) return { name: 'invalid-field', detail: `an amount, as ${transType} moves money` };
  return rule.amount === 'none' && asksFor > 0 ? { name: 'invalid-field', detail: `no amount, as ${transType} moves no money` } : undefined;
}

function problemOfOriginal(instruction: InstructionV1, found: FoundOriginal | undefined): Refusal | undefined {
  if (ruleOf(instruction.transType)?.original !== 'needed') return undefined;
  switch (found?.kind) {
    case 'found':
      return checkFollowUp(instruction, found.original);
    case 'several':
      return { name: 'original-not-found', detail: 'these identifiers fit several transactions: add oriTransIndexCode or another one' };
    case 'none':
    case undefined:
      return { name: 'original-not-found' };
  }
}

function accepted(
  request: InitiateTransactionV1,
  { original, deadlineSeconds: seconds = deadlineSeconds.usual }: Situation,
  terminal: BoundTerminal,
  birth: Birth,
): Transaction {
  const { clientId, merchantId, posId, tradeNo, requestHash, instruction, callBackUrl } = request;
  return {
    transactionId: birth.transactionId,
    version: 1,
    transIndexCode: birth.transIndexCode,
    ...{ clientId, merchantId, posId, tradeNo, requestHash },
    instruction: original?.kind === 'found' ? naming(instruction, original.original.transaction) : instruction,
    ...(callBackUrl === undefined ? {} : { callBackUrl }),
    terminalUid: terminal.terminalUid,
    terminalSn: terminal.terminalSn,
    acceptedBy: birth.requestId,
    acceptedAt: birth.now,
    changedAt: birth.now,
    deadlineAt: plusMs(birth.now, seconds * 1_000),
    life: { state: 'accepted' },
    ...(original?.kind === 'found' ? { originalTransactionId: original.original.transaction.transactionId } : {}),
  };
}

/** With everything that we know of the original: terminals differ in what they look for (docs/WIRE.md 5.3). */
function naming(instruction: InstructionV1, { transIndexCode, life }: Transaction): InstructionV1 {
  const told = 'result' in life ? (life.result ?? {}) : {};
  const original: OriginalV1 = { ...instruction.original, transIndexCode };
  for (const name of ['transId', 'rrn', 'invoiceNum', 'traceNum'] as const) {
    const value = told[name as keyof typeof told] as string | undefined;
    if (value !== undefined && value !== '') original[name] = value;
  }
  return { ...instruction, original };
}

/** The reversal by which we give back what a card was charged after its transaction had been closed. Its trade number can be used once only. */
export function reversalOf(original: Transaction, terminal: BoundTerminal, birth: Birth, seconds?: number): Transaction {
  const { clientId, merchantId, posId, transIndexCode } = original;
  const request = {
    ...{ clientId, merchantId, posId },
    tradeNo: autoVoidTradeNo(transIndexCode),
    requestHash: '0'.repeat(64),
    instruction: { transType: 'Reversal' },
  };
  const found = { kind: 'found', original: { transaction: original, followUps: [], isSettled: false } } as const;
  return accepted(request, { original: found, ...(seconds === undefined ? {} : { deadlineSeconds: seconds }) }, terminal, birth);
}

const AUTO_VOID = 'void-';
export const autoVoidTradeNo = (transIndexCode: string): string => `${AUTO_VOID}${transIndexCode}`;
/** Tills may use such a number too, but not for a follow-up of the very transaction that it names. */
export const isAutoVoid = ({ tradeNo, instruction }: Transaction): boolean =>
  tradeNo === autoVoidTradeNo(instruction.original?.transIndexCode ?? '');
