import type { PaymentAppObject } from '@tillbridge/protocol';
import { createHash } from 'node:crypto';
import type { AppRequest, Identifiers } from './app-request.js';
import { APPROVED, type CardAnswer } from './card.js';
import type { Effect, Forced, HostAccount, Verdict } from './host-account.js';
import {
  amountText,
  baseResponse,
  batchMembers,
  CARD_UNIQUE_ID,
  cardMembers,
  keptCardMembers,
  nameMembers,
  namesOf,
  noCardMembers,
  originalMembers,
  posMembers,
} from './responses.js';
import { kindOf } from './trans-types.js';

/** What came of a request: the answer, and what it did with money. */
export type CarriedOut = {
  readonly response: PaymentAppObject;
  readonly approved: boolean;
  readonly effect: Effect;
  readonly amountMinor: number;
  readonly originalTransIndexCode?: string;
};

/** Of this many minor units the virtual card always speaks; nothing is ever refused for want of them. */
const BALANCE_MINOR = 100_000;
const TAG_LENGTH = 6;
const NOTHING_PRINTED: CardAnswer = { approved: false, respCode: 'FF', respDesc: 'NOTHING TO PRINT' };

/** The payment app of one terminal, without any waiting: it carries a request out and answers, all in one moment. */
export class PaymentApp {
  readonly #account: HostAccount;
  readonly #terminalSn: string;
  /** Stands for the serial number where that is too long or would be taken for something else. */
  readonly #terminalTag: string;
  #traceNo = 0;
  #lastReceipt: PaymentAppObject | undefined;

  constructor(account: HostAccount, terminalSn: string) {
    this.#account = account;
    this.#terminalSn = terminalSn;
    this.#terminalTag = createHash('sha256').update(terminalSn).digest('hex').slice(0, TAG_LENGTH).toUpperCase();
  }

  /** Whether there is a receipt to print again. */
  get hasReceipt(): boolean {
    return this.#lastReceipt !== undefined;
  }

  /** Carries out what is asked, once for each call. `asked` is the request as it came, to be repeated in the answer. */
  carryOut(request: AppRequest, asked: PaymentAppObject, now: Date, forced: Forced): CarriedOut {
    if (kindOf(request.transType).receipt) return this.#moveMoney(request, asked, now, forced);
    const answer = forced.decline ?? APPROVED;
    const response = answer.approved ? this.#answerTo(request, asked, now) : { ...baseResponse(asked, answer, now), ...noCardMembers };
    return { response, approved: response['TransResult'] === true, effect: 'none', amountMinor: 0 };
  }

  #moveMoney(request: AppRequest, asked: PaymentAppObject, now: Date, forced: Forced): CarriedOut {
    const names = this.#nextNames(request.transIndexCode, now);
    const verdict = this.#account.carryOut(this.#terminalSn, request, names, forced);
    const response = receiptOf(request, asked, now, names, verdict);
    if (verdict.approved) {
      this.#account.keepResponse(request.transIndexCode, response);
      this.#lastReceipt = response;
    }
    const { approved, effect, amountMinor, original } = verdict;
    const followed = original === undefined ? {} : { originalTransIndexCode: original.names.transIndexCode };
    return { response, approved, effect, amountMinor, ...followed };
  }

  /** The types that move no money. */
  #answerTo(request: AppRequest, asked: PaymentAppObject, now: Date): PaymentAppObject {
    const base = baseResponse(asked, APPROVED, now);
    const receipt = (): PaymentAppObject => nameMembers(this.#nextNames(request.transIndexCode, now), true);
    switch (request.transType) {
      case 'BalanceInquiry':
        return { ...base, ...cardMembers, ...receipt(), Balance: amountText(BALANCE_MINOR) };
      case 'VerifyCardPan':
        return { ...base, ...cardMembers, ...receipt(), CardUniqueId: CARD_UNIQUE_ID };
      case 'ReadCard':
        return { ...base, ...cardMembers, CardUniqueId: CARD_UNIQUE_ID };
      case 'Settle':
        return { ...base, ...batchMembers(this.#account.settle(this.#terminalSn), request.currency, this.#terminalTag) };
      case 'QueryTransaction':
        return this.#query(request, asked, now);
      case 'PrintLast':
        return this.#printLast(request, asked, now);
      case 'GetPosInfo':
        return { ...base, ...posMembers(this.#terminalSn, this.#terminalTag) };
      default:
        return { ...base, ...noCardMembers };
    }
  }

  /** As measured: the fields and the type of the original, also when that was voided since. */
  #query(request: AppRequest, asked: PaymentAppObject, now: Date): PaymentAppObject {
    const found = this.#account.find(this.#terminalSn, request.original);
    if ('approved' in found) return { ...baseResponse(asked, found, now), ...noCardMembers };
    return { ...found.response, TransIndexCode: request.transIndexCode, ...originalMembers(found.names) };
  }

  #printLast(request: AppRequest, asked: PaymentAppObject, now: Date): PaymentAppObject {
    if (this.#lastReceipt === undefined) return { ...baseResponse(asked, NOTHING_PRINTED, now), ...noCardMembers };
    return { ...this.#lastReceipt, TransIndexCode: request.transIndexCode };
  }

  #nextNames(transIndexCode: string, now: Date): Identifiers {
    this.#traceNo += 1;
    return namesOf(transIndexCode, { terminalTag: this.#terminalTag, traceNo: this.#traceNo, now });
  }
}

function receiptOf(request: AppRequest, asked: PaymentAppObject, now: Date, names: Identifiers, verdict: Verdict): PaymentAppObject {
  const { original, amountMinor, tipMinor } = verdict;
  return {
    ...baseResponse(asked, verdict, now),
    ...(kindOf(request.transType).card ? cardMembers : original === undefined ? noCardMembers : keptCardMembers),
    TransAmount: amountText(amountMinor),
    ...(tipMinor === undefined ? {} : { TipAmount: amountText(tipMinor) }),
    ...nameMembers(names, verdict.approved),
    ...(original === undefined ? {} : originalMembers(original.names)),
  };
}
