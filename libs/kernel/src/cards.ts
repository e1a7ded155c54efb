const MIN_PAN_DIGITS = 13;
const MAX_PAN_DIGITS = 19;
const SHOWN_FIRST = 6;
const SHOWN_LAST = 4;

const MASK_CHARACTERS = /[xX•]/g;
const DIGIT_OR_MASK = /^[\d*]+$/;

/**
 * A card number as it may be stored and shown (PCI DSS 3.4.1: at most the first six and the last four): `411111******1111`. Blanks and
 * hyphens go; numbers that came masked keep their mask (`X` and `•` become `*`) and lose what they show too much.
 * What has not the 13 to 19 places of a card number is no card number we know: all its digits are masked, for whatever it is.
 */
export function maskCardNumber(pan: string): string {
  const compact = pan.replace(/[\s-]/g, '').replace(MASK_CHARACTERS, '*');
  if (!DIGIT_OR_MASK.test(compact)) return pan.replace(/\d/g, '*');
  if (compact.length < MIN_PAN_DIGITS || compact.length > MAX_PAN_DIGITS) return maskShort(compact);
  const hidden = compact.length - SHOWN_FIRST - SHOWN_LAST;
  return `${compact.slice(0, SHOWN_FIRST)}${'*'.repeat(hidden)}${compact.slice(-SHOWN_LAST)}`;
}

/** Shortened masks such as `411111***1111` and `****1111` are sound as they are: at least one place is hidden and no more is shown than allowed. */
function maskShort(compact: string): string {
  return /^\d{0,6}\*+\d{0,4}$/.test(compact) ? compact : compact.replace(/\d/g, '*');
}

/** The check digit rule of card numbers (ISO/IEC 7812-1, annex B). False for anything but digits. */
export function passesLuhn(digits: string): boolean {
  if (!/^\d+$/.test(digits)) return false;
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits.charAt(digits.length - 1 - place));
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/**
 * Leading digits that card schemes issue from, with the lengths they are seen with. Checked besides the check digit, because one in ten of
 * all order numbers passes that by chance, and our own 18-digit platform numbers (which begin with 2 and 3 until 2032) must never be taken
 * for cards.
 */
const issuedRanges: readonly { prefix: RegExp; lengths: readonly number[] }[] = [
  { prefix: /^4/, lengths: [13, 16, 19] }, // Visa
  { prefix: /^5[1-5]/, lengths: [16] }, // Mastercard
  { prefix: /^2(22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)/, lengths: [16] }, // Mastercard, second range
  { prefix: /^(50|5[6-9]|6)/, lengths: [13, 14, 15, 16, 17, 18, 19] }, // Maestro, Discover, UnionPay, RuPay, Elo, Verve
  { prefix: /^3[47]/, lengths: [15] }, // American Express
  { prefix: /^3(0[0-5]|095|[689])/, lengths: [14, 16, 19] }, // Diners Club
  { prefix: /^35(2[89]|[3-8]\d)/, lengths: [16, 19] }, // JCB
  { prefix: /^220[0-5]/, lengths: [16, 19] }, // Mir
  { prefix: /^(8[12]|8600|9860|9792)/, lengths: [16] }, // RuPay, UnionPay, Uzcard, Humo, Troy
];

function looksIssued(digits: string): boolean {
  return issuedRanges.some(({ prefix, lengths }) => lengths.includes(digits.length) && prefix.test(digits));
}

/** What people and programs put between the groups of a number: blanks, dots, slashes, hyphens. */
const SEPARATOR = /[\s./-]{1,3}/;
/** Digits, with separators between groups of them. What is a digit is no separator, so there is one way to read a text: no backtracking. */
const DIGIT_GROUPS = new RegExp(String.raw`\d+(?:${SEPARATOR.source}\d+)*`, 'g');

/**
 * Whether a full card number stands somewhere in the text: 13 to 19 digits of an issued range with a right check digit, not part of a longer
 * number, and also written in groups (`4111 1111 1111 1111`, `4111.1111.1111.1111`), with other digits around it or not. Masked numbers are
 * not found. The time is proportional to the length of the text: each group looks at the 19 digits from its begin on and no further.
 * It is a net for what should not be there, not a proof of absence: fields that are known to hold a card number are masked without asking.
 */
export function looksLikeFullPan(text: string): boolean {
  return (text.match(DIGIT_GROUPS) ?? []).some((run) => anyJoinedGroups(run.split(SEPARATOR)));
}

/** The text with the digits of all runs masked in which `looksLikeFullPan` finds a card number; what else the run holds goes with it. */
export const maskFullPans = (text: string): string =>
  text.replace(DIGIT_GROUPS, (run) => (looksLikeFullPan(run) ? run.replace(/\d/g, '*') : run));

const anyJoinedGroups = (groups: readonly string[]): boolean => groups.some((_, start) => beginsPan(groups, start));

/** Whether the groups from `start` on, or the first few of them, are a card number. */
function beginsPan(groups: readonly string[], start: number): boolean {
  let digits = '';
  for (let end = start; end < groups.length; end += 1) {
    const group = groups[end] ?? '';
    if (digits.length + group.length > MAX_PAN_DIGITS) return false;
    digits += group;
    if (digits.length >= MIN_PAN_DIGITS && looksIssued(digits) && passesLuhn(digits)) return true;
  }
  return false;
}
