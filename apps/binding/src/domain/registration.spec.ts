import { describe, expect, it } from '@jest/globals';
import {
  enrolTerminal as enrolRequest,
  issueMerchantToken,
  registerDeveloper as developerRequest,
  registerMerchant as merchantRequest,
} from '@tillbridge/contracts';
import { enrolTerminal, issueToken, registerDeveloper, registerMerchant, type KnownTerminal } from './registration.js';

const OTHER_UID = '0193aa3e-7c1b-7d30-9a51-2f60c1f7a0ff';
const OTHER_HASH = 'a'.repeat(64);

describe('a developer', () => {
  const request = developerRequest.sample;

  it('is created once', () =>
    expect(registerDeveloper(undefined, request)).toEqual({
      kind: 'create',
      state: { clientId: request.clientId, version: 1, name: request.name },
    }));
  it('is kept when the registration is repeated', () =>
    expect(registerDeveloper({ name: request.name, hasSecret: true }, request)).toEqual({ kind: 'keep' }));
  it.each([
    { name: 'Somebody else', hasSecret: true },
    { name: request.name, hasSecret: false },
  ])('is never replaced by another registration (%j)', (known) =>
    expect(registerDeveloper(known, request)).toMatchObject({ kind: 'refuse', name: 'invalid-field' }),
  );
});

describe('a merchant', () => {
  const request = merchantRequest.sample;
  const known = { ...request, version: 3 };

  it('needs its developer', () =>
    expect(registerMerchant({ developerKnown: false, known: undefined }, request)).toMatchObject({ kind: 'refuse', name: 'not-yours' }));
  it('is created once', () =>
    expect(registerMerchant({ developerKnown: true, known: undefined }, request)).toEqual({
      kind: 'create',
      state: { ...request, version: 1 },
    }));
  it('is kept when the registration is repeated', () =>
    expect(registerMerchant({ developerKnown: true, known }, request)).toEqual({ kind: 'keep' }));
  it.each([{ name: 'New name' }, { currencyCode: '978' }])('is changed, as its next version (%j)', (change) =>
    expect(registerMerchant({ developerKnown: true, known }, { ...request, ...change })).toEqual({
      kind: 'change',
      state: { ...known, ...change, version: 4 },
    }),
  );
});

describe('a merchant token', () => {
  const request = issueMerchantToken.sample;
  const { tokenHash, ...told } = request;

  it('needs its merchant', () =>
    expect(issueToken({ merchantKnown: false, known: undefined }, request)).toMatchObject({ kind: 'refuse', name: 'not-yours' }));
  it('is issued, and the hash stays out of what is told', () => {
    expect(tokenHash).toHaveLength(64);
    expect(issueToken({ merchantKnown: true, known: undefined }, request)).toEqual({ kind: 'create', state: { ...told, version: 1 } });
  });
  it('is kept when the request is repeated', () =>
    expect(issueToken({ merchantKnown: true, known: request }, request)).toEqual({ kind: 'keep' }));
  it.each([
    { tokenUid: OTHER_UID },
    { tokenHash: OTHER_HASH },
    { clientId: 'other' },
    { merchantId: 'other' },
    { channel: 'eCommerce' as const },
  ])('never takes the place of another (%j)', (other) =>
    expect(issueToken({ merchantKnown: true, known: { ...request, ...other } }, request)).toMatchObject({
      kind: 'refuse',
      name: 'invalid-field',
    }),
  );
});

describe('a terminal', () => {
  const request = enrolRequest.sample;
  const known: KnownTerminal = { ...request, version: 1 };
  const situation = { merchantKnown: true, known: undefined, keyTaken: false };

  it('needs its merchant', () =>
    expect(enrolTerminal({ ...situation, merchantKnown: false }, request)).toMatchObject({ kind: 'refuse', name: 'not-yours' }));
  it('is created with its key', () => expect(enrolTerminal(situation, request)).toEqual({ kind: 'create', state: known }));
  it('is kept when the enrolment is repeated', () => expect(enrolTerminal({ ...situation, known }, request)).toEqual({ kind: 'keep' }));
  it('must have a key of its own', () =>
    expect(enrolTerminal({ ...situation, keyTaken: true }, request)).toMatchObject({ kind: 'refuse', name: 'invalid-field' }));

  it.each([{ keyHash: OTHER_HASH }, { terminalId: '12345678' }])('keeps its uid when it is enrolled again (%j)', (change) =>
    expect(enrolTerminal({ ...situation, known }, { ...request, terminalUid: OTHER_UID, ...change })).toEqual({
      kind: 'change',
      state: { ...known, ...change, version: 2 },
    }),
  );
  it('that a till brought up without a key gets one', () => {
    const { keyHash, ...keyless } = known;
    expect(keyHash).toBeDefined();
    expect(enrolTerminal({ ...situation, known: keyless }, { ...request, terminalUid: OTHER_UID })).toEqual({
      kind: 'change',
      state: { ...known, version: 2 },
    });
  });
});
