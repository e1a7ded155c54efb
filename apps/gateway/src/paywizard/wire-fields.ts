import { done, refused, type Answer, type Validated } from '@tillbridge/contracts';
import { findCurrency, isStorable } from '@tillbridge/kernel';
import type { JsonObject } from './json-object.js';

/** How a member of a request may be written, and what to tell a caller who wrote it otherwise. */
export type FieldRule = {
  readonly kind: 'text' | 'digits' | 'amount' | 'flag' | 'currency';
  /** Follows the words "expected" in the answer. */
  readonly expected: string;
  /** Of `digits`: a number has lost its leading zeros, they are given back up to this many places. */
  readonly width?: number;
  /** Whether the name is known in several spellings (WIRE.md 18). */
  readonly anyCase?: true;
};

export type FieldRules<P extends object> = { readonly [K in keyof Required<P>]: FieldRule };

/** Stands for a value that no tolerance can save: it is of no type that a request class has, so its check refuses it. */
const UNREADABLE = null;

/** Some clients leave out, some send null, the demo client sends empty texts: all mean that the field is absent. */
const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === '';

/**
 * Reads a request tolerantly: known members only, each in its one canonical form. Refused as `invalid-field`, naming each wrong field and
 * what is expected there.
 */
export function readFields<P extends object>(raw: JsonObject, rules: FieldRules<P>, validate: (input: unknown) => Validated<P>): Answer<P> {
  const checked = validate(normalise(raw, rules));
  if (checked.ok) return done(checked.value);
  const wrong = new Set(checked.violations.map(({ path }) => path.split('/')[1]));
  const told = Object.entries<FieldRule>(rules).filter(([name]) => wrong.has(name));
  return refused('invalid-field', told.map(([name, rule]) => `${name}: expected ${rule.expected}`).join('; '));
}

/** The known members in canonical form; absent ones are left out. */
export function normalise(raw: JsonObject, rules: Readonly<Record<string, FieldRule>>): JsonObject {
  const members: Record<string, unknown> = {};
  for (const name in rules) {
    const rule = rules[name];
    const value = rule === undefined ? undefined : valueOf(raw, name, rule);
    if (value !== undefined) members[name] = value;
  }
  return members;
}

function valueOf(raw: JsonObject, name: string, rule: FieldRule): unknown {
  const given = Object.hasOwn(raw, name) ? raw[name] : undefined;
  const value = isAbsent(given) && rule.anyCase === true ? otherSpelling(raw, name) : given;
  return isAbsent(value) ? undefined : readers[rule.kind](value, rule);
}

function otherSpelling(raw: JsonObject, name: string): unknown {
  const wanted = name.toLowerCase();
  for (const key in raw) {
    if (key.length === name.length && key.toLowerCase() === wanted && !isAbsent(raw[key])) return raw[key];
  }
  return undefined;
}

const readers: Readonly<Record<FieldRule['kind'], (value: unknown, rule: FieldRule) => unknown>> = {
  text: (value) => asText(value) ?? UNREADABLE,
  digits: (value, rule) => asText(value, rule.width) ?? UNREADABLE,
  amount: (value) => asAmount(value) ?? UNREADABLE,
  flag: (value) => asFlag(value) ?? UNREADABLE,
  currency: (value) => findCurrency(asText(value, CURRENCY_DIGITS) ?? '')?.numeric ?? UNREADABLE,
};

const CURRENCY_DIGITS = 3;
const AMOUNT = /^\d{1,15}$/;
const TRUE = /^true$/i;
const FALSE = /^false$/i;

/** Numbers count as texts. A text that cannot be kept is none. */
function asText(value: unknown, width = 0): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value).padStart(width, '0') : undefined;
  return typeof value === 'string' && isStorable(value) ? value : undefined;
}

function asAmount(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && AMOUNT.test(value) ? Number(value) : undefined;
}

function asFlag(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  return TRUE.test(value) ? true : FALSE.test(value) ? false : undefined;
}
