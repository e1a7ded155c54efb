import type { IssueMerchantTokenV1, MerchantTokenV1, RevokeMerchantTokenV1 } from '@tillbridge/contracts';
import { change, keep, notYours, refuse, unknownRecord, type Change, type Creation } from './decision.js';
import { isStillToCome } from './instants.js';
import type { ServedMerchant } from './merchant.js';

/** A token as it is stored. */
export type Token = MerchantTokenV1 & { readonly tokenHash: string };

/**
 * A developer that asks by itself gets no token of a merchant that is not open to it; an operator may prepare one. A token never changes, so
 * another request under its uid or hash is a mistake, and one that was taken back is not given out again.
 * `known` is the token with the uid or the hash of the new one.
 */
export function issueToken(
  situation: { readonly merchant: ServedMerchant | undefined; readonly known: Token | undefined },
  request: IssueMerchantTokenV1,
  now: Date,
): Creation<Token> {
  const { tokenUid, clientId, merchantId, channel, tokenHash, expiresAt } = request;
  const { merchant, known } = situation;
  if (merchant === undefined || (!merchant.isOpen && request.by === undefined)) return notYours(merchantId);
  if (known !== undefined) {
    if (!isSameToken(known, request)) return refuse('invalid-field', 'tokenUid: expected a new one for a new token');
    return known.revokedAt === undefined ? keep : refuse('record-conflict', 'the token was revoked');
  }
  if (expiresAt !== undefined && !isStillToCome(expiresAt, now)) return refuse('invalid-field', 'expiresAt: expected an instant to come');
  const ending = expiresAt === undefined ? {} : { expiresAt };
  return { kind: 'create', state: { tokenUid, version: 1, clientId, merchantId, channel, ...ending, tokenHash } };
}

const isSameToken = (known: Token, request: IssueMerchantTokenV1): boolean =>
  (['tokenUid', 'tokenHash', 'clientId', 'merchantId', 'channel', 'expiresAt'] as const).every((each) => known[each] === request[each]);

/** For ever: a token that was taken back never works again. */
export function revokeToken(known: Token | undefined, { tokenUid }: RevokeMerchantTokenV1, now: Date): Change<Token> {
  if (known === undefined) return unknownRecord('tokenUid', tokenUid);
  return known.revokedAt === undefined ? change(known, { revokedAt: now.toISOString() }) : keep;
}
