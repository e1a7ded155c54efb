import { schemaOf, type JsonSchema, type PayloadClass } from '@tillbridge/contracts';

const FROM = '#/definitions/';
const TO = '#/components/schemas/';

/** Collects the schemas of a document, each under the name of its class, and gives references to them. */
export class SchemaBook {
  private readonly schemas = new Map<string, JsonSchema>();

  /** @param more keywords besides those of the class */
  refer(payload: PayloadClass<object>, more: JsonSchema = {}): JsonSchema {
    if (!this.schemas.has(payload.name)) {
      const { definitions = {}, ...own } = relocated(schemaOf(payload));
      this.schemas.set(payload.name, { ...own, ...more });
      for (const [name, nested] of Object.entries(definitions as Record<string, JsonSchema>)) this.schemas.set(name, nested);
    }
    return { $ref: `${TO}${payload.name}` };
  }

  /** In the order of the alphabet, so that the document stays the same when routes move. */
  all(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** Draft 7 keeps nested schemas elsewhere than OpenAPI does. */
const relocated = (schema: JsonSchema): JsonSchema => JSON.parse(JSON.stringify(schema).replaceAll(FROM, TO)) as JsonSchema;

/** The schema of one member of a class. */
export function memberOf(payload: PayloadClass<object>, name: string): JsonSchema {
  const { properties = {} } = schemaOf(payload) as { properties?: Record<string, JsonSchema> };
  const member = properties[name];
  if (member === undefined) throw new TypeError(`${payload.name} has no member ${name}`);
  return member;
}

/** The members that a class has, and those that must be there. */
export function membersOf(payload: PayloadClass<object>): { readonly names: readonly string[]; readonly required: readonly string[] } {
  const { properties = {}, required = [] } = schemaOf(payload) as { properties?: object; required?: string[] };
  return { names: Object.keys(properties), required };
}
