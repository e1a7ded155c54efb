import type { PaymentAppObject } from '@tillbridge/protocol';
import type { AppRequest, Identifiers } from './app-request.js';
import { APPROVED, type CardAnswer, cardAnswerTo, isCardAmount } from './card.js';
import type { TransType } from './trans-types.js';

/** What a transaction did with the buyer's money. */
export type Effect = 'held' | 'captured' | 'refunded' | 'voided' | 'none';

/** An approved transaction as the bank has it. `amountMinor`: what is held or charged now, `tipMinor` included. */
type Booked = {
  readonly terminalSn: string;
  readonly transType: TransType;
  readonly kind: 'charge' | 'hold' | 'other';
  readonly currency: string;
  readonly names: Identifiers;
  readonly batchNo: number;
  amountMinor: number;
  tipMinor: number;
  refundedMinor: number;
  voidedMinor: number;
  ended: 'voided' | 'completed' | undefined;
  /** What the terminal answered, for those who ask again. */
  response: PaymentAppObject;
};

/** `amountMinor`: what was moved; of a tip the new total. `original`: the payment that was followed up. */
export type Verdict = CardAnswer & {
  readonly effect: Effect;
  readonly amountMinor: number;
  readonly tipMinor?: number;
  readonly original?: { readonly names: Identifiers; readonly response: PaymentAppObject };
};

/** Of one terminal since its last settlement, minor units. Debits are what cards paid, credits what went back to them. */
export type Batch = {
  readonly batchNo: number;
  readonly debitCount: number;
  readonly debitMinor: number;
  readonly creditCount: number;
  readonly creditMinor: number;
};

/** What a script wants said, whatever the amount says, and how strict the app is. The rules of the account hold all the same. */
export type Forced = {
  readonly approve?: true;
  readonly decline?: CardAnswer;
  readonly tipMinor?: number;
  /** As measured with the vendor's emulator (wire specification 5.3): a `Reversal` only finds what `OriTransId` names. */
  readonly isStrict?: boolean;
};

const NOT_FOUND: CardAnswer = { approved: false, respCode: '-191', respDesc: 'ORIGINAL TRANSACTION NOT FOUND' };
const NOT_THERE: CardAnswer = { approved: false, respCode: '-125', respDesc: 'TRANSACTION DOES NOT EXIST' };
const INVALID_TRANSACTION: CardAnswer = { approved: false, respCode: '12', respDesc: 'INVALID TRANSACTION' };
const INVALID_AMOUNT: CardAnswer = { approved: false, respCode: '13', respDesc: 'INVALID AMOUNT' };

/** A long load run fits; past it the oldest go, and are then unknown. */
const MAX_BOOKED = 100_000;

type Change = { readonly effect: Effect; readonly amountMinor: number; readonly tipMinor?: number; readonly apply: () => void };
type Ruling = CardAnswer | Change;

/**
 * The bank behind the virtual card, for all terminals of the process: what is held, charged and given back. It decides what may follow a payment,
 * and knows nothing of channels and scripts.
 */
export class HostAccount {
  readonly #byName = new Map<string, Booked>();
  readonly #inOrder = new Set<Booked>();
  /** By terminal; one that has not settled yet is at its first. */
  readonly #batchNos = new Map<string, number>();

  /** Carries a transaction out and books it under these names, if it is approved. */
  carryOut(terminalSn: string, request: AppRequest, names: Identifiers, forced: Forced): Verdict {
    const isUnnamed = forced.isStrict === true && request.transType === 'Reversal' && request.original.transId === undefined;
    const original = isUnnamed ? undefined : this.#find(terminalSn, request.original);
    const ruling = forced.decline ?? this.#ruleOn(terminalSn, request, original, forced);
    const found = original === undefined ? {} : { original };
    if ('approved' in ruling) return { ...ruling, effect: 'none', amountMinor: Math.max(0, request.amountMinor ?? 0), ...found };
    ruling.apply();
    const { effect, amountMinor } = ruling;
    const tip = ruling.tipMinor === undefined ? {} : { tipMinor: ruling.tipMinor };
    this.#book(terminalSn, request, names, amountMinor, ruling.tipMinor ?? 0);
    return { ...APPROVED, effect, amountMinor, ...tip, ...found };
  }

  /** Finds what a query asks for: an approved transaction, also one that was voided since. */
  find(terminalSn: string, named: Partial<Identifiers>): { readonly names: Identifiers; readonly response: PaymentAppObject } | CardAnswer {
    return this.#find(terminalSn, named) ?? NOT_THERE;
  }

  /** Keeps what the terminal answered, to be shown when somebody asks for the transaction. */
  keepResponse(transIndexCode: string, response: PaymentAppObject): void {
    const booked = this.#byName.get(keyOf('', 'transIndexCode', transIndexCode));
    if (booked !== undefined) booked.response = response;
  }

  /** What is in the open batch of this terminal. */
  batchOf(terminalSn: string): Batch {
    const batchNo = this.#batchNoOf(terminalSn);
    const booked = [...this.#inOrder].filter((each) => each.terminalSn === terminalSn && each.batchNo === batchNo);
    const debits = booked.filter(({ kind, amountMinor, voidedMinor }) => kind === 'charge' && amountMinor > voidedMinor);
    const credits = booked.filter(({ transType }) => transType === 'Refund');
    const sum = (amounts: readonly Booked[]): number => amounts.reduce((total, each) => total + each.amountMinor - each.voidedMinor, 0);
    return {
      batchNo,
      ...{ debitCount: debits.length, debitMinor: sum(debits) },
      ...{ creditCount: credits.length, creditMinor: sum(credits) },
    };
  }

  /** Closes the batch; what is in it cannot be voided any more. Holds stay as they are. */
  settle(terminalSn: string): Batch {
    const closed = this.batchOf(terminalSn);
    this.#batchNos.set(terminalSn, closed.batchNo + 1);
    return closed;
  }

  #ruleOn(terminalSn: string, request: AppRequest, original: Booked | undefined, forced: Forced): Ruling {
    if (request.transType === 'Purchase' || request.transType === 'PreAuth') return authorise(request, forced);
    if (original === undefined) return NOT_FOUND;
    if (isOtherCurrency(request, original)) return INVALID_TRANSACTION;
    const isSettled = original.terminalSn === terminalSn && original.batchNo !== this.#batchNoOf(terminalSn);
    switch (request.transType) {
      case 'IncrementalAuth':
        return increment(request, original, forced);
      case 'AuthCompletion':
        return complete(request, original);
      case 'AuthVoid':
        return release(request, original);
      case 'Reversal':
        return voidOf(request, original, isSettled);
      case 'Refund':
        return refund(request, original);
      case 'TipAdjust':
        return adjustTip(request, original, isSettled);
      default:
        return INVALID_TRANSACTION;
    }
  }

  /** All names that are given have to be those of one payment: with money no guess is good enough. */
  #find(terminalSn: string, named: Partial<Identifiers>): Booked | undefined {
    const given = Object.entries(named) as [keyof Identifiers, string][];
    const [first] = given;
    if (first === undefined) return undefined;
    const booked = this.#byName.get(keyOf(terminalSn, ...first));
    return booked !== undefined && given.every(([name, value]) => booked.names[name] === value) ? booked : undefined;
  }

  #book(terminalSn: string, { transType, currency }: AppRequest, names: Identifiers, amountMinor: number, tipMinor: number): void {
    const isCharge = transType === 'Purchase' || transType === 'AuthCompletion';
    const kind = isCharge ? 'charge' : transType === 'PreAuth' ? 'hold' : 'other';
    const booked: Booked = {
      ...{ terminalSn, transType, kind, currency, names, amountMinor, tipMinor, batchNo: this.#batchNoOf(terminalSn) },
      ...{ refundedMinor: 0, voidedMinor: 0, ended: undefined, response: {} },
    };
    this.#inOrder.add(booked);
    for (const key of keysOf(booked)) this.#byName.set(key, booked);
    const [oldest] = this.#inOrder;
    if (this.#inOrder.size > MAX_BOOKED && oldest !== undefined) this.#forget(oldest);
  }

  #forget(booked: Booked): void {
    this.#inOrder.delete(booked);
    for (const key of keysOf(booked)) if (this.#byName.get(key) === booked) this.#byName.delete(key);
  }

  #batchNoOf(terminalSn: string): number {
    return this.#batchNos.get(terminalSn) ?? 1;
  }
}

/** Without an amount a currency says nothing. */
const isOtherCurrency = ({ amountMinor, currency }: AppRequest, original: Booked): boolean =>
  amountMinor !== undefined && currency !== original.currency;

function authorise(request: AppRequest, forced: Forced): Ruling {
  const { amountMinor = 0 } = request;
  const answer = answerTo(amountMinor, forced);
  if (!answer.approved) return answer;
  const tipMinor = forced.tipMinor === undefined ? request.tipMinor : (request.tipMinor ?? 0) + forced.tipMinor;
  const effect = request.transType === 'PreAuth' ? 'held' : 'captured';
  const tip = tipMinor === undefined ? {} : { tipMinor };
  return { effect, amountMinor: amountMinor + (forced.tipMinor ?? 0), ...tip, apply: () => undefined };
}

/** The test amounts speak for the bank, unless a script does. */
const answerTo = (amountMinor: number, forced: Forced): CardAnswer =>
  forced.approve === true && isCardAmount(amountMinor) ? APPROVED : cardAnswerTo(amountMinor);

function increment({ amountMinor = 0 }: AppRequest, hold: Booked, forced: Forced): Ruling {
  if (hold.kind !== 'hold' || hold.ended !== undefined) return INVALID_TRANSACTION;
  const answer = answerTo(amountMinor, forced);
  if (!answer.approved) return answer;
  if (!isCardAmount(hold.amountMinor + amountMinor)) return INVALID_AMOUNT;
  return { effect: 'held', amountMinor, apply: () => void (hold.amountMinor += amountMinor) };
}

function complete({ amountMinor = 0 }: AppRequest, hold: Booked): Ruling {
  if (hold.kind !== 'hold' || hold.ended !== undefined) return INVALID_TRANSACTION;
  if (!isCardAmount(amountMinor) || amountMinor > hold.amountMinor) return INVALID_AMOUNT;
  return { effect: 'captured', amountMinor, apply: () => void (hold.ended = 'completed') };
}

const release = (request: AppRequest, original: Booked): Ruling =>
  original.kind === 'hold' ? voidOf(request, original, false) : INVALID_TRANSACTION;

/** Once, and of a charge only in its own batch; without an amount, of all of it. */
function voidOf({ amountMinor }: AppRequest, original: Booked, isSettled: boolean): Ruling {
  const isCharge = original.kind === 'charge';
  if (original.kind === 'other' || original.ended !== undefined) return INVALID_TRANSACTION;
  if (isCharge && (isSettled || original.refundedMinor > 0)) return INVALID_TRANSACTION;
  const voidedMinor = amountMinor === undefined || amountMinor === 0 ? original.amountMinor : amountMinor;
  if (voidedMinor < 1 || voidedMinor > original.amountMinor) return INVALID_AMOUNT;
  return {
    ...{ effect: 'voided', amountMinor: voidedMinor },
    apply: () => {
      original.ended = 'voided';
      original.voidedMinor = voidedMinor;
    },
  };
}

/** In parts, until nothing is left. */
function refund({ amountMinor = 0 }: AppRequest, charge: Booked): Ruling {
  if (charge.kind !== 'charge' || charge.ended !== undefined) return INVALID_TRANSACTION;
  if (!isCardAmount(amountMinor) || amountMinor > charge.amountMinor - charge.refundedMinor) return INVALID_AMOUNT;
  return { effect: 'refunded', amountMinor, apply: () => void (charge.refundedMinor += amountMinor) };
}

/** To a new total, if one is said, else to a new tip. */
function adjustTip({ amountMinor, tipMinor }: AppRequest, charge: Booked, isSettled: boolean): Ruling {
  if (charge.kind !== 'charge' || charge.ended !== undefined || isSettled || charge.refundedMinor > 0) return INVALID_TRANSACTION;
  const bareMinor = charge.amountMinor - charge.tipMinor;
  const totalMinor = amountMinor === undefined || amountMinor === 0 ? bareMinor + (tipMinor ?? -1) : amountMinor;
  if (totalMinor < bareMinor || !isCardAmount(totalMinor)) return INVALID_AMOUNT;
  const newTipMinor = totalMinor - bareMinor;
  return {
    ...{ effect: 'captured', amountMinor: totalMinor, tipMinor: newTipMinor },
    apply: () => {
      charge.amountMinor = totalMinor;
      charge.tipMinor = newTipMinor;
    },
  };
}

/** Two of the names are unique everywhere; the others are numbers that each terminal counts for itself. */
const GLOBAL_NAMES: ReadonlySet<string> = new Set<keyof Identifiers>(['transIndexCode', 'transId']);

const keyOf = (terminalSn: string, name: keyof Identifiers, value: string): string =>
  GLOBAL_NAMES.has(name) ? `${name}\n${value}` : `${name}\n${value}\n${terminalSn}`;

const keysOf = ({ terminalSn, names }: Booked): string[] =>
  (Object.entries(names) as [keyof Identifiers, string][]).map(([name, value]) => keyOf(terminalSn, name, value));
