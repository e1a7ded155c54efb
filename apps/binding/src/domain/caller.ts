import type { CallerV1, ErrorName, FindCallerV1, Standing } from '@tillbridge/contracts';
import { isStillToCome } from './instants.js';

/** The owner of a token that is known, and what may have become of the token and of its developer. */
export type TokenOwner = {
  readonly caller: Omit<CallerV1, 'clientSecrets'>;
  readonly isRevoked: boolean;
  readonly developerStanding: Standing;
};

/**
 * Who calls, or which of the two is wrong: a token that is none comes before a clientId that does not belong with it (docs/DECISIONS.md). A
 * suspended merchant is known; what is not open to it is the edge's to say, in its place in the order.
 */
export function identify<Owner extends TokenOwner>(
  owner: Owner | undefined,
  { clientId }: FindCallerV1,
  now: Date,
): { readonly ok: true; readonly owner: Owner } | { readonly ok: false; readonly name: ErrorName } {
  if (owner === undefined || owner.isRevoked || owner.developerStanding === 'suspended') return { ok: false, name: 'token-invalid' };
  const { tokenExpiresAt } = owner.caller;
  if (tokenExpiresAt !== undefined && !isStillToCome(tokenExpiresAt, now)) return { ok: false, name: 'token-invalid' };
  return owner.caller.clientId === clientId ? { ok: true, owner } : { ok: false, name: 'client-mismatch' };
}
