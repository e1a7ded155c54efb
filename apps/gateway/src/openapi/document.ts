import type { JsonSchema } from '@tillbridge/contracts';
import { endpointAt } from '../http/semi-open.paths.js';
import { about } from './about.js';
import { describedOperation } from './admin-operations.js';
import { dialectOperation } from './dialect-operations.js';
import { headers, parameters, type Operation } from './parts.js';
import type { Route } from './routes.js';
import { SchemaBook } from './schema-book.js';

export type ApiDocument = {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string; readonly license: JsonSchema };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> } & Readonly<Record<string, object>>;
};

/** The version of the described API; not of the program. */
const API_VERSION = '1.0.0';

/** What the services of the platform have everywhere: they are described here, for their code knows no document. */
const platform: Readonly<Record<string, string>> = {
  '/health/live': 'Whether the process answers',
  '/health/ready': 'Whether the service can do its work now',
};

/** The OpenAPI document of these routes. A route that nobody describes is not in it, and a test finds that out. */
export function documentOf(routes: readonly Route[]): ApiDocument {
  const book = new SchemaBook();
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const operation = operationOf(route, book);
    if (operation !== undefined) paths[route.path] = { ...paths[route.path], [route.method]: operation };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tillbridge',
      version: API_VERSION,
      description: about.text,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: about.tags.filter(({ name }) => Object.values(paths).some((at) => Object.values(at).some(({ tags }) => tags.includes(name)))),
    paths,
    components: { securitySchemes: about.security, headers, parameters, schemas: book.all() },
  };
}

function operationOf(route: Route, book: SchemaBook): Operation | undefined {
  if (route.described !== undefined) return describedOperation(route, route.described, book);
  const endpoint = endpointAt(route.path);
  if (endpoint !== undefined) return dialectOperation(endpoint, route.path, book);
  const summary = platform[route.path];
  if (summary === undefined) return undefined;
  const content = { 'application/json': { schema: { type: 'object' } } };
  const responses = {
    200: { description: 'Yes.', content },
    ...(route.path.endsWith('/ready') ? { 503: { description: 'No; the answer says what fails.', content } } : {}),
  };
  return { operationId: route.path.slice(1).replaceAll('/', '-'), summary, tags: ['service'], security: [], parameters: [], responses };
}
