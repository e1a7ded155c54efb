import { done, refused, type Answer, type CallerV1, type InitiateTransactionV1, type InstructionV1 } from '@tillbridge/contracts';
import { checkPushUrl, type PushEnvironment } from '@tillbridge/protocol';
import { checkMerchant } from '../identity/merchant.js';
import { checkCardData } from './card-data.js';
import type { JsonObject } from './json-object.js';
import { requestHashOf } from './request-hash.js';
import { internetTransForm, internetTransRules, type InternetTransV3 } from './requests.js';
import { checkTransType } from './trans-types.js';
import { readFields } from './wire-fields.js';

/** A request whose merchant is settled. */
type OfMerchant = InternetTransV3 & { readonly merchantId: string };

/** Reads `internetTrans`; the refusals come in the documented order (docs/DECISIONS.md 1.3). */
export function readInitiation(fields: JsonObject, caller: CallerV1, environment: PushEnvironment): Answer<InitiateTransactionV1> {
  const read = readFields(fields, internetTransForm);
  if (read.outcome !== 'done') return read;
  const request = read.value;
  const form = [checkCallBackUrl(request, environment), checkParts(request), checkTransType(request.transType), checkAmount(request)];
  for (const check of form) {
    if (check.outcome !== 'done') return check;
  }
  for (const check of [checkCardData(fields), checkMerchant(caller, request.merchantId)]) {
    if (check.outcome !== 'done') return check;
  }
  return done(initiationOf({ ...request, merchantId: caller.merchantId }, caller));
}

/** Refused at once and not at the first push: the till's programmer is still there to correct it. */
function checkCallBackUrl({ callBackUrl }: InternetTransV3, environment: PushEnvironment): Answer<object> {
  if (callBackUrl === undefined) return done({});
  const checked = checkPushUrl(callBackUrl, environment);
  return checked.ok ? done({}) : refused('invalid-field', `callBackUrl: expected ${checked.expected}`);
}

function checkParts({ transAmount = 0, tipAmount = 0, otherAmount = 0 }: InternetTransV3): Answer<object> {
  if (tipAmount + otherAmount <= transAmount) return done({});
  return refused('invalid-field', 'transAmount: expected the total, with tipAmount and otherAmount in it');
}

/** Every type that is taken moves money. */
function checkAmount({ transAmount, transType }: InternetTransV3): Answer<object> {
  if (transAmount !== undefined && transAmount > 0) return done({});
  return refused('invalid-field', `transAmount: expected ${internetTransRules.transAmount.expected}, as ${transType} moves money`);
}

/**
 * The hash is that of what the till has sent, without the merchant's default currency: that may change between a request and its repeat, and
 * a repeat must stay one.
 */
function initiationOf(request: OfMerchant, caller: CallerV1): InitiateTransactionV1 {
  const { clientId, merchantId, posId, tradeNo, callBackUrl } = request;
  return {
    clientId,
    merchantId,
    posId,
    tradeNo,
    requestHash: requestHashOf(request),
    instruction: instructionOf(request, caller),
    ...(callBackUrl === undefined ? {} : { callBackUrl }),
  };
}

function instructionOf(request: InternetTransV3, caller: CallerV1): InstructionV1 {
  const { transAmount = 0, currencyCode = caller.currencyCode, otherAmount, tipAmount } = request;
  const { transType, transScheme, callerName, reqTransDate, reqTransTime, enableReceipt, appendingReceiptInfo, skipConfirmProcedure } =
    request;
  const given = withoutAbsent({
    otherAmountMinor: otherAmount,
    tipAmountMinor: tipAmount,
    transScheme,
    callerName,
    reqTransDate,
    reqTransTime,
    enableReceipt,
    appendingReceiptInfo,
    skipConfirmProcedure,
  });
  return { transType, amount: { amountMinor: transAmount, currency: currencyCode }, ...given };
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
