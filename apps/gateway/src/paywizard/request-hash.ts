import { sha256Hex } from '@tillbridge/kernel';
import { internetTransRules, originalMembers, type InternetTransV3 } from './requests.js';
import { transTypes } from './trans-types.js';

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
  transAmount: 0,
  tipAmount: 0,
  otherAmount: 0,
  enableReceipt: false,
  skipConfirmProcedure: false,
} satisfies Partial<InternetTransV3>;

/** Of types that start something new: whatever names an original means nothing there. Tills fill it in from their last receipt. */
const WITHOUT_ORIGINAL: ReadonlySet<string> = new Set(
  transTypes()
    .filter(({ original }) => original === 'none')
    .map(({ transType }) => transType),
);
const ORIGINALS: ReadonlySet<string> = new Set<Member>(Object.values(originalMembers));

/** What counts, in the order in which it is hashed. */
const HASHED = (Object.keys(internetTransRules) as Member[])
  .filter((name) => !LEFT_OUT.has(name))
  .sort()
  .map((name) => ({ name, usual: defaults[name], isOriginal: ORIGINALS.has(name) }));

/** SHA-256 (hex) of what a request asks for: equal for a repeat of it, whatever its bytes look like. Takes the normalised request. */
export function requestHashOf(request: InternetTransV3): string {
  const hasNoOriginal = WITHOUT_ORIGINAL.has(request.transType);
  // Names and values take turns.
  const says: unknown[] = [];
  for (const { name, usual, isOriginal } of HASHED) {
    const value = request[name];
    if (value !== undefined && value !== usual && !(isOriginal && hasNoOriginal)) says.push(name, value);
  }
  return sha256Hex(JSON.stringify(says));
}
