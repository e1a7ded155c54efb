import { partitionOf } from '@tillbridge/kernel';
import { compileValidator, type PayloadClass, type Validated } from './validator.js';

/** The bounded contexts that own something; also the middle part of every subject. */
export type Context = 'binding' | 'transactions' | 'terminals' | 'host-delivery';

type Described<P extends object> = {
  readonly context: Context;
  /** Kebab-case: facts past tense (`transaction-approved`), requests imperative, queries `find-` or `list-`. */
  readonly name: string;
  readonly version: number;
  /** What it says, in one sentence, for docs/EVENTS.md. */
  readonly meaning: string;
  readonly payload: PayloadClass<P>;
  /** A golden sample: it must stay valid for ever, or the version changes. */
  readonly sample: NoInfer<P>;
};

type Defined<P extends object> = Described<P> & {
  /** CloudEvents `ce-type`, and the subject without its partition. */
  readonly type: string;
  readonly validate: (input: unknown) => Validated<P>;
};

export type FactDefinition<P extends object = object> = Defined<P> & {
  readonly kind: 'fact';
  readonly stream: string;
  /** What a consumer filters by: all partitions of this fact. */
  readonly filter: string;
  readonly subjectFor: (aggregateId: string) => string;
};

export type RequestDefinition<P extends object = object, A extends object = object> = Defined<P> & {
  readonly kind: 'request';
  readonly answer: PayloadClass<A>;
  /** Requests of one key are executed one after the other; requests of different keys may share a transaction. */
  // A method, not a property: definitions of any payload must fit the catalogue.
  keysOf(payload: P): readonly string[];
};

export type QueryDefinition<P extends object = object, A extends object = object> = Defined<P> & {
  readonly kind: 'query';
  readonly answer: PayloadClass<A>;
};

/** The one stream that holds requests, whoever owns their execution. */
export const REQUESTS_STREAM = 'POS_REQUESTS';
export const requestsFilter = (context: Context): string => `pos.requests.${context}.>`;

/** The stream in which a context's facts are kept: `POS_HOST_DELIVERY` for `host-delivery`. */
export const streamOf = (context: Context): string => `POS_${context.toUpperCase().replaceAll('-', '_')}`;

const definitions = new Map<string, FactDefinition | RequestDefinition | QueryDefinition>();

function register<D extends FactDefinition | RequestDefinition | QueryDefinition>(definition: D): D {
  if (definitions.has(definition.type)) throw new TypeError(`${definition.type} is defined twice`);
  definitions.set(definition.type, definition);
  return definition;
}

/** Every fact, request and query that crosses a process border, by type. */
export const catalogue = {
  find: (type: string): FactDefinition | RequestDefinition | QueryDefinition | undefined => definitions.get(type),
  all: (): (FactDefinition | RequestDefinition | QueryDefinition)[] => [...definitions.values()],
};

/** Something that happened, told by its owner. Subjects carry a partition and not the id: ids in stream subjects cost server memory for ever. */
export function defineFact<P extends object>(described: Described<P>): FactDefinition<P> {
  const type = `pos.${described.context}.${described.name}.v${String(described.version)}`;
  return register({
    ...described,
    kind: 'fact',
    type,
    stream: streamOf(described.context),
    filter: `${type}.*`,
    subjectFor: (aggregateId) => `${type}.${String(partitionOf(aggregateId))}`,
    validate: compileValidator(described.payload),
  });
}

/** A command to the owner of `context`; the answer comes to a reply inbox. */
export function defineRequest<P extends object, A extends object>(
  described: Described<P> & { answer: PayloadClass<A>; keysOf: (payload: P) => readonly string[] },
): RequestDefinition<P, A> {
  const type = `pos.requests.${described.context}.${described.name}.v${String(described.version)}`;
  return register({ ...described, kind: 'request', type, validate: compileValidator(described.payload) });
}

/** A read of the owner's data; nothing is stored on the way. */
export function defineQuery<P extends object, A extends object>(
  described: Described<P> & { answer: PayloadClass<A> },
): QueryDefinition<P, A> {
  const type = `pos.queries.${described.context}.${described.name}.v${String(described.version)}`;
  return register({ ...described, kind: 'query', type, validate: compileValidator(described.payload) });
}
