import { done, refused, type Answer } from '@tillbridge/contracts';
import { findCardData } from '@tillbridge/kernel';
import type { JsonObject } from './json-object.js';

/**
 * Identifiers, secrets, amounts, references and times of the dialect (WIRE.md 6): long numbers by contract, some of which pass for a card number by
 * chance. Members with other names are searched, also those that no operation knows: they are the likeliest place for what should not be there.
 */
const NUMBERS_BY_CONTRACT: ReadonlySet<string> = new Set([
  ...['clientId', 'clientSecret', 'merchantId', 'mid', 'posId', 'tradeNo', 'terminalId', 'tid', 'terminalSn', 'sn'],
  ...['transAmount', 'otherAmount', 'tipAmount', 'currencyCode'],
  ...['transIndexCode', 'transId', 'traceNum', 'invoiceNum', 'rrn', 'batchNum', 'authCode'],
  ...['oriTransIndexCode', 'oriTraceNum', 'oriInvoiceNum', 'oriTransId', 'oriRrn'],
  ...['reqTransDate', 'reqTransTime'],
  // Of a terminal's report (6.8), whose card number has to be a masked one.
  ...['transID', 'transDate', 'transTime', 'balance', 'dccOriAmount', 'dccFee'],
]);

/**
 * Refuses a body with a full card number, track data, a security code or a PIN in it, by the path of the member (docs/DECISIONS.md 4.1). Asked
 * once the signature holds, after the form of the fields and before the merchant. The text itself is never repeated.
 */
export function checkCardData(fields: JsonObject): Answer<JsonObject> {
  const found = findCardData(fields, NUMBERS_BY_CONTRACT);
  return found === undefined ? done(fields) : refused('card-data-refused', found.path);
}
