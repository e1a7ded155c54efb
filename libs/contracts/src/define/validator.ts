import { Ajv, type ErrorObject } from 'ajv';
import addFormatsModule from 'ajv-formats';
import { defaultMetadataStorage } from 'class-transformer/cjs/storage.js';
import { targetConstructorToSchema, validationMetadatasToSchemas } from 'class-validator-jsonschema';

export type PayloadClass<P extends object> = new () => P;
export type JsonSchema = Record<string, unknown>;

/** One thing that is wrong with a payload: where (JSON pointer, "" for the whole) and what was expected there. */
export type Violation = { readonly path: string; readonly expected: string };
export type Validated<P> = { readonly ok: true; readonly value: P } | { readonly ok: false; readonly violations: readonly Violation[] };

const MAX_VIOLATIONS_REPORTED = 10;
const REFERENCE_PREFIX = '#/definitions/';

// The interpreter of class-validator costs more than the whole HTTP path around it, so the decorators stay the truth and are compiled once,
// through JSON Schema, to a function.
const addFormats = addFormatsModule.default;
const schemaCompiler = addFormats(new Ajv({ allErrors: true, strict: false, validateFormats: true }));

/**
 * The JSON Schema (draft 7) of a payload class, self-contained: the schemas of nested classes lie under `definitions`.
 * Members without decorators do not exist for it; unknown members are tolerated.
 */
export function schemaOf(payload: PayloadClass<object>): JsonSchema {
  const options = { classTransformerMetadataStorage: defaultMetadataStorage, refPointerPrefix: REFERENCE_PREFIX };
  const own = targetConstructorToSchema(payload, options) as JsonSchema;
  const pending = referencedIn(own);
  // Working out all classes there are takes a hundred times as long as this one, and most have nothing nested.
  if (pending.length === 0) return own;
  const all = validationMetadatasToSchemas(options) as Record<string, JsonSchema>;
  const definitions: Record<string, JsonSchema> = {};
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const nested = all[name];
    if (nested === undefined) throw new TypeError(`${payload.name} refers to ${name}, which has no validation decorators`);
    if (name in definitions) continue;
    definitions[name] = nested;
    pending.push(...referencedIn(nested));
  }
  return { ...own, definitions };
}

function referencedIn(schema: JsonSchema): string[] {
  return [...JSON.stringify(schema).matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g)].map((match) => match[1] ?? '');
}

/** Compiles the decorators of a payload class to a check of untrusted JSON. The check never throws and never changes its input. */
export function compileValidator<P extends object>(payload: PayloadClass<P>): (input: unknown) => Validated<P> {
  const check = schemaCompiler.compile(schemaOf(payload));
  return (input) =>
    check(input)
      ? { ok: true, value: input as P }
      : { ok: false, violations: (check.errors ?? []).slice(0, MAX_VIOLATIONS_REPORTED).map(toViolation) };
}

function toViolation(error: ErrorObject): Violation {
  const missing = error.keyword === 'required' ? `/${String(error.params['missingProperty'])}` : '';
  return {
    path: error.instancePath + missing,
    expected: error.keyword === 'required' ? 'must be present' : (error.message ?? error.keyword),
  };
}
