import { done, refused, type Answer } from '@tillbridge/contracts';
import { hasEscapedName, hasTwins, keepNumbersExact, MAX_JSON_DEPTH, surveyOf } from './json-text.js';

/** A JSON object as it came: nothing about its members is known. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The object in a body of JSON (UTF-8, with or without a byte order mark). Read strictly, for what two readers may understand in two ways is
 * no basis for a payment: no member twice and none whose name is written with escapes, at most 20 levels, no number
 * that was rounded. The refusal says what is wrong and repeats nothing.
 */
export function readObject(body: Uint8Array): Answer<JsonObject> {
  const text = textOf(body);
  if (text === undefined) return refused('not-an-object', 'it is no UTF-8');
  // Before anything is built from it: a body of brackets costs one look.
  const { isTooDeep, mayRound } = surveyOf(text);
  if (isTooDeep) return refused('not-an-object', `it is nested more than ${MAX_JSON_DEPTH} levels deep`);
  if (hasEscapedName(text)) return refused('not-an-object', "a member's name is written with an escape");
  const parsed = parse(text, mayRound);
  if (parsed === undefined) return refused('not-an-object', 'it is no JSON');
  if (!isObject(parsed)) return refused('not-an-object', 'it is JSON of another kind');
  return hasTwins(text) ? refused('not-an-object', 'a member is given twice') : done(parsed);
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

const utf8 = new TextDecoder('utf-8', { fatal: true });

function textOf(body: Uint8Array): string | undefined {
  try {
    return utf8.decode(body);
  } catch {
    return undefined;
  }
}

/** The value; undefined, which no JSON stands for, when it is none. A member `__proto__` becomes a member like any other. */
function parse(text: string, mayRound: boolean): unknown {
  try {
    // A reviver makes parsing several times slower, so it works only where a number may have lost digits.
    return mayRound ? JSON.parse(text, keepNumbersExact) : JSON.parse(text);
  } catch {
    return undefined;
  }
}
