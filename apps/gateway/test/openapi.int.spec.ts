import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { done, findCaller, findMerchantAccess } from '@tillbridge/contracts';
import { signRequest } from '@tillbridge/protocol';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { ApiDocument } from '../src/openapi/document.js';
import type { Operation } from '../src/openapi/parts.js';
import { someCaller } from './some-caller.js';
import { requestsAndQueries, someAnswer } from './some-records.js';
import { BEHIND_PROXY, elsewhere, ADMIN_TOKEN, TestEdge } from './test-edge.js';

/** The document says what the server does: every route, every example, every answer. */

type Json = Record<string, unknown>;
type Example = { readonly name: string; readonly method: string; readonly path: string; readonly operation: Operation };

const caller = someCaller({ clientId: '825429536610058240', clientSecrets: [''.padEnd(32, '0')], merchantId: '10800000003' });

let edge: TestEdge;
let document: ApiDocument;
let token: string;
beforeAll(async () => {
  edge = await TestEdge.start(BEHIND_PROXY);
  token = edge.admit(caller).token;
  document = (await (await fetch(`${edge.url}/openapi.json`)).json()) as ApiDocument;
  for (const definition of requestsAndQueries) {
    if (definition !== findCaller) edge.answer(definition, someAnswer(definition.name));
  }
  edge.answer(
    findMerchantAccess,
    done({ clientSecrets: caller.clientSecrets, unsignedAllowed: true, merchantName: 'Corner Shop', revocations: 0 }),
  );
}, 30_000);
afterAll(() => edge.stop(), 30_000);

const examples = (): Example[] =>
  Object.entries(document.paths).flatMap(([path, at]) =>
    Object.entries(at).map(([method, operation]) => ({ name: `${method} ${path}`, method: method.toUpperCase(), path, operation })),
  );

/** The URL with the example of every parameter that has one. */
function urlOf({ path, operation }: Example): string {
  const given = operation.parameters.filter((parameter) => 'example' in parameter) as { name: string; in: string; example: string }[];
  const filled = given.reduce((text, { name, example }) => text.replace(`{${name}}`, encodeURIComponent(example)), path);
  const query = given.filter((parameter) => parameter.in === 'query').map(({ name, example }) => `${name}=${encodeURIComponent(example)}`);
  return query.length === 0 ? filled : `${filled}?${query.join('&')}`;
}

function bodyOf({ operation }: Example): string | undefined {
  const content = operation.requestBody?.['content'] as { 'application/json': { example: object } } | undefined;
  return content === undefined ? undefined : JSON.stringify(content['application/json'].example);
}

async function tryOut(example: Example): Promise<{ status: number; type: string; body: unknown; headers: Headers }> {
  const body = bodyOf(example);
  const asked = example.operation.security[0] ?? {};
  const told = await fetch(edge.url + urlOf(example), {
    method: example.method,
    body: body ?? null,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...('adminToken' in asked ? { authorization: `Bearer ${ADMIN_TOKEN}` } : {}),
      ...('merchantToken' in asked ? { 'jwt-token': token } : {}),
      ...('signature' in asked ? { sign: signRequest(body ?? '', caller.clientId, caller.clientSecrets[0] ?? '') } : {}),
    },
  });
  const type = told.headers.get('content-type')?.split(';')[0] ?? '';
  return { status: told.status, type, body: type.endsWith('json') ? await told.json() : await told.text(), headers: told.headers };
}

/** What is wrong with an answer, by the schema that the document declares for it. */
function violations(operation: Operation, status: number, type: string, body: unknown): unknown {
  const content = (operation.responses[status]?.['content'] ?? {}) as Record<string, { schema: Json }>;
  const schema = content[type]?.schema;
  if (schema === undefined) return `${String(status)} ${type} is not declared`;
  const ajv = addFormats.default(new Ajv2020({ strict: false }));
  const check = ajv.compile({ ...schema, components: document.components });
  return check(body) ? [] : check.errors;
}

describe('the document', () => {
  it('is OpenAPI 3.1', async () => {
    expect(document.openapi).toBe('3.1.0');
    expect(await new Validator().validate(structuredClone(document) as never)).toMatchObject({ valid: true });
  });

  it('has every route that the server has, and no other', () => {
    const served = edge.routes.filter((route) => !/^(HEAD|OPTIONS) /.test(route)).map((route) => route.replace(/:(\w+)/g, '{$1}'));
    const told = examples().map(({ method, path }) => `${method} ${path}`);
    expect(told.sort()).toEqual(served.sort());
  });

  it('names each operation once, and each under a heading', () => {
    const ids = examples().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const tags = document.tags.map(({ name }) => name);
    for (const { operation } of examples()) expect(tags).toEqual(expect.arrayContaining([...operation.tags]));
  });

  it('shows no example that the server does not take, and no answer that it does not give', async () => {
    for (const example of examples()) {
      const { status, type, body, headers } = await tryOut(example);
      const isDialect = example.path.startsWith('/ovstrade/');
      const seen = {
        name: example.name,
        status,
        code: isDialect ? (body as Json)['code'] : 0,
        wrong: violations(example.operation, status, type, body),
      };
      expect(seen).toEqual({ name: example.name, status: isDialect ? 200 : expect.any(Number), code: isDialect ? 200 : 0, wrong: [] });
      expect([example.name, Math.floor(status / 100)]).toEqual([example.name, 2]);
      const declared = Object.keys(example.operation.responses[status]?.['headers'] ?? {});
      for (const name of ['x-request-id', 'link', 'retry-after']) {
        if (headers.has(name) && !example.path.startsWith('/health')) expect([example.name, ...declared]).toContain(name);
      }
    }
  }, 30_000);

  it('declares what goes wrong as it is told', async () => {
    for (const example of examples().filter(({ path }) => path.startsWith('/admin/'))) {
      const { method, operation, name } = example;
      const told = await fetch(edge.url + urlOf(example), { method, headers: { 'x-forwarded-for': elsewhere() } });
      expect([name, told.status, violations(operation, 401, 'application/problem+json', await told.json())]).toEqual([name, 401, []]);
    }
    const dialect = examples().filter(({ path }) => path.startsWith('/ovstrade/'));
    for (const { name, method, path, operation } of dialect) {
      const told = await fetch(edge.url + path, { method, body: '{}', headers: { 'content-type': 'application/json' } });
      expect([name, violations(operation, 200, 'application/json', await told.json())]).toEqual([name, []]);
    }
  }, 30_000);

  it('lets nothing into a body of an operator that it does not name', () => {
    const { schemas } = document.components;
    expect(schemas['ChangeTill']).toMatchObject({ additionalProperties: false, required: ['standing'] });
    expect(schemas['AddDeveloper']?.['properties']).toMatchObject({
      unsignedAllowed: { description: 'Whether calls of version 1, without a signature, are taken. Absent: yes.' },
    });
  });
});

describe('the page', () => {
  it('has every operation, and loads nothing from elsewhere', async () => {
    const told = await fetch(`${edge.url}/docs`);
    expect(told.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(told.headers.get('content-security-policy')).toContain("default-src 'none'");
    const page = await told.text();
    for (const { operation } of examples()) expect(page).toContain(`<section id="${operation.operationId}">`);
    for (const name of Object.keys(document.components.schemas)) expect(page).toContain(`id="schema-${name}"`);
    expect(page).not.toMatch(/<script|<style|style=|onload|(src|href)="(https?:)?\/\//i);
    const anchors = [...page.matchAll(/href="#([^"]+)"/g)].map(([, anchor = '']) => anchor);
    expect(anchors.filter((anchor) => !page.includes(`id="${anchor}"`))).toEqual([]);
  });

  it('escapes what it shows', async () => {
    const page = await (await fetch(`${edge.url}/docs`)).text();
    expect(page).toContain('&quot;name&quot;:&quot;Demo Tills Ltd&quot;');
    expect(page.match(/<(\w+)/g)?.filter((tag) => tag === '<URL')).toEqual([]);
  });

  it('has its style from the same host', async () => {
    const told = await fetch(`${edge.url}/docs/style.css`);
    expect([told.status, told.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
  });
});
