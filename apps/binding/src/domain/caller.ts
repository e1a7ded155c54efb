import type { CallerV1, ErrorName, FindCallerV1 } from '@tillbridge/contracts';

/** The owner of a token that is known. */
export type TokenOwner = Omit<CallerV1, 'clientSecrets'>;

/** Who calls, or which of the two is wrong: an unknown token comes before a clientId that does not belong with it (docs/DECISIONS.md). */
export function identify<Owner extends TokenOwner>(
  owner: Owner | undefined,
  { clientId }: FindCallerV1,
): { readonly ok: true; readonly owner: Owner } | { readonly ok: false; readonly name: ErrorName } {
  if (owner === undefined) return { ok: false, name: 'token-invalid' };
  return owner.clientId === clientId ? { ok: true, owner } : { ok: false, name: 'client-mismatch' };
}
