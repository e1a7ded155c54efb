import { compileValidator, done, refused, type Answer, type PayloadClass, type Validated } from '@tillbridge/contracts';
import { findCurrency, isStorable, unreachable } from '@tillbridge/kernel';
import type { JsonObject } from './json-object.js';

/** How a member of a request may be written, and what to tell a caller who wrote it otherwise. */
export type FieldRule = {
  readonly kind: 'text' | 'digits' | 'number' | 'flag' | 'currency';
  /** Follows the words "expected" in the answer. */
  readonly expected: string;
  /** Of `digits`: a number has lost its leading zeros, they are given back up to this many places. */
  readonly width?: number;
  /** Whether the name is known in several spellings (WIRE.md 18). */
  readonly anyCase?: true;
};

export type FieldRules<P extends object> = { readonly [K in keyof Required<P>]: FieldRule };

type Field = { readonly name: string; readonly read: (value: unknown) => unknown };

/** A request of the dialect, prepared for reading it. */
export type RequestForm<P extends object> = {
  readonly rules: FieldRules<P>;
  readonly validate: (input: unknown) => Validated<P>;
  /** By their names. */
  readonly fields: ReadonlyMap<string, Field>;
  /** Those that are known in several spellings, by their names in lower case. */
  readonly inAnyCase: ReadonlyMap<string, Field>;
  /** All fields absent. */
  readonly blank: JsonObject;
};

/** The form of a request whose decorators say what its fields may hold. */
export function requestForm<P extends object>(payload: PayloadClass<P>, rules: FieldRules<P>): RequestForm<P> {
  const all = Object.entries<FieldRule>(rules).map(([name, rule]) => ({ name, rule, field: { name, read: readerOf(rule) } }));
  return {
    rules,
    validate: compileValidator(payload),
    fields: new Map(all.map(({ name, field }) => [name, field])),
    inAnyCase: new Map(all.filter(({ rule }) => rule.anyCase).map(({ name, field }) => [name.toLowerCase(), field])),
    blank: Object.fromEntries(all.map(({ name }) => [name, undefined])),
  };
}

/** Stands for a value that no tolerance can save: it is of no type that a request class has, so its check refuses it. */
const UNREADABLE = null;

/** Some clients leave out, some send null, the demo client sends empty texts: all mean that the field is absent. */
const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === '';

/**
 * Reads a request tolerantly: known members only, each in its one canonical form. Refused as `invalid-field`, naming each wrong field and
 * what is expected there.
 */
export function readFields<P extends object>(raw: JsonObject, form: RequestForm<P>): Answer<P> {
  const checked = form.validate(normalise(raw, form));
  if (checked.ok) return done(checked.value);
  const wrong = new Set(checked.violations.map(({ path }) => path.split('/')[1]));
  const told = Object.entries<FieldRule>(form.rules).filter(([name]) => wrong.has(name));
  return refused('invalid-field', told.map(([name, rule]) => `${name}: expected ${rule.expected}`).join('; '));
}

/**
 * The known members in canonical form; absent ones are undefined. Every request of a form has its members in the same order, whatever was
 * sent: objects of one shape are faster for all who look at them later.
 */
export function normalise(raw: JsonObject, { fields, inAnyCase, blank }: Omit<RequestForm<object>, 'rules' | 'validate'>): JsonObject {
  const members: Record<string, unknown> = { ...blank };
  for (const name of Object.keys(raw)) {
    const value = raw[name];
    if (isAbsent(value)) continue;
    const field = fields.get(name) ?? inAnyCase.get(name.toLowerCase());
    // The documented spelling counts, wherever it stands; of others the first.
    if (field !== undefined && (field.name === name || members[field.name] === undefined)) members[field.name] = field.read(value);
  }
  return members;
}

function readerOf({ kind, width }: FieldRule): Field['read'] {
  switch (kind) {
    case 'text':
    case 'digits':
      return (value) => asText(value, width) ?? UNREADABLE;
    case 'number':
      return (value) => asNumber(value) ?? UNREADABLE;
    case 'flag':
      return (value) => asFlag(value) ?? UNREADABLE;
    case 'currency':
      return (value) => findCurrency(asText(value, CURRENCY_DIGITS) ?? '')?.numeric ?? UNREADABLE;
    default:
      return unreachable(kind, 'kind');
  }
}

const CURRENCY_DIGITS = 3;
/** As many digits as an amount may have, and some more. */
const NUMBER = /^\d{1,15}$/;
const TRUE = /^true$/i;
const FALSE = /^false$/i;

/** Numbers count as texts. A text that cannot be kept is none. */
function asText(value: unknown, width = 0): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value).padStart(width, '0') : undefined;
  return typeof value === 'string' && isStorable(value) ? value : undefined;
}

function asNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && NUMBER.test(value) ? Number(value) : undefined;
}

function asFlag(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  return TRUE.test(value) ? true : FALSE.test(value) ? false : undefined;
}
