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

/** A value that is still to be looked at. `exempt` is true where a long number may stand by contract. */
type Part = { readonly value: unknown; readonly path: string; readonly exempt: boolean };

/**
 * The first place in a JSON value where sensitive card data stands; undefined when there is none that can be recognised. Refused are
 *
 * - a full card number (`looksLikeFullPan`), in texts, numbers and names of members, except as the value of a top-level member of `exempt`:
 *   identifiers, amounts and references are long numbers by contract, and some of them pass for a card by chance;
 * - the content of track 1 or 2, everywhere;
 * - a member that is named like a card number, a security code, a PIN or a track and is not empty.
 *
 * Texts are searched as they are and with escapes of URLs resolved. It is a net, not a proof of absence.
 */
export function findCardData(value: unknown, exempt: ReadonlySet<string>): CardDataFound | undefined {
  const parts: Part[] = [{ value, path: '', exempt: false }];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (isCardText(part)) return { path: part.path };
    const members = membersOf(part.value);
    for (const [name, member] of members) {
      const path = pathTo(part.path, name);
      if (holdsNumberOrTrack(name) || isSensitiveMember(name, member)) return { path };
    }
    for (const [name, member] of members.reverse()) {
      parts.push({ value: member, path: pathTo(part.path, name), exempt: part.path === '' && exempt.has(name) });
    }
  }
  return undefined;
}

function isCardText({ value, exempt }: Part): boolean {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return false;
  const text = String(value);
  return exempt ? spellings(text).some(holdsTrack) : holdsNumberOrTrack(text);
}

const holdsNumberOrTrack = (text: string): boolean => spellings(text).some((spelt) => looksLikeFullPan(spelt) || holdsTrack(spelt));

function holdsTrack(text: string): boolean {
  if (TRACK_1.test(text) || TRACK_2.test(text)) return true;
  return Array.from(text.matchAll(TRACK_2_BARE)).some(([, number = '']) => looksLikeFullPan(number));
}

/** A URL writes blanks and signs in its own ways. */
function spellings(text: string): string[] {
  if (!text.includes('%') && !text.includes('+')) return [text];
  const plain = text.replaceAll('+', ' ').replace(ESCAPED_BYTE, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return plain === text ? [text] : [text, plain];
}

const isSensitiveMember = (name: string, value: unknown): boolean =>
  SENSITIVE_NAMES.has(name.replace(/[_-]/g, '').toLowerCase()) && !isEmpty(value);

/** A flag holds no data either. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || typeof value === 'boolean') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

const membersOf = (value: unknown): [string, unknown][] => (typeof value === 'object' && value !== null ? Object.entries(value) : []);

function pathTo(parent: string, name: string): string {
  if (/^\d{1,6}$/.test(name)) return `${parent}[${name}]`;
  const shown = SHOWABLE_NAME.test(name) && !holdsNumberOrTrack(name) ? name : HIDDEN_NAME;
  return parent === '' ? shown : `${parent}.${shown}`;
}
