import { describe, expect, it } from '@jest/globals';
import { findCaller } from '@tillbridge/contracts';
import { identify, type TokenOwner } from './caller.js';

const query = findCaller.sample;
const now = new Date('2026-11-01T09:00:00.000Z');
const caller: TokenOwner['caller'] = {
  clientId: query.clientId,
  tokenUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a005',
  merchantId: '10800000003',
  channel: 'Terminal',
  currencyCode: '840',
  unsignedAllowed: true,
  merchantStanding: 'active',
};
const owner: TokenOwner = { caller, isRevoked: false, developerStanding: 'active' };
const ending = (tokenExpiresAt: string): TokenOwner => ({ ...owner, caller: { ...caller, tokenExpiresAt } });

describe('who calls', () => {
  it.each<[string, TokenOwner]>([
    ['by a token that does not end', owner],
    ['by a token that ends later', ending('2026-11-01T09:00:00.001Z')],
    ['for a suspended merchant', { ...owner, caller: { ...caller, merchantStanding: 'suspended' } }],
  ])('is known %s', (_case, known) => expect(identify(known, query, now)).toEqual({ ok: true, owner: known }));

  it.each<[string, TokenOwner | undefined]>([
    ['unknown', undefined],
    ['revoked', { ...owner, isRevoked: true }],
    ['over', ending(now.toISOString())],
    ["a suspended developer's", { ...owner, developerStanding: 'suspended' }],
  ])('has no valid token when it is %s, whatever the clientId', (_case, known) => {
    expect(identify(known, query, now)).toEqual({ ok: false, name: 'token-invalid' });
    expect(identify(known, { ...query, clientId: 'another' }, now)).toEqual({ ok: false, name: 'token-invalid' });
  });

  it('is told that a clientId does not belong with a token that is known', () =>
    expect(identify(owner, { ...query, clientId: 'another' }, now)).toEqual({ ok: false, name: 'client-mismatch' }));
});
