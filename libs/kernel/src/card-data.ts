import { looksLikeFullPan } from './cards.js';

/** A JSON value with sensitive card data in it, by the path of the member; the path holds nothing of the data. */
export type CardDataFound = { readonly path: string };

/** What may be a member's name in a path: names come from the caller as well, and may be as secret as values. */
const SHOWABLE_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,39}$/;
const HIDDEN_NAME = '?';

/** Members that hold sensitive authentication data or a card number, by their names in lower case without `_` and `-`. PCI DSS 3.3 forbids to keep it. */
const SENSITIVE_NAMES: ReadonlySet<string> = new Set([
  ...['pan', 'cardnumber', 'primaryaccountnumber'],
  ...['cvv', 'cvv2', 'cvc', 'cvc2', 'csc', 'cvn', 'cid', 'cardsecuritycode'],
  ...['pin', 'pinblock', 'pindata'],
  ...['track', 'track1', 'track2', 'track3', 'trackdata', 'track1data', 'track2data', 'track3data'],
]);

/** `%B<number>^<name>^…`: ISO/IEC 7813, format code first. The number may be grouped. */
const TRACK_1 = /%[A-Z][\d ]{12,25}\^[^^]{0,40}\^/i;
/** `;<number>=<expiry, service code, …>?` */
const TRACK_2 = /;[\d ]{12,25}[=D]\d{4,40}\?/i;
/** Many readers strip the sentinels. Then only a left part that is a card number tells a track from an equation. */
const TRACK_2_BARE = /(\d{12,19})[=D]\d{7}/gi;

const ESCAPED_BYTE = /%([0-9a-f]{2})/gi;

/** No track holds fewer digits than this, no card number either. */
const FEWEST_DIGITS = 12;
const [ZERO, NINE] = [0x30, 0x39];

/** A value that is still to be looked at. `exempt` is true where a long number may stand by contract. */
type Part = { readonly value: unknown; readonly name: string; readonly parent: Part | undefined; readonly exempt: boolean };

/**
 * The first place in a JSON value where sensitive card data stands; undefined when there is none that can be recognised. Refused are
 *
 * - a full card number (`looksLikeFullPan`), in texts, numbers and names of members, except as the value of a top-level member of `exempt`:
 *   identifiers, amounts and references are long numbers by contract, and some of them pass for a card by chance;
 * - the content of track 1 or 2, everywhere;
 * - a member that is named like a card number, a security code, a PIN or a track and is not empty, unless it is of `exempt`.
 *
 * Texts are searched as they are and with escapes of URLs resolved. It is a net, not a proof of absence.
 */
export function findCardData(value: unknown, exempt: ReadonlySet<string>): CardDataFound | undefined {
  const parts: Part[] = [{ value, name: '', parent: undefined, exempt: false }];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (isCardText(part)) return { path: pathOf(part) };
    const members = membersOf(part, exempt);
    const sensitive = members.find((member) => !member.exempt && (holdsNumberOrTrack(member.name) || isSensitiveMember(member)));
    if (sensitive !== undefined) return { path: pathOf(sensitive) };
    for (let last = members.pop(); last !== undefined; last = members.pop()) parts.push(last);
  }
  return undefined;
}

function isCardText({ value, exempt }: Part): boolean {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return false;
  const text = String(value);
  return exempt ? spellings(text).some(holdsTrack) : holdsNumberOrTrack(text);
}

/** Asked of everything first, because almost nothing has them: the searches proper cost ten times as much as all else that a call needs. */
function hasEnoughDigits(text: string): boolean {
  if (text.length < FEWEST_DIGITS) return false;
  let digits = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= ZERO && code <= NINE) digits += 1;
  }
  // Two digits after a percent sign may stand for one.
  return digits >= FEWEST_DIGITS;
}

const holdsNumberOrTrack = (text: string): boolean =>
  hasEnoughDigits(text) && spellings(text).some((spelt) => looksLikeFullPan(spelt) || holdsTrack(spelt));

/** Without one of these there is no track. */
const TRACK_SIGN = /[=^d]/i;

function holdsTrack(text: string): boolean {
  if (!TRACK_SIGN.test(text)) return false;
  if (TRACK_1.test(text) || TRACK_2.test(text)) return true;
  return Array.from(text.matchAll(TRACK_2_BARE)).some(([, number = '']) => looksLikeFullPan(number));
}

/** A URL writes blanks and signs in its own ways. */
function spellings(text: string): string[] {
  if (!text.includes('%') && !text.includes('+')) return [text];
  const plain = text.replaceAll('+', ' ').replace(ESCAPED_BYTE, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return plain === text ? [text] : [text, plain];
}

const isSensitiveMember = ({ name, value }: Pick<Part, 'name' | 'value'>): boolean =>
  SENSITIVE_NAMES.has((name.includes('_') || name.includes('-') ? name.replace(/[_-]/g, '') : name).toLowerCase()) && !isEmpty(value);

/** A flag holds no data either. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || typeof value === 'boolean') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** Those of its members that need a closer look; in most requests there are two or three. */
function membersOf(parent: Part, exempt: ReadonlySet<string>): Part[] {
  const { value } = parent;
  if (typeof value !== 'object' || value === null) return [];
  const isTop = parent.parent === undefined;
  const members: Part[] = [];
  for (const name of Object.keys(value)) {
    const member = (value as Readonly<Record<string, unknown>>)[name];
    const part = { value: member, name, parent, exempt: isTop && exempt.has(name) };
    if (!isPlain(part)) members.push(part);
  }
  return members;
}

const isPlain = (part: Part): boolean =>
  !(typeof part.value === 'object' && part.value !== null) &&
  !hasEnoughDigits(String(part.value)) &&
  // A name by contract is what it says.
  (part.exempt || (!hasEnoughDigits(part.name) && !isSensitiveMember(part)));

/** From the top down, for people: `items[3].note`. */
function pathOf(part: Part): string {
  const steps: string[] = [];
  for (let at = part; at.parent !== undefined; at = at.parent) steps.push(stepTo(at.name));
  return steps.reverse().join('').replace(/^\./, '');
}

function stepTo(name: string): string {
  if (/^\d{1,6}$/.test(name)) return `[${name}]`;
  return `.${SHOWABLE_NAME.test(name) && !holdsNumberOrTrack(name) ? name : HIDDEN_NAME}`;
}
