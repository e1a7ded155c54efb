import { expect, it } from '@jest/globals';
import { findCaller } from '@tillbridge/contracts';
import { identify } from './caller.js';

const query = findCaller.sample;
const owner = {
  clientId: query.clientId,
  tokenUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a005',
  merchantId: '10800000003',
  channel: 'Terminal' as const,
  currencyCode: '840',
  unsignedAllowed: true,
  merchantStanding: 'active' as const,
};

it('knows who calls', () => expect(identify(owner, query)).toEqual({ ok: true, owner }));
it('says that a token is unknown, whatever the clientId', () =>
  expect(identify(undefined, query)).toEqual({ ok: false, name: 'token-invalid' }));
it('says that a clientId does not belong with a token that is known', () =>
  expect(identify(owner, { ...query, clientId: 'another' })).toEqual({ ok: false, name: 'client-mismatch' }));
