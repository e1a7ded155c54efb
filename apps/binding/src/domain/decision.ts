import type { ErrorName } from '@tillbridge/contracts';

export type Refused = { readonly kind: 'refuse'; readonly name: ErrorName; readonly detail: string | undefined };

/** It is already so: a repeated request, or the same message again. Nothing is written and nothing told. */
export type Kept = { readonly kind: 'keep' };
export type Created<State> = { readonly kind: 'create'; readonly state: State };
/** `state` has the next version. */
export type Changed<State> = { readonly kind: 'change'; readonly before: State; readonly state: State };

/** What the registration of something that never changes leads to. `state` is the thing as it is from now on. */
export type Creation<State> = Refused | Kept | Created<State>;
/** What a change of something that has to be there leads to. */
export type Change<State> = Refused | Kept | Changed<State>;
/** The same for what is made or changed, whichever it takes. */
export type Decision<State> = Creation<State> | Changed<State>;

export const refuse = (name: ErrorName, detail?: string): Refused => ({ kind: 'refuse', name, detail });

export const keep: Kept = { kind: 'keep' };

/** One answer for a merchant that does not exist and for another developer's: nobody can probe for merchants. */
export const notYours = (merchantId: string): Refused => refuse('not-yours', `merchantId ${merchantId}`);

/** `member`: the member of the request that names the record. */
export const unknownRecord = (member: string, id: string): Refused => refuse('record-unknown', `${member} ${id}`);

/** The next version of a record, with the members that are given and differ; when none does it is kept. */
export function change<State extends { readonly version: number }>(
  known: State,
  wanted: { readonly [Member in keyof State]?: State[Member] | undefined },
): Kept | Changed<State> {
  const news = Object.entries(wanted).filter(([member, value]) => value !== undefined && value !== known[member as keyof State]);
  if (news.length === 0) return keep;
  return {
    kind: 'change',
    before: known,
    state: { ...known, ...(Object.fromEntries(news) as Partial<State>), version: known.version + 1 },
  };
}
