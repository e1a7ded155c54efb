import type { PaymentAppObject } from '@tillbridge/protocol';
import { isTransType, type TransType } from './trans-types.js';

/** What a payment goes by later, wire specification 5.3. */
export type Identifiers = { transIndexCode: string; transId: string; rrn: string; invoiceNum: string; traceNum: string };

/**
 * A request of the payment app, read. Amounts are minor units, undefined where none stands; one that is no amount is -1, which nobody accepts.
 * `original`: what the request says about the payment that it follows.
 */
export type AppRequest = {
  readonly transIndexCode: string;
  readonly transType: TransType;
  readonly amountMinor: number | undefined;
  readonly tipMinor: number | undefined;
  readonly currency: string;
  readonly original: Readonly<Partial<Identifiers>>;
};

/** The emulator's currency when a request has none, as measured (wire specification 8.7). */
const DEFAULT_CURRENCY = '840';

const ORIGINAL_MEMBERS = [
  ['transIndexCode', 'OriTransIndexCode'],
  ['transId', 'OriTransId'],
  ['rrn', 'OriRrn'],
  ['invoiceNum', 'OriInvoiceNum'],
  ['traceNum', 'OriTraceNum'],
] as const;

/** Reads a request (wire specification 8.5). Undefined for a type that this terminal does not do. */
export function readRequest(transIndexCode: string, request: PaymentAppObject): AppRequest | undefined {
  const transType = request['TransType'];
  if (!isTransType(transType)) return undefined;
  const currency = request['CurrencyCode'];
  return {
    transIndexCode,
    transType,
    amountMinor: amountOf(request['TransAmount']),
    tipMinor: amountOf(request['TipAmount']),
    currency: typeof currency === 'string' && currency !== '' ? currency : DEFAULT_CURRENCY,
    original: Object.fromEntries(ORIGINAL_MEMBERS.flatMap(([name, member]) => named(name, request[member]))),
  };
}

function amountOf(value: unknown): number | undefined {
  if (value === undefined || value === '') return undefined;
  return typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : -1;
}

/** One sample of the vendor passes a number for a trace. */
function named(name: keyof Identifiers, value: unknown): [keyof Identifiers, string][] {
  if (typeof value !== 'string' && typeof value !== 'number') return [];
  return value === '' ? [] : [[name, String(value)]];
}
