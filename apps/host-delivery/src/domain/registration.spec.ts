import { describe, expect, it } from '@jest/globals';
import { registerEndpoint } from '@tillbridge/contracts';
import { register, type Registered, type RegistrationDecision } from './registration.js';
import { checkPushUrl } from '@tillbridge/protocol';

const request = registerEndpoint.sample;
const { clientId, merchantId, url } = request;
const known: Registered = { clientId, merchantId, url, enabled: true, hasSameSecret: true };

const decide = (existing: Registered | undefined, changed: Partial<typeof request> = {}): RegistrationDecision =>
  register(existing, { ...request, ...changed }, checkPushUrl(changed.url ?? request.url, 'production'));

describe('a registration of an endpoint', () => {
  it('creates what is not known', () => expect(decide(undefined)).toEqual({ kind: 'create' }));
  it('changes nothing when it is repeated', () => expect(decide(known)).toEqual({ kind: 'keep' }));
  it('moves the endpoint to another URL', () => expect(decide(known, { url: 'https://other.example/' })).toEqual({ kind: 'change' }));
  it('replaces the secret', () => expect(decide({ ...known, hasSameSecret: false })).toEqual({ kind: 'change' }));
  it('brings a disabled endpoint back', () => expect(decide({ ...known, enabled: false })).toEqual({ kind: 'change' }));

  it.each([{ clientId: 'another' }, { merchantId: 'another' }])("does not touch another owner's endpoint (%j)", (changed) => {
    expect(decide(known, changed)).toMatchObject({ kind: 'refuse', name: 'not-yours' });
  });

  it('names the field when the URL is not allowed, before anything is looked up', () => {
    expect(decide(known, { clientId: 'another', url: 'http://host.example/' })).toEqual({
      kind: 'refuse',
      name: 'invalid-field',
      detail: 'url: expected https',
    });
  });
});
