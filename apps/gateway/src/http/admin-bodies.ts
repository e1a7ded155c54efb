import { refused, type QueryDefinition, type RequestDefinition } from '@tillbridge/contracts';
import { findCardData, findCurrency } from '@tillbridge/kernel';
import { InvalidInput } from '@tillbridge/platform';
import type { FastifyRequest } from 'fastify';
import { readObject } from '../paywizard/json-object.js';
import { valueOrProblem } from './problem-answer.js';
import { bytesOf } from './request-context.js';

/**
 * The named members of the body, as they came. Throws InvalidInput when the body is no JSON object or names an unknown currency,
 * ProblemException when there is card data in it.
 */
export function membersOf(request: FastifyRequest, names: readonly string[]): Record<string, unknown> {
  const read = readObject(bytesOf(request.body));
  if (read.outcome !== 'done') throw new InvalidInput(`the body must be a JSON object: ${read.refusal.detail ?? ''}`);
  const body = read.value;
  refuseCardData(body);
  const members = Object.fromEntries(names.filter((name) => Object.hasOwn(body, name)).map((name) => [name, body[name]]));
  return 'currencyCode' in members ? { ...members, currencyCode: numericCurrency(members['currencyCode']) } : members;
}

/** What operators name and issue: identifiers, and secrets that are random letters and digits. */
const NUMBERS_BY_CONTRACT: ReadonlySet<string> = new Set([
  ...['clientId', 'merchantId', 'posId', 'tradeNo', 'terminalId', 'terminalSn', 'terminalUid', 'tokenUid', 'endpointId', 'signingSecret'],
]);

/** Operators paste as well: what a till may not send they may not keep. Throws ProblemException (422, code 40004) that names the member. */
function refuseCardData(body: object): void {
  const found = findCardData(body, NUMBERS_BY_CONTRACT);
  if (found !== undefined) valueOrProblem(refused('card-data-refused', found.path));
}

/** The payload that the owner understands and its database can keep. Throws InvalidInput that names what is wrong. */
export function checkedPayload<P extends object>(
  definition: Pick<RequestDefinition<P> | QueryDefinition<P>, 'validate'>,
  payload: object,
): P {
  const unkept = Object.entries(payload).find(([, value]) => typeof value === 'string' && !isStorable(value));
  if (unkept !== undefined) throw new InvalidInput(`${unkept[0]} must be text without NUL and without half characters`);
  const checked = definition.validate(payload);
  if (checked.ok) return checked.value;
  throw new InvalidInput(checked.violations.map(({ path, expected }) => `${path.slice(1)} ${expected}`).join('; '));
}

/** PostgreSQL keeps neither NUL nor half a character (a lone surrogate). */
const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

function numericCurrency(code: unknown): string {
  const currency = typeof code === 'string' ? findCurrency(code) : undefined;
  if (currency === undefined) throw new InvalidInput('currencyCode must be an ISO 4217 numeric code such as 840');
  return currency.numeric;
}
