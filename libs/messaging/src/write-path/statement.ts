import type { QueryResultRow } from 'pg';

/** One SQL text under one name, prepared once per connection by PostgreSQL. */
export type Statement = { readonly name: string; readonly text: string };

const names = new Map<string, string>();

/** Names must be unique in the process: PostgreSQL would refuse the second text under the first one's name, and only at run time. */
export function statement(name: string, text: string): Statement {
  const earlier = names.get(name);
  if (earlier !== undefined && earlier !== text) throw new TypeError(`two statements are called ${name}`);
  names.set(name, text);
  return { name, text };
}

/** Whatever runs statements: a transaction, or a single connection. */
export type Queryable = {
  query<Row extends QueryResultRow>(statement: Statement, values: readonly unknown[]): Promise<Row[]>;
};

/** A statement for many items at once; `run` gives one result per item, in their order. */
export type Batch<Item, Result> = {
  readonly run: (db: Queryable, items: readonly Item[]) => Promise<readonly Result[]>;
};

export const defineBatch = <Item, Result>(run: Batch<Item, Result>['run']): Batch<Item, Result> => ({ run });
