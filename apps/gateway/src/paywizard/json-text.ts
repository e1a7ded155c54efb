/** Far deeper than any request in the field; each level costs stack in whatever walks over the value later. */
export const MAX_JSON_DEPTH = 20;

/** Every decimal of so many places has a double of its own. */
const SAFE_PLACES = 15;

const QUOTE = 0x22;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const LOWER_E = 0x65;
const LOWER_CASE_BIT = 0x20;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** What one look at a text of JSON tells before anything is built from it. */
export type Survey = {
  /** Arrays and objects stand more than 20 deep in each other. */
  readonly isTooDeep: boolean;
  /** `JSON.parse` may round a number in it: one of 16 places or more, or one with an exponent. */
  readonly mayRound: boolean;
};

/** Takes any text, JSON or not, and looks at each character at most once. */
export function surveyOf(text: string): Survey {
  let depth = 0;
  let places = 0;
  let mayRound = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if ((code >= ZERO && code <= NINE) || code === DOT) {
      places += 1;
      mayRound ||= places > SAFE_PLACES;
      continue;
    }
    mayRound ||= places > 0 && isExponent(code);
    places = 0;
    if (code === QUOTE) at = endOfString(text, at);
    else depth += levelOf(code);
    if (depth > MAX_JSON_DEPTH) return { isTooDeep: true, mayRound };
  }
  return { isTooDeep: false, mayRound };
}

function levelOf(code: number): number {
  if (code === OPEN_ARRAY || code === OPEN_OBJECT) return 1;
  return code === CLOSE_ARRAY || code === CLOSE_OBJECT ? -1 : 0;
}

const isExponent = (code: number): boolean => (code | LOWER_CASE_BIT) === LOWER_E;

/**
 * Whether a member's name is written with an escape, as `"\u0061"` for `"a"`. Only to be asked before anything is parsed: once `JSON.parse` of V8 has met
 * a name that is a backslash, it takes escaped names of later texts for that one, in the bodies of others too. Nobody's names need escapes.
 */
export function hasEscapedName(text: string): boolean {
  if (!text.includes('\\')) return false;
  let name = '';
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const begin = at;
      at = endOfString(text, at);
      name = text.slice(begin + 1, at);
    } else if (code === COLON && name.includes('\\')) return true;
  }
  return false;
}

/**
 * Whether an object in it names a member twice, at any depth: readers disagree about which one counts, so what one has checked another may
 * not do. The text must be JSON without escapes in names.
 */
export function hasTwins(text: string): boolean {
  /** The names so far of each open object; an open array has none. */
  const open: (Set<string> | undefined)[] = [];
  let begin = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        begin = at;
        at = endOfString(text, at);
        break;
      // In JSON a colon outside of a string follows a name, and nothing but blanks stands between.
      case COLON:
        if (!isNew(nameAt(text, begin), open.at(-1))) return true;
        break;
      case OPEN_OBJECT:
        open.push(new Set());
        break;
      case OPEN_ARRAY:
        open.push(undefined);
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        open.pop();
        break;
      default:
    }
  }
  return false;
}

function isNew(name: string, names: Set<string> | undefined): boolean {
  if (names === undefined || names.has(name)) return false;
  names.add(name);
  return true;
}

/** The position of the closing quote; the end of the text when there is none. */
function endOfString(text: string, begin: number): number {
  let end = text.indexOf('"', begin + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

/** Whether an odd number of backslashes stands before the quote. */
function isEscaped(text: string, quote: number): boolean {
  let at = quote - 1;
  while (text.charCodeAt(at) === BACKSLASH) at -= 1;
  return (quote - at) % 2 === 0;
}

const nameAt = (text: string, begin: number): string => text.slice(begin + 1, endOfString(text, begin));

const INTEGER = /^-?\d+$/;
const NUMBER = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * For `JSON.parse`, as its reviver: a number that a double cannot hold is no longer the number that was written, and the rounded one may be
 * one that we take (an amount of 1000.00000000000000001 is none). So an integer beyond 2^53 becomes a bigint, which is still what was written and
 * may be looked at for a card number; any other becomes NaN. No field takes either.
 */
export function keepNumbersExact(_name: string, value: unknown, context?: { source?: string }): unknown {
  const literal = context?.source;
  if (typeof value !== 'number' || literal === undefined || isExact(literal, value)) return value;
  return INTEGER.test(literal) ? BigInt(literal) : Number.NaN;
}

function isExact(literal: string, value: number): boolean {
  if (INTEGER.test(literal)) return Number.isSafeInteger(value);
  return Number.isFinite(value) && decimalOf(literal) === decimalOf(String(value));
}

/** A literal without what does not matter, as digits and a power of ten: 10.50 and 1.05e1 are `105e-1`, all zeros are `e0`. */
function decimalOf(literal: string): string {
  const [, whole = '', fraction = '', power = '0'] = NUMBER.exec(literal) ?? [];
  const digits = whole + fraction;
  const significant = digits.slice(0, endOfSignificant(digits));
  const exponent = Number(power) - fraction.length + digits.length - significant.length;
  return significant === '' ? 'e0' : `${significant.replace(/^0+/, '')}e${exponent}`;
}

/** A loop, as an expression for zeros at the end would look at each run of zeros once for each of its zeros. */
function endOfSignificant(digits: string): number {
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === ZERO) end -= 1;
  return end;
}
