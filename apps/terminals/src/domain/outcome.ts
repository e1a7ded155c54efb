import type { TerminalOutcome, TransactionResultV1 } from '@tillbridge/contracts';

/** The response codes of a terminal that refused a command before it asked for a card: too late, in use, or of a type that it does not do. */
const REFUSED_UNSTARTED: ReadonlySet<string> = new Set(['-EXPIRED', '-BUSY', '-UNSUPPORTED']);

/** Both spellings, "CANCELLED" and "CANCELED", and "USER CANCEL". */
const CANCEL_TEXT = /cancel/i;

/**
 * What a terminal's answer proves. Only an explicit success is a success. "Cancelled" is believed only without an authorisation code: with one,
 * the card's host had said something before somebody pressed the red key. Everything else is a decline.
 */
export function outcomeOf(result: Pick<TransactionResultV1, 'approved' | 'respCode' | 'respDesc' | 'authCode'>): TerminalOutcome {
  if (result.approved) return 'approved';
  if (REFUSED_UNSTARTED.has(result.respCode ?? '')) return 'not-executed';
  const wasCancelled = CANCEL_TEXT.test(result.respCode ?? '') || CANCEL_TEXT.test(result.respDesc ?? '');
  return wasCancelled && result.authCode === undefined ? 'cancelled' : 'declined';
}
