import type { ErrorName } from '@tillbridge/contracts';

export type Refused = { readonly kind: 'refuse'; readonly name: ErrorName; readonly detail: string };

/** What the registration of something that never changes leads to. `state` is the thing as it is from now on. */
export type Creation<State> =
  | Refused
  /** It is already so: a repeated request, or the same message again. Nothing is written and nothing told. */
  | { readonly kind: 'keep' }
  | { readonly kind: 'create'; readonly state: State };

/** The same for what may change; `state` then has the next version. */
export type Decision<State> = Creation<State> | { readonly kind: 'change'; readonly state: State };

export const refuse = (name: ErrorName, detail: string): Refused => ({ kind: 'refuse', name, detail });

/** One answer for a merchant that does not exist and for another developer's: nobody can probe for merchants. */
export const notYours = (merchantId: string): Refused => refuse('not-yours', `merchantId ${merchantId}`);
