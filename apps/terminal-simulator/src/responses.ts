import type { PaymentAppObject } from '@tillbridge/protocol';
import type { Identifiers } from './app-request.js';
import type { CardAnswer } from './card.js';
import type { Batch } from './host-account.js';

/** Why a terminal carried nothing out. No money has moved, and none will. */
export type TerminalRefusal = 'expired' | 'busy' | 'unsupported' | 'power-lost' | 'cancelled' | 'cancelled-by-buyer' | 'no-card';

/**
 * A loss of power is told with the code of a command that came too late: for the other side both are one thing, namely proof that the card was
 * never asked. The vendor's texts after a cancel and without a card contain "cancel" or "timeout" (wire specification 8.4 and 8.7).
 */
const refusals: Readonly<Record<TerminalRefusal, { readonly RespCode: string; readonly RespDesc: string }>> = {
  expired: { RespCode: '-EXPIRED', RespDesc: 'command came after its time' },
  busy: { RespCode: '-BUSY', RespDesc: 'another transaction is running' },
  unsupported: { RespCode: '-UNSUPPORTED', RespDesc: 'transaction type not supported' },
  'power-lost': { RespCode: '-EXPIRED', RespDesc: 'power was lost before the card was asked' },
  cancelled: { RespCode: 'FF', RespDesc: 'TRANSACTION CANCELLED' },
  'cancelled-by-buyer': { RespCode: 'FF', RespDesc: 'TRANSACTION CANCELLED BY CARDHOLDER' },
  'no-card': { RespCode: 'FF', RespDesc: 'TIMEOUT, NO CARD PRESENTED' },
};

/** The answer of a terminal that carried nothing out: an echo of the request, the reason, and an empty card. */
export function refusalResponse(request: PaymentAppObject, refusal: TerminalRefusal, respCode?: string): PaymentAppObject {
  const texts = refusals[refusal];
  const code = respCode === undefined ? {} : { RespCode: respCode };
  return { ...echo(request), TransResult: false, ...texts, ...code, CardNum: '', EntryMode: 0, CardBrand: 'UNKNOWN' };
}

/** `traceNo`: the running number of the transaction on this terminal. `now`: the terminal's clock; the simulator's zone is UTC. */
export type Moment = { readonly terminalTag: string; readonly traceNo: number; readonly now: Date };

/** What the transaction can be named by later. The payment id has no run of digits that could pass for a card number and be masked. */
export function namesOf(transIndexCode: string, { terminalTag, traceNo, now }: Moment): Identifiers {
  const { transDate, transTime } = dateAndTime(now);
  const traceNum = String(traceNo % 1_000_000).padStart(6, '0');
  return {
    transIndexCode,
    transId: `S${terminalTag}T${now.getTime().toString(36)}N${traceNo}`.toUpperCase(),
    rrn: `${transDate.slice(3, 4)}${dayOfYear(now)}${transTime.slice(0, 2)}${traceNum}`,
    invoiceNum: `${transDate.slice(2)}${traceNum}`,
    traceNum,
  };
}

/** What every answer has after the request was carried out, in the forms of a real payment app (wire specification 8.6). */
export function baseResponse(request: PaymentAppObject, answer: CardAnswer, now: Date): PaymentAppObject {
  const { transDate, transTime } = dateAndTime(now);
  return {
    ...echo(request),
    TransResult: answer.approved,
    RespCode: answer.respCode,
    RespDesc: `${answer.respCode} ${answer.respDesc}`,
    ...{ TransDate: transDate, TransTime: transTime, MerchantName: MERCHANT_NAME, OriTransId: '' },
  };
}

const MERCHANT_NAME = 'Tillbridge Sandbox';

/** A masked test card. */
export const cardMembers: PaymentAppObject = {
  ...{ CardNum: '411111******1111', CardBrand: 'VISA', EntryMode: 7 },
  ...{ EmvAid: 'A0000000031010', EmvAppName: 'VISA CREDIT', EmvTVR: '0000000000' },
};

/** Follow-ups know the card from the original, and read none. */
export const keptCardMembers: PaymentAppObject = { CardNum: '411111******1111', CardBrand: 'VISA', EntryMode: 0 };

export const noCardMembers: PaymentAppObject = { CardNum: '', CardBrand: 'UNKNOWN', EntryMode: 0 };

export const CARD_UNIQUE_ID = 'tillbridge-virtual-card-1';

/** The numbers that the receipt shows. */
export function nameMembers({ traceNum, transId, invoiceNum, rrn }: Identifiers, approved: boolean): PaymentAppObject {
  const authCode = approved ? `A${traceNum.slice(1)}` : '';
  return { TraceNum: traceNum, TransID: transId, InvoiceNum: invoiceNum, RRN: rrn, AuthCode: authCode };
}

export const originalMembers = ({ transIndexCode, transId, invoiceNum, rrn }: Identifiers): PaymentAppObject => ({
  ...{ OriTransIndexCode: transIndexCode, OriTransId: transId, OriInvoiceNum: invoiceNum, OriRrn: rrn },
});

export const amountText = (amountMinor: number): string => String(amountMinor).padStart(12, '0');

/** The nested form of a settlement (wire specification 8.6.2), as the vendor's emulator has it. */
export function batchMembers(batch: Batch, currency: string, terminalTag: string): PaymentAppObject {
  const { batchNo, creditCount, creditMinor, debitCount, debitMinor } = batch;
  const totals = {
    CreditTotalAmount: creditMinor,
    CreditTotalCount: creditCount,
    DebitTotalAmount: debitMinor,
    DebitTotalCount: debitCount,
  };
  const BatchId = String(batchNo).padStart(6, '0');
  return {
    AuthCode: '',
    BatchDetailInfo: {
      SettlementList: debitCount + creditCount === 0 ? [] : [{ CardBrand: 'VISA', ...totals }],
      Summary: { BatchId, ...totals, CurrencyCode: currency, Mid: MERCHANT_NAME, Tid: terminalTag, SettleStatus: 'CLOSED' },
      ...{ creditAmount: creditMinor, creditNum: creditCount, debitAmount: debitMinor, debitNum: debitCount },
    },
  };
}

export const posMembers = (terminalSn: string, terminalTag: string): PaymentAppObject => ({
  ...{ AdditionalInfo: JSON.stringify({ SN: terminalSn }), MID: 'SANDBOX', TID: terminalTag, IsKeyLoaded: true },
});

const ECHOED = ['TransType', 'TransScheme', 'CallerName', 'TransIndexCode', 'TransAmount', 'TipAmount', 'CurrencyCode'] as const;

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

function dateAndTime(now: Date): { transDate: string; transTime: string } {
  const [date = '', time = ''] = now.toISOString().split('T');
  return { transDate: date.replaceAll('-', ''), transTime: time.slice(0, 8).replaceAll(':', '') };
}

const DAY_MS = 86_400_000;

/** Three digits, as the retrieval reference number has them. */
function dayOfYear(now: Date): string {
  const day = Math.floor((now.getTime() - Date.UTC(now.getUTCFullYear(), 0, 1)) / DAY_MS) + 1;
  return String(day).padStart(3, '0');
}
