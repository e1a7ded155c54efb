import { isStorable } from '@tillbridge/kernel';
import type { JsonObject } from './json-object.js';

/** What a body claims about its caller, read before anything else about the content counts. */

/** Nobody has this id, so whatever is shown does not belong with it. It lets a body without an id keep the order of refusals. */
const NOBODY = '-';
const MAX_ID_LENGTH = 64;

/** An id as it is claimed; that of nobody when it is none. */
export function claimedId(fields: JsonObject, name: string): string {
  const id = claimedText(fields, name);
  return id !== '' && id.length <= MAX_ID_LENGTH && isStorable(id) ? id : NOBODY;
}

/** A text, or an integer as text; "" when it is neither. */
export function claimedText(fields: JsonObject, name: string): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  const text = Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === 'string' ? text : '';
}
