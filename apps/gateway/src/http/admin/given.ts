import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { findCardData, findCurrency, isStorable } from '@tillbridge/kernel';
import type { Cause } from '@tillbridge/messaging';
import { InvalidInput } from '@tillbridge/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { checkOf, descriptionOf, type Check, type Described } from '../../openapi/describes.js';
import { readObject } from '../../paywizard/json-object.js';
import { bytesOf, causeOf } from '../request-context.js';
import { problemOf } from '../problem-answer.js';
import { operatorOf } from './admin.guard.js';
import { PathIds } from './paths.js';

/** A call of the operators' API: who, why, and where the answer goes. */
export type AdminCall = { readonly by: string; readonly cause: Cause; readonly url: string; readonly reply: FastifyReply };

type Members = Readonly<Record<string, unknown>>;

const requestIn = (context: ExecutionContext): FastifyRequest => context.switchToHttp().getRequest<FastifyRequest>();

/** The body, checked as the route's description says. */
export const GivenBody = createParamDecorator((_: unknown, context: ExecutionContext): object => {
  const read = readObject(bytesOf(requestIn(context).body));
  if (read.outcome !== 'done') throw new InvalidInput(`the body must be a JSON object: ${read.refusal.detail ?? ''}`);
  const body = read.value;
  refuseCardData(body);
  const members = checked({ ...body, ...numericCurrency(body) }, descriptionIn(context).checkBody);
  if (Object.keys(members).length === 0) throw new InvalidInput('the body must have at least one member');
  return members;
});

/** What operators name and issue: identifiers, and secrets that are random letters and digits. */
const NUMBERS_BY_CONTRACT: ReadonlySet<string> = new Set([
  ...['clientId', 'merchantId', 'posId', 'tradeNo', 'terminalId', 'terminalSn', 'terminalUid', 'tokenUid', 'endpointId', 'signingSecret'],
]);

/** Operators paste as well: what a till may not send they may not keep. Throws ProblemException (422, code 40004) that names the member. */
function refuseCardData(body: object): void {
  const found = findCardData(body, NUMBERS_BY_CONTRACT);
  if (found !== undefined) throw problemOf('card-data-refused', found.path);
}

/** The parameters behind the `?`, checked as the route's description says. */
export const GivenQuery = createParamDecorator((_: unknown, context: ExecutionContext): object => {
  const query = requestIn(context).query as Members;
  const limit = query['limit'];
  const numeric = typeof limit === 'string' && /^\d{1,9}$/.test(limit) ? { limit: Number(limit) } : {};
  return checked({ ...query, ...numeric }, descriptionIn(context).checkQuery);
});

const checkPath = checkOf(PathIds);

/** The ids in the path. */
export const GivenPath = createParamDecorator((_: unknown, context: ExecutionContext): object =>
  checked(requestIn(context).params as Members, checkPath),
);

export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): AdminCall => {
  const request = requestIn(context);
  const reply = context.switchToHttp().getResponse<FastifyReply>();
  return { by: operatorOf(request), cause: causeOf(request), url: request.url, reply };
});

function descriptionIn(context: ExecutionContext): Described {
  const described = descriptionOf(context.getHandler());
  if (described === undefined) throw new TypeError(`${context.getHandler().name} has no description`);
  return described;
}

/** The members, if they are all known and as they must be. Throws InvalidInput that names what is wrong: this API is ours, and guesses nothing. */
function checked(members: Members, check: Check | undefined): Members {
  if (check === undefined) throw new TypeError('the description of the route does not say what it takes');
  const unknown = Object.keys(members).filter((name) => !check.names.has(name));
  if (unknown.length > 0) throw new InvalidInput(`${shortened(unknown.join(', '))} must be absent: it is not known here`);
  const unkept = Object.entries(members).find(([, value]) => typeof value === 'string' && !isOneStorableLine(value));
  if (unkept !== undefined) throw new InvalidInput(`${unkept[0]} must be text without control characters and without half characters`);
  const read = check.validate(members);
  if (read.ok) return members;
  throw new InvalidInput(read.violations.map(({ path, expected }) => `${path.slice(1)} ${expected}`).join('; '));
}

/** What is a control character belongs into no name or number. */
const isOneStorableLine = (text: string): boolean => isStorable(text) && !/[\u0001-\u001f\u007f]/.test(text);

const MAX_REPEATED_LENGTH = 200;
const shortened = (text: string): string => (text.length > MAX_REPEATED_LENGTH ? `${text.slice(0, MAX_REPEATED_LENGTH)}…` : text);

/** Currencies are kept with three digits; with four, as some write them, they are understood. */
function numericCurrency(body: Members): { currencyCode?: string } {
  if (!Object.hasOwn(body, 'currencyCode')) return {};
  const code = body['currencyCode'];
  const currency = typeof code === 'string' ? findCurrency(code) : undefined;
  if (currency === undefined) throw new InvalidInput('currencyCode must be an ISO 4217 numeric code such as 840');
  return { currencyCode: currency.numeric };
}
