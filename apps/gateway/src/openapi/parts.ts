import { errors, type ErrorName, type JsonSchema } from '@tillbridge/contracts';

/** The parts of a document that operations share. */

export type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly security: readonly Record<string, readonly string[]>[];
  readonly parameters: readonly JsonSchema[];
  readonly requestBody?: JsonSchema;
  readonly responses: Record<string, JsonSchema>;
  /** Redoc's extension for examples; our page shows them too. */
  readonly 'x-codeSamples'?: readonly { readonly lang: string; readonly source: string }[];
};

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };

export const headers = {
  'x-request-id': { description: 'The id of the call: that of the request, or one that was made for it. Our log has it.', schema: text },
  traceparent: { description: 'W3C trace context.', schema: text },
  'x-idempotent-replay': {
    description: '`true`: the same request was answered before, and this is that answer. Nothing happened again.',
    schema: { type: 'string', enum: ['true'] },
  },
  'retry-after': { description: 'Seconds after which to try again.', schema: count },
  'RateLimit-Limit': { description: 'How many calls are taken in a window.', schema: count },
  'RateLimit-Remaining': { description: 'How many are left in this window.', schema: count },
  'RateLimit-Reset': { description: 'Seconds until the window ends.', schema: count },
  link: { description: '`<URL>; rel="next"` of the next page (RFC 8288); absent on the last one.', schema: text },
  'www-authenticate': { description: '`Bearer`', schema: text },
} as const satisfies Record<string, JsonSchema>;

type HeaderName = keyof typeof headers;

const EVERYWHERE: readonly HeaderName[] = ['x-request-id', 'traceparent'];
const LIMITED: readonly HeaderName[] = ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'];

/** References to the headers that an answer with this status may have. */
export function headersOf(status: number, ...more: readonly HeaderName[]): Record<string, JsonSchema> {
  const retry: readonly HeaderName[] = status === 429 || status === 503 ? ['retry-after'] : [];
  const names = [...EVERYWHERE, ...LIMITED, ...retry, ...(status === 401 ? (['www-authenticate'] as const) : []), ...more];
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** Taken from every call and given back. */
export const parameters = {
  'x-request-id': {
    name: 'x-request-id',
    in: 'header',
    description: 'Your id of the call, 8 to 64 of `A-Za-z0-9._-`; anything else is ignored.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9._-]{8,64}$' },
  },
  traceparent: { name: 'traceparent', in: 'header', description: 'W3C trace context.', schema: text },
} as const;

export const sharedParameters: readonly JsonSchema[] = Object.keys(parameters).map((name) => ({ $ref: `#/components/parameters/${name}` }));

/** One line for each error: its code, its name, what it says. */
export const toldErrors = (names: readonly ErrorName[]): string =>
  names.map((name) => `${String(errors[name].code)} \`${name}\`: ${errors[name].text}`).join('\n\n');
