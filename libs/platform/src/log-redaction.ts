import { maskFullPans } from '@tillbridge/kernel';

const CENSORED = '***';

/**
 * What a line of the log may tell. A list of what is secret would have to know every secret that there will ever be; a field that is missing
 * here shows as `***`, and whoever misses it adds it. All of them are ids, names and counts of ours, none holds what a caller sent.
 */
const LOGGED_FIELDS: ReadonlySet<string> = new Set([
  ...['err', 'reason', 'error', 'stack', 'context', 'refusal', 'violations', 'path', 'expected'],
  ...['correlationId', 'type', 'subject', 'durable', 'consumer', 'loop', 'url'],
  ...['applied', 'attempts', 'parked', 'facts', 'ended'],
  ...['terminalUid', 'terminalSn', 'sessionId', 'journalId', 'journalNo', 'lastJournalNo', 'storedJournalNo', 'journalGeneration'],
  ...['transactionId', 'transIndexCode', 'deliveryId', 'deliveryIds'],
]);

/** Nothing that we log is nested deeper or longer; what is shows as censored or cut. */
const MAX_DEPTH = 4;
const MAX_ITEMS = 100;
const MAX_TEXT_LENGTH = 8_192;
const MAX_CAUSES = 5;

/** Texts that are secrets by their form: client secrets and hashes (hex), merchant tokens, terminal keys (32 bytes in base64url). */
const SECRET_FORMS = [
  /(?<![A-Za-z0-9])[0-9a-fA-F]{32,}(?![A-Za-z0-9])/g,
  /(?<![A-Za-z0-9])[A-Z0-9]{32}(?![A-Za-z0-9])/g,
  /(?<![\w-])[\w-]{43}(?![\w-])/g,
];
const LOGIN_IN_URL = /(\/\/)[^\s/@]+@/g;
const QUERY_OF_URL = /\?[^\s]*/;

/** A text of the log without what looks like a card number or one of our secrets, and not longer than 8 192 characters. */
export function maskText(text: string): string {
  const shown = text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
  const withoutLogins = shown.replace(LOGIN_IN_URL, `$1${CENSORED}@`);
  return SECRET_FORMS.reduce((masked, form) => masked.replace(form, CENSORED), maskFullPans(withoutLogins));
}

/** The fields of a line of the log: names stay, values only where the name is known, nested objects in the same way. */
export function redact(fields: object): Record<string, unknown> {
  return members(fields, 0);
}

function members(fields: object, depth: number): Record<string, unknown> {
  const shown = Object.entries(fields).slice(0, MAX_ITEMS);
  return Object.fromEntries(
    shown.map(([name, value]) => [maskText(name), LOGGED_FIELDS.has(name) ? redacted(name, value, depth) : CENSORED]),
  );
}

function redacted(name: string, value: unknown, depth: number): unknown {
  if (typeof value === 'string') return name === 'url' ? maskText(value).replace(QUERY_OF_URL, `?${CENSORED}`) : maskText(value);
  if (typeof value === 'number' || typeof value === 'bigint') return numberOrText(value);
  if (value instanceof Error) return redactError(value);
  if (typeof value !== 'object' || value === null) return typeof value === 'function' || typeof value === 'symbol' ? CENSORED : value;
  if (depth >= MAX_DEPTH) return CENSORED;
  return Array.isArray(value) ? value.slice(0, MAX_ITEMS).map((item) => redacted(name, item, depth + 1)) : members(value, depth + 1);
}

/** A number stays one, unless it is a card number. */
function numberOrText(value: number | bigint): unknown {
  const text = String(value);
  const masked = maskText(text);
  return masked === text && typeof value === 'number' ? value : masked;
}

type ShownError = { type: string; message: string; stack?: string; code?: string; cause?: ShownError };

/**
 * What is shown of an error. Drivers hang onto theirs what was asked (`query`, `parameters`) and what stood in the row (`detail`): other
 * people's data, so nothing that is not named here is shown.
 */
export function redactError(error: Error, causes = 0): ShownError {
  const code =
    'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? maskText(String(error.code)) : undefined;
  const cause = error.cause instanceof Error && causes < MAX_CAUSES ? redactError(error.cause, causes + 1) : undefined;
  return {
    type: maskText(error.constructor.name === 'Error' ? error.name : error.constructor.name),
    message: maskText(error.message),
    ...(error.stack === undefined ? {} : { stack: maskText(error.stack) }),
    ...(code === undefined ? {} : { code }),
    ...(cause === undefined ? {} : { cause }),
  };
}
