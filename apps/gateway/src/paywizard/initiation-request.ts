import {
  done,
  refused,
  type Answer,
  type CallerV1,
  type InitiateTransactionV1,
  type InstructionV1,
  type MoneyV1,
  type OriginalV1,
} from '@tillbridge/contracts';
import { checkPushUrl, type PushEnvironment } from '@tillbridge/protocol';
import { checkMerchant } from '../identity/merchant.js';
import { checkCardData } from './card-data.js';
import type { JsonObject } from './json-object.js';
import { requestHashOf } from './request-hash.js';
import { internetTransForm, internetTransRules, originalMembers, type InternetTransV3 } from './requests.js';
import { checkTransType, type TransTypeRule } from './trans-types.js';
import { readFields } from './wire-fields.js';

/** A request whose merchant is settled. */
type OfMerchant = InternetTransV3 & { readonly merchantId: string };

/** Reads `internetTrans`; the refusals come in the documented order (docs/DECISIONS.md 1.3). */
export function readInitiation(fields: JsonObject, caller: CallerV1, environment: PushEnvironment): Answer<InitiateTransactionV1> {
  const read = readFields(fields, internetTransForm);
  if (read.outcome !== 'done') return read;
  const request = read.value;
  for (const check of [checkCallBackUrl(request, environment), checkParts(request)]) {
    if (check.outcome !== 'done') return check;
  }
  const type = checkTransType(request.transType);
  if (type.outcome !== 'done') return type;
  const rule = type.value;
  for (const check of [checkMoney(request, rule), checkOriginal(request, rule), checkCardData(fields)]) {
    if (check.outcome !== 'done') return check;
  }
  const allowed = checkMerchant(caller, request.merchantId);
  return allowed.outcome === 'done' ? done(initiationOf({ ...request, merchantId: caller.merchantId }, rule, caller)) : allowed;
}

/** Refused at once and not at the first push: the till's programmer is still there to correct it. */
function checkCallBackUrl({ callBackUrl }: InternetTransV3, environment: PushEnvironment): Answer<object> {
  if (callBackUrl === undefined) return done({});
  const checked = checkPushUrl(callBackUrl, environment);
  return checked.ok ? done({}) : refused('invalid-field', `callBackUrl: expected ${checked.expected}`);
}

const TOTAL_EXPECTED = refused('invalid-field', 'transAmount: expected the total, with tipAmount and otherAmount in it');

/** Without a total there is nothing to compare: whether there must be one, the type decides. */
function checkParts({ transAmount = 0, tipAmount = 0, otherAmount = 0 }: InternetTransV3): Answer<object> {
  return transAmount === 0 || tipAmount + otherAmount <= transAmount ? done({}) : TOTAL_EXPECTED;
}

/** An amount of 0 counts as none, for clients send it where they have none. */
function checkMoney({ transAmount = 0, tipAmount, otherAmount = 0 }: InternetTransV3, { money, transType }: TransTypeRule): Answer<object> {
  if (money === 'none') return checkNoMoney({ transAmount, tipAmount, otherAmount }, transType);
  if (transAmount > 0) return done({});
  const { expected } = internetTransRules.transAmount;
  if (money === 'needed') return refused('invalid-field', `transAmount: expected ${expected}, as ${transType} moves money`);
  if (money === 'tip-or-total') {
    if (tipAmount === undefined) return refused('invalid-field', `tipAmount: expected the new tip, or the new total as transAmount`);
    return otherAmount > 0 ? TOTAL_EXPECTED : done({});
  }
  return (tipAmount ?? 0) + otherAmount > 0 ? TOTAL_EXPECTED : done({});
}

function checkNoMoney(amounts: Readonly<Record<string, number | undefined>>, transType: string): Answer<object> {
  const [given] = Object.entries(amounts).find(([, amount = 0]) => amount > 0) ?? [];
  return given === undefined ? done({}) : refused('invalid-field', `${given}: expected none, as ${transType} moves no money`);
}

function checkOriginal(request: InternetTransV3, { original, transType }: TransTypeRule): Answer<object> {
  const members = Object.values(originalMembers);
  if (original !== 'needed' || members.some((member) => request[member] !== undefined)) return done({});
  return refused('invalid-field', `${members.join(' or ')}: expected one of them, as ${transType} follows up another transaction`);
}

/**
 * The hash is that of what the till has sent, without the merchant's default currency: that may change between a request and its repeat, and
 * a repeat must stay one.
 */
function initiationOf(request: OfMerchant, rule: TransTypeRule, caller: CallerV1): InitiateTransactionV1 {
  const { clientId, merchantId, posId, tradeNo, callBackUrl } = request;
  return {
    clientId,
    merchantId,
    posId,
    tradeNo,
    requestHash: requestHashOf(request),
    instruction: instructionOf(request, rule, caller),
    ...(callBackUrl === undefined ? {} : { callBackUrl }),
  };
}

function instructionOf(request: InternetTransV3, rule: TransTypeRule, caller: CallerV1): InstructionV1 {
  const { transType, transScheme, callerName, reqTransDate, reqTransTime, enableReceipt, appendingReceiptInfo, skipConfirmProcedure } =
    request;
  const given = { transScheme, callerName, reqTransDate, reqTransTime, enableReceipt, appendingReceiptInfo, skipConfirmProcedure };
  return { transType, ...withoutAbsent({ ...moneyOf(request, rule, caller), ...given, original: originalOf(request, rule) }) };
}

/**
 * A currency that the till has named beside a part is kept with an amount of 0: that of the original is not known here, and has to be the same. The
 * merchant's own currency stands for one that is left out only where there is an amount.
 */
function moneyOf(
  { transAmount = 0, currencyCode, otherAmount, tipAmount }: InternetTransV3,
  { money }: TransTypeRule,
  caller: CallerV1,
): { amount?: MoneyV1 | undefined; otherAmountMinor?: number | undefined; tipAmountMinor?: number | undefined } {
  if (money === 'none') return {};
  const currency = transAmount > 0 ? (currencyCode ?? caller.currencyCode) : currencyCode;
  const amount = currency === undefined ? undefined : { amountMinor: transAmount, currency };
  return { amount, otherAmountMinor: otherAmount, tipAmountMinor: tipAmount };
}

function originalOf(request: InternetTransV3, { original }: TransTypeRule): OriginalV1 | undefined {
  if (original === 'none') return undefined;
  const named: OriginalV1 = {};
  for (const [name, member] of Object.entries(originalMembers) as [keyof OriginalV1, (typeof originalMembers)[keyof OriginalV1]][]) {
    const value = request[member];
    if (value !== undefined) named[name] = value;
  }
  return Object.keys(named).length === 0 ? undefined : named;
}

/** Payloads know no undefined: absent means absent. */
function withoutAbsent<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const present: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const name in members) {
    const value = members[name];
    if (value !== undefined) present[name] = value as Exclude<T[typeof name], undefined>;
  }
  return present;
}
