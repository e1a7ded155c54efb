import type { ErrorName, JsonSchema, PayloadClass } from '@tillbridge/contracts';
import { Problem } from '../http/admin/answers.js';
import { PathIds } from '../http/admin/paths.js';
import { statusOfError } from '../http/problem-answer.js';
import type { Described } from './describes.js';
import { headersOf, sharedParameters, toldErrors, type Operation } from './parts.js';
import type { Route } from './routes.js';
import { memberOf, membersOf, type SchemaBook } from './schema-book.js';

/** What may stand in the place of an id, so that an example is a whole one. */
const sampleIds: Readonly<Record<string, string>> = {
  clientId: '825429536610058240',
  merchantId: '10800000003',
  tradeNo: 't-1',
  posId: 'TILL1',
};
const SAMPLE_UID = '0193aa3e-7c1b-7d30-9a51-2f60c1f7a002';
const sampleOf = (name: string): string => sampleIds[name] ?? SAMPLE_UID;

/** Whatever is called may fail like this. */
const always: readonly ErrorName[] = ['invalid-field', 'token-invalid', 'too-many-requests', 'internal-error', 'unavailable', 'no-answer'];
/** The catalogue speaks of the tills' token. */
const WRONG_TOKEN = '40101 `token-invalid`: the admin token is missing or wrong';
const withBody: readonly ErrorName[] = ['body-too-large', 'media-type-unsupported'];

/** A route of ours as an operation of the document. */
export function describedOperation(route: Route, described: Described, book: SchemaBook): Operation {
  const { summary, detail, query, body } = described;
  const isAdmin = route.path.startsWith('/admin/');
  const parameters = [...route.parameters.map(pathParameter), ...(query === undefined ? [] : queryParameters(query))];
  return {
    operationId: operationIdOf(route),
    summary,
    ...(detail === undefined ? {} : { description: detail }),
    tags: [tagOf(route)],
    security: isAdmin ? [{ adminToken: [] }] : [],
    parameters: [...parameters, ...sharedParameters],
    ...(body === undefined ? {} : { requestBody: requestBody(body, described.sample, book) }),
    responses: { [route.status]: success(route, described, book), ...(isAdmin ? failures(described, book) : {}) },
    ...(isAdmin ? { 'x-codeSamples': [{ lang: 'sh', source: curlOf(route, described) }] } : {}),
  };
}

/** `GET /admin/v1/merchants/{clientId}` becomes `get-merchants-clientId`: stable as long as the path is. */
const operationIdOf = ({ method, path }: Route): string => [method, ...(path.replace('/admin/v1', '').match(/\w[\w-]*/g) ?? [])].join('-');

const tagOf = ({ path }: Route): string => /^\/admin\/v1\/([\w-]+)/.exec(path)?.[1] ?? 'service';

const pathParameter = (name: string): JsonSchema => ({
  name,
  in: 'path',
  required: true,
  schema: memberOf(PathIds, name),
  example: sampleOf(name),
});

function queryParameters(query: PayloadClass<object>): JsonSchema[] {
  const { names, required } = membersOf(query);
  return names.map((name) => {
    const { description, ...schema } = memberOf(query, name);
    const needed = required.includes(name);
    return {
      name,
      in: 'query',
      ...(description === undefined ? {} : { description }),
      ...(needed ? { required: true, example: sampleOf(name) } : {}),
      schema,
    };
  });
}

const requestBody = (body: PayloadClass<object>, sample: object | undefined, book: SchemaBook): JsonSchema => ({
  required: true,
  content: {
    'application/json': {
      schema: book.refer(body, { additionalProperties: false }),
      ...(sample === undefined ? {} : { example: sample }),
    },
  },
});

function success(route: Route, { answer, query }: Described, book: SchemaBook): JsonSchema {
  const isPage = typeof answer !== 'string' && answer.name.includes('Page');
  const content =
    typeof answer === 'string'
      ? { [answer]: { schema: { type: answer === 'application/json' ? 'object' : 'string' } } }
      : { 'application/json': { schema: book.refer(answer) } };
  return {
    description: isPage && query !== undefined ? 'One page.' : 'Done.',
    headers: headersOf(route.status, ...(isPage ? (['link'] as const) : [])),
    content,
  };
}

function failures({ errors = [], body }: Described, book: SchemaBook): Record<string, JsonSchema> {
  const byStatus = new Map<number, ErrorName[]>();
  const note = (status: number, name: ErrorName): unknown => byStatus.set(status, [...(byStatus.get(status) ?? []), name]);
  for (const name of [...always, ...(body === undefined ? [] : withBody), ...errors]) note(statusOfError(name), name);
  // The form of a call is told apart from what its owner finds wrong with the content.
  note(400, 'invalid-field');
  const schema = book.refer(Problem);
  return Object.fromEntries(
    [...byStatus].map(([status, names]) => [
      status,
      {
        description: status === 401 ? WRONG_TOKEN : toldErrors(names),
        headers: headersOf(status),
        content: { 'application/problem+json': { schema } },
      },
    ]),
  );
}

function curlOf({ method, path, parameters }: Route, { sample, query }: Described): string {
  const filled = parameters.reduce((text, name) => text.replace(`{${name}}`, encodeURIComponent(sampleOf(name))), path);
  const needed = query === undefined ? [] : membersOf(query).required.map((name) => `${name}=${encodeURIComponent(sampleOf(name))}`);
  const url = `"$TILLBRIDGE_URL${filled}${needed.length === 0 ? '' : `?${needed.join('&')}`}"`;
  const verb = method === 'get' || (method === 'post' && sample !== undefined) ? '' : ` -X ${method.toUpperCase()}`;
  const token = '-H "authorization: Bearer $TILLBRIDGE_ADMIN_TOKEN"';
  const body = sample === undefined ? '' : ` \\\n  -H 'content-type: application/json' -d '${JSON.stringify(sample)}'`;
  return `curl -s${verb} ${url} \\\n  ${token}${body}`;
}
