import { sha256Hex } from '@tillbridge/kernel';
import type { InternetTransV3 } from './requests.js';

type Member = keyof InternetTransV3;

/**
 * The till's date and time say when it asked, not what for, and a till that builds its repeat anew writes a new time into it. With them in, a
 * repeat after a lost answer would be refused as another request, and the cashier would charge a second time to be sure. The developer is
 * left out because trade numbers are compared within one developer only.
 */
const LEFT_OUT: ReadonlySet<string> = new Set<Member>(['clientId', 'reqTransDate', 'reqTransTime']);

/** Said or left out, these values ask for the same (WIRE.md 5.2, 6.5): a till may leave a default out of its repeat. */
const defaults: Readonly<Partial<Record<string, unknown>>> = {
  transScheme: 'Credit',
  tipAmount: 0,
  otherAmount: 0,
  enableReceipt: false,
  skipConfirmProcedure: false,
} satisfies Partial<InternetTransV3>;

/** Types that start something new (WIRE.md 5.1): whatever names an original means nothing there. Tills fill it in from their last receipt. */
const WITHOUT_ORIGINAL: ReadonlySet<string> = new Set(['Purchase', 'PreAuth']);
const ORIGINALS: ReadonlySet<string> = new Set<Member>(['oriTransIndexCode', 'oriTraceNum', 'oriInvoiceNum', 'oriTransId', 'oriRrn']);

/** SHA-256 (hex) of what a request asks for: equal for a repeat of it, whatever its bytes look like. Takes the normalised request. */
export function requestHashOf(request: InternetTransV3): string {
  const hasNoOriginal = WITHOUT_ORIGINAL.has(request.transType);
  const says = ([name, value]: [string, unknown]): boolean =>
    value !== undefined && value !== defaults[name] && !LEFT_OUT.has(name) && !(hasNoOriginal && ORIGINALS.has(name));
  return sha256Hex(canonicalJson(Object.entries(request).filter(says)));
}

/** Texts, numbers and booleans by name, sorted by name. */
function canonicalJson(members: [string, unknown][]): string {
  return JSON.stringify(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}
