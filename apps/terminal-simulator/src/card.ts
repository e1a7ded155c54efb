import { unreachable } from '@tillbridge/kernel';
import type { PaymentAppObject } from '@tillbridge/protocol';

/** What the card and its host say to an amount. Response codes are those of ISO 8583. */
export type CardAnswer = { approved: boolean; respCode: string; respDesc: string };

const APPROVED: CardAnswer = { approved: true, respCode: '00', respDesc: 'APPROVED' };
const INVALID_AMOUNT: CardAnswer = { approved: false, respCode: '13', respDesc: 'INVALID AMOUNT' };

/** The test amounts of the vendor's processors, wire specification 8.7. */
const answersByAmount: ReadonlyMap<number, CardAnswer> = new Map([
  [9001, { approved: false, respCode: '51', respDesc: 'INSUFFICIENT FUNDS' }],
  [9002, { approved: false, respCode: '41', respDesc: 'LOST CARD' }],
  [9003, { approved: false, respCode: '54', respDesc: 'EXPIRED CARD' }],
  [9004, { approved: false, respCode: '05', respDesc: 'DECLINED' }],
  [9005, { approved: false, respCode: '68', respDesc: 'TIMEOUT' }],
]);

/** The same list has nine digits approved and ten refused. */
const MAX_CARD_AMOUNT_MINOR = 999_999_999;

/** The card's answer to an amount in minor units; always the same for the same amount. */
export function cardAnswerTo(amountMinor: number): CardAnswer {
  if (!Number.isInteger(amountMinor) || amountMinor < 1 || amountMinor > MAX_CARD_AMOUNT_MINOR) return INVALID_AMOUNT;
  return answersByAmount.get(amountMinor) ?? APPROVED;
}

/** The emulator's currency when a request has none, as measured (wire specification 8.7). */
const DEFAULT_CURRENCY = '840';

/** What a request of the payment app asks for, or that this terminal does not do it. */
export type Purchase = { kind: 'purchase'; amountMinor: number; currency: string } | { kind: 'unsupported' };

/** Reads a request (wire specification 8.5). An amount that is no digits reads as 0, which no card accepts. */
export function readPurchase(request: PaymentAppObject): Purchase {
  if (request['TransType'] !== 'Purchase') return { kind: 'unsupported' };
  const amount = request['TransAmount'];
  const currency = request['CurrencyCode'];
  return {
    kind: 'purchase',
    amountMinor: typeof amount === 'string' && /^\d{1,12}$/.test(amount) ? Number(amount) : 0,
    currency: typeof currency === 'string' && currency !== '' ? currency : DEFAULT_CURRENCY,
  };
}

/** Why a terminal did not even ask for the card. No money has moved, and none will. */
export type TerminalRefusal = 'expired' | 'busy' | 'unsupported';

/** The answer of a terminal that refused a command: an echo of the request and the reason in `RespCode`. */
export function refusalResponse(request: PaymentAppObject, refusal: TerminalRefusal): PaymentAppObject {
  return { ...echo(request), TransResult: false, ...refusalTexts(refusal), CardNum: '', EntryMode: 0, CardBrand: 'UNKNOWN' };
}

function refusalTexts(refusal: TerminalRefusal): { RespCode: string; RespDesc: string } {
  switch (refusal) {
    case 'expired':
      return { RespCode: '-EXPIRED', RespDesc: 'command came after its time' };
    case 'busy':
      return { RespCode: '-BUSY', RespDesc: 'another transaction is running' };
    case 'unsupported':
      return { RespCode: '-UNSUPPORTED', RespDesc: 'transaction type not supported' };
    default:
      return unreachable(refusal, 'refusal');
  }
}

/**
 * The answer of the payment app after the card was read, in the forms of a real one (wire specification 8.6): amount padded to 12 digits, leading
 * zeros kept, masked test card.
 * @param now the terminal's clock; the simulator's zone is UTC
 * @param traceNo the running number of the transaction on this terminal
 */
export function cardResponse(
  request: PaymentAppObject,
  amountMinor: number,
  answer: CardAnswer,
  now: Date,
  traceNo: number,
): PaymentAppObject {
  const [date = '', time = ''] = now.toISOString().split('T');
  const transDate = date.replaceAll('-', '');
  const transTime = time.slice(0, 8).replaceAll(':', '');
  const traceNum = String(traceNo % 1_000_000).padStart(6, '0');
  return {
    ...echo(request),
    TransResult: answer.approved,
    RespCode: answer.respCode,
    RespDesc: `${answer.respCode} ${answer.respDesc}`,
    CardNum: '411111******1111',
    CardBrand: 'VISA',
    EntryMode: 7,
    TransAmount: String(amountMinor).padStart(12, '0'),
    TransDate: transDate,
    TransTime: transTime,
    MerchantName: 'Tillbridge Sandbox',
    TraceNum: traceNum,
    TransID: String(now.getTime()),
    InvoiceNum: `${transDate.slice(2)}${traceNum}`,
    RRN: `${transDate.slice(3, 4)}${dayOfYear(now)}${transTime.slice(0, 2)}${traceNum}`,
    AuthCode: answer.approved ? `A${traceNum.slice(1)}` : '',
    OriTransId: '',
    EmvAid: 'A0000000031010',
    EmvAppName: 'VISA CREDIT',
    EmvTVR: '0000000000',
  };
}

const ECHOED = ['TransType', 'TransScheme', 'CallerName', 'TransIndexCode', 'TransAmount', 'CurrencyCode'] as const;

/** A caller may fill a whole channel message with one text; the answer must still fit into one. */
const MAX_ECHO_LENGTH = 256;

function echo(request: PaymentAppObject): PaymentAppObject {
  return Object.fromEntries(
    ECHOED.flatMap((name): [string, string][] => {
      const value = request[name];
      return typeof value === 'string' ? [[name, value.slice(0, MAX_ECHO_LENGTH)]] : [];
    }),
  );
}

const DAY_MS = 86_400_000;

/** Three digits, as the retrieval reference number has them. */
function dayOfYear(now: Date): string {
  const day = Math.floor((now.getTime() - Date.UTC(now.getUTCFullYear(), 0, 1)) / DAY_MS) + 1;
  return String(day).padStart(3, '0');
}
