import type { TransactionResultV1 } from '@tillbridge/contracts';
import { fromTerminalResponse, type PaymentAppObject, type TerminalResult } from '@tillbridge/protocol';

const NUL = '\0';

/** A text as PostgreSQL can store it: it takes neither NUL nor half a surrogate pair, and a result that cannot be stored would come again for ever. */
export const storable = (text: string): string => text.toWellFormed().replaceAll(NUL, '');

/** A terminal's answer as it is kept: without card data, without characters that cannot be stored. */
export function readResponse(response: PaymentAppObject): TerminalResult {
  const read = Object.entries(fromTerminalResponse(response)).map(([name, value]): [string, unknown] => [
    name,
    typeof value === 'string' ? storable(value) : value,
  ]);
  // The same members with the same types; only texts lost characters.
  return Object.fromEntries(read) as TerminalResult;
}

/** The part of an answer that the fact carries. */
export function toResult(result: TerminalResult): TransactionResultV1 {
  const { approved, respCode, respDesc, transId, invoiceNum, traceNum, rrn, authCode, cardNo, cardBrand, entryMode, amountMinor } = result;
  const tranTime = result.tranDate === undefined || result.tranTime === undefined ? undefined : timeText(result.tranDate, result.tranTime);
  const members = { respCode, respDesc, transId, invoiceNum, traceNum, rrn, authCode, cardNo, cardBrand, entryMode, amountMinor, tranTime };
  const present = Object.entries(members).filter(([, value]) => value !== undefined);
  return { approved, ...(Object.fromEntries(present) as Omit<TransactionResultV1, 'approved'>) };
}

/** `YYYYMMDD` and `hhmmss` as `yyyy-MM-dd HH:mm:ss`. */
function timeText(date: string, time: string): string {
  return `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)} ${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}`;
}
