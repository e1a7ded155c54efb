import { IsBoolean } from 'class-validator';
import type { ErrorName } from '../errors.js';

/** The rule that said no, by its name in the error catalogue, with a sentence for the caller's log and data the dialect may show. */
export type Refusal = {
  readonly name: ErrorName;
  readonly detail?: string;
  readonly data?: Record<string, unknown>;
};

/**
 * What the owner of a request or query decided. `done` means committed. A refusal left no trace that could later become a payment.
 * `replayed` marks the first answer given again to a repeated request.
 */
export type Answer<A extends object> =
  { readonly outcome: 'done'; readonly value: A; readonly replayed?: boolean } | { readonly outcome: 'refused'; readonly refusal: Refusal };

/** What travels back to the reply inbox: the decision, or why there is none. */
export type Reply<A extends object> =
  | Answer<A>
  /** Nothing was done and nothing will be: overload, or a store out of reach. */
  | { readonly outcome: 'unavailable'; readonly retryAfterMs: number }
  /** The request was found after its `not-after` and thrown away. */
  | { readonly outcome: 'expired' }
  /** A fault of ours; the text stays in our log under this id. */
  | { readonly outcome: 'defect'; readonly correlationId: string };

export const done = <A extends object>(value: A): Answer<A> => ({ outcome: 'done', value });
export const replayed = <A extends object>(value: A): Answer<A> => ({ outcome: 'done', value, replayed: true });
export const refused = (name: ErrorName, detail?: string, data?: Record<string, unknown>): Answer<never> => ({
  outcome: 'refused',
  refusal: { name, ...(detail === undefined ? {} : { detail }), ...(data === undefined ? {} : { data }) },
});

/** An answer that says no more than that it was done. */
export class RecordedV1 {
  /** False when it had been recorded before. */
  @IsBoolean() changed!: boolean;
}
