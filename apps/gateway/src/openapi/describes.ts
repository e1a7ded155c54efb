import { SetMetadata } from '@nestjs/common';
import { compileValidator, schemaOf, type ErrorName, type PayloadClass, type Validated } from '@tillbridge/contracts';

/** What a route takes and gives: it is checked by this and documented by this, so that the two cannot differ. */
export type Description = {
  /** What it does, in a few words. */
  readonly summary: string;
  /** What else the reader has to know. */
  readonly detail?: string;
  readonly body?: PayloadClass<object>;
  /** Members of the body as an example; the server takes it as it is. */
  readonly sample?: object;
  readonly query?: PayloadClass<object>;
  /** The body of a success; a text is the media type of an answer that is no JSON. */
  readonly answer: PayloadClass<object> | string;
  /** What the owner may say no with, besides what every route may. */
  readonly errors?: readonly ErrorName[];
};

/** Checks what came in from outside. The names are all that may be given. */
export type Check = { readonly validate: (input: unknown) => Validated<object>; readonly names: ReadonlySet<string> };

export type Described = Description & { readonly checkBody: Check | undefined; readonly checkQuery: Check | undefined };

const DESCRIPTION = Symbol('description');

/** Describes a route. Its validators are compiled here, once, when the class is loaded. */
export const Describes = (description: Description): MethodDecorator => {
  const described: Described = { ...description, checkBody: checkOf(description.body), checkQuery: checkOf(description.query) };
  return SetMetadata(DESCRIPTION, described);
};

/** The description of a handler; undefined when it has none. */
export const descriptionOf = (handler: object): Described | undefined => Reflect.getMetadata(DESCRIPTION, handler) as Described | undefined;

export function checkOf(payload: PayloadClass<object> | undefined): Check | undefined {
  if (payload === undefined) return undefined;
  const { properties = {} } = schemaOf(payload) as { properties?: object };
  return { validate: compileValidator(payload), names: new Set(Object.keys(properties)) };
}
