import { errors, type JsonSchema } from '@tillbridge/contracts';
import type { ApiDocument } from './document.js';
import { html, inline, prose, rendered, type Markup, type Part } from './html.js';
import type { Operation } from './parts.js';

/** The document as a page to read: plain HTML without a script, so that it works behind every policy and in every browser. */

type Shown = { readonly method: string; readonly path: string; readonly operation: Operation };
type Member = { readonly name: string; readonly schema: JsonSchema; readonly isNeeded: boolean };

export function pageOf(document: ApiDocument): string {
  const shown = Object.entries(document.paths).flatMap(([path, at]) =>
    Object.entries(at).map(([method, operation]) => ({ method, path, operation })),
  );
  const sections = document.tags.map((tag) => ({ tag, shown: shown.filter(({ operation }) => operation.tags.includes(tag.name)) }));
  return rendered(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>${document.info.title} API</title>
          <link rel="stylesheet" href="/docs/style.css" />
        </head>
        <body>
          <nav aria-label="Contents">
            <p class="title"><a href="#top">${document.info.title}</a></p>
            ${sections.map(({ tag, shown: listed }) => contents(tag.name, listed))}
            <p><a href="#errors">Errors</a></p>
            <p><a href="#schemas">Schemas</a></p>
          </nav>
          <main id="top">
            <h1>${document.info.title} API <small>${document.info.version}</small></h1>
            ${prose(document.info.description)}
            <p>For programs: <a href="/openapi.json">/openapi.json</a> (OpenAPI ${document.openapi}).</p>
            ${sections.map(({ tag, shown: listed }) => [
              html`<h2 id="${anchorOf(tag.name)}">${tag.name}</h2>
                ${prose(tag.description)}`,
              listed.map((each) => operationOf(each, document.components.schemas)),
            ])}
            <h2 id="errors">Errors</h2>
            ${errorTable()}
            <h2 id="schemas">Schemas</h2>
            ${Object.entries(document.components.schemas).map(([name, schema]) => schemaOf(name, schema))}
          </main>
        </body>
      </html> `,
  );
}

const anchorOf = (name: string): string => name.replace(/[^\w-]+/g, '-');

const contents = (tag: string, shown: readonly Shown[]): Markup =>
  html`<details>
    <summary><a href="#${anchorOf(tag)}">${tag}</a></summary>
    <ul>
      ${shown.map(({ operation }) => html`<li><a href="#${operation.operationId}">${operation.summary}</a></li>`)}
    </ul>
  </details> `;

type Schemas = ApiDocument['components']['schemas'];

function operationOf({ method, path, operation }: Shown, schemas: Schemas): Markup {
  const { operationId, summary, description, requestBody, responses } = operation;
  const samples = (operation['x-codeSamples'] ?? []).map(({ source }) => html`<pre><code>${source}</code></pre>`);
  return html`<section id="${operationId}">
    <h3><a href="#${operationId}">${summary}</a></h3>
    <p class="route"><span class="method ${method}">${method.toUpperCase()}</span> <code>${path}</code></p>
    ${prose(description)} ${parameterTable(operation)} ${requestBody === undefined ? undefined : bodyOf(schemaIn(requestBody), schemas)}
    ${samples}
    <details>
      <summary>Answers</summary>
      <table>
        <thead>
          <tr>
            <th>HTTP</th>
            <th>meaning</th>
            <th>body</th>
          </tr>
        </thead>
        <tbody>
          ${Object.entries(responses).map(([status, response]) => answerRow(status, response))}
        </tbody>
      </table>
    </details>
  </section> `;
}

function parameterTable({ parameters }: Operation): Part {
  const own = parameters.filter((parameter) => !('$ref' in parameter));
  if (own.length === 0) return undefined;
  return memberTable(
    own.map((parameter) => {
      const { name, required, description, schema } = parameter as {
        name: string;
        required?: boolean;
        description?: string;
        schema: JsonSchema;
      };
      return { name, isNeeded: required === true, schema: description === undefined ? schema : { ...schema, description } };
    }),
  );
}

const answerRow = (status: string, response: JsonSchema): Markup =>
  html`<tr>
    <td>${status}</td>
    <td>${prose(response['description'] as string)}</td>
    <td>${typeOf(schemaIn(response))}</td>
  </tr> `;

/** The schema of the one media type that a body has. */
function schemaIn({ content = {} }: JsonSchema): JsonSchema {
  const [first] = Object.values(content as Record<string, { schema?: JsonSchema }>);
  return first?.schema ?? {};
}

/** A body with its members, so that the reader need not leave the operation. */
function bodyOf(schema: JsonSchema, schemas: Schemas): Markup {
  const name = nameIn(String(schema['$ref']));
  return html`<p>Body: <a href="#schema-${name}">${name}</a></p>
    ${memberTable(membersIn(schemas[name] ?? {}))}`;
}

function membersIn(schema: JsonSchema): Member[] {
  const { properties = {}, required = [] } = schema as { properties?: Record<string, JsonSchema>; required?: string[] };
  return Object.entries(properties).map(([name, of]) => ({ name, schema: of, isNeeded: required.includes(name) }));
}

const schemaOf = (name: string, schema: JsonSchema): Markup =>
  html`<section id="schema-${name}">
    <h3><a href="#schema-${name}">${name}</a></h3>
    ${memberTable(membersIn(schema))}
  </section> `;

const memberTable = (members: readonly Member[]): Markup =>
  html`<table>
    <thead>
      <tr>
        <th>name</th>
        <th>type</th>
        <th>meaning</th>
      </tr>
    </thead>
    <tbody>
      ${members.map(
        ({ name, schema, isNeeded }) =>
          html`<tr>
            <td><code>${name}</code>${isNeeded ? '' : html` <small>optional</small>`}</td>
            <td>${typeOf(schema)}</td>
            <td>${inline(typeof schema['description'] === 'string' ? schema['description'] : '')}</td>
          </tr> `,
      )}
    </tbody>
  </table>`;

/** A schema in a few words; one with a name is a link to it. */
function typeOf(schema: JsonSchema): Part {
  const {
    $ref,
    allOf,
    items,
    enum: values,
    type,
  } = schema as {
    readonly [K in '$ref' | 'type']?: string;
  } & { readonly allOf?: JsonSchema[]; readonly items?: JsonSchema; readonly enum?: unknown[] };
  if ($ref !== undefined) return html`<a href="#schema-${nameIn($ref)}">${nameIn($ref)}</a>`;
  if (allOf !== undefined) return allOf.map((part, index) => (index === 0 ? typeOf(part) : [', with ', dataOf(part)]));
  if (values !== undefined) return values.map((value, index) => [index === 0 ? '' : ', ', html`<code>${String(value)}</code>`]);
  if (type === 'array') return ['list of ', typeOf(items ?? {})];
  return [type ?? 'any', html` <small>${limitsOf(schema)}</small>`];
}

const nameIn = (reference: string): string => reference.split('/').at(-1) ?? '';

const dataOf = ({ properties = {} }: JsonSchema): Part =>
  Object.entries(properties as Record<string, JsonSchema>).map(([name, schema]) => [html`<code>${name}</code>: `, typeOf(schema)]);

/** What a text or number may be, as far as a reader needs it. */
function limitsOf(schema: JsonSchema): string {
  const { minLength, maxLength, minimum, maximum, format, pattern } = schema as Record<string, string | number | undefined>;
  const told = [
    maxLength === undefined ? '' : `${String(minLength ?? 0)} to ${String(maxLength)} characters`,
    minimum === undefined ? '' : maximum === undefined ? `from ${String(minimum)}` : `${String(minimum)} to ${String(maximum)}`,
    format === undefined ? '' : String(format),
    pattern === undefined || maxLength !== undefined ? '' : String(pattern),
  ];
  return told.filter((each) => each !== '').join(', ');
}

const errorTable = (): Markup =>
  html`<table>
    <thead>
      <tr>
        <th>code</th>
        <th>name</th>
        <th>text</th>
        <th>money moved</th>
        <th>what to do</th>
      </tr>
    </thead>
    <tbody>
      ${Object.entries(errors).map(
        ([name, { code, text, advice }]) =>
          html`<tr>
            <td>${code}</td>
            <td><code>${name}</code></td>
            <td>${text}</td>
            <td>${advice.moneyMoved}</td>
            <td>${advice.nextAction}</td>
          </tr> `,
      )}
    </tbody>
  </table>`;
