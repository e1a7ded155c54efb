import { describe, expect, it } from '@jest/globals';
import { changeMerchant as changeRequest, registerMerchant as merchantRequest } from '@tillbridge/contracts';
import { changeMerchant, registerMerchant, servesOtherwise, type Merchant } from './merchant.js';

const request = merchantRequest.sample;
const known: Merchant = {
  ...request,
  version: 3,
  standing: 'active',
  terminalPolicy: 'enrolled-only',
  lateResults: 'attach',
  deadlineSeconds: 180,
};

describe('the registration of a merchant', () => {
  it('needs its developer', () =>
    expect(registerMerchant({ developerKnown: false, known: undefined }, request)).toMatchObject({ kind: 'refuse', name: 'not-yours' }));
  it('creates it once', () =>
    expect(registerMerchant({ developerKnown: true, known: undefined }, request)).toEqual({
      kind: 'create',
      state: { ...known, version: 1 },
    }));
  it('changes nothing when it is repeated, nor a policy that it does not name', () => {
    expect(registerMerchant({ developerKnown: true, known }, request)).toEqual({ kind: 'keep' });
    const open = { ...known, terminalPolicy: 'create-on-register' as const, lateResults: 'review' as const, deadlineSeconds: 30 };
    expect(registerMerchant({ developerKnown: true, known: open }, request)).toEqual({ kind: 'keep' });
  });
  it('does not let a suspended one in again', () =>
    expect(registerMerchant({ developerKnown: true, known: { ...known, standing: 'suspended' } }, request)).toEqual({ kind: 'keep' }));
  it('takes its policies as they are named', () => {
    const policies = { terminalPolicy: 'create-on-register', lateResults: 'auto-void', deadlineSeconds: 600 } as const;
    expect(registerMerchant({ developerKnown: true, known: undefined }, { ...request, ...policies })).toMatchObject({ state: policies });
  });
  it.each([
    { name: 'New name' },
    { currencyCode: '978' },
    { terminalPolicy: 'create-on-register' as const },
    { lateResults: 'review' as const },
    { deadlineSeconds: 30 },
  ])('changes it, as its next version (%j)', (news) =>
    expect(registerMerchant({ developerKnown: true, known }, { ...request, ...news })).toEqual({
      kind: 'change',
      before: known,
      state: { ...known, ...news, version: 4 },
    }),
  );
});

describe('a change of a merchant', () => {
  it.each([
    [{ name: 'New name' }, false],
    [{ terminalPolicy: 'create-on-register' as const }, false],
    [{ lateResults: 'auto-void' as const }, false],
    [{ deadlineSeconds: 600 }, false],
    [{ currencyCode: '978' }, true],
    [{ standing: 'suspended' as const }, true],
  ])('makes its next version: %j; its callers are served otherwise: %j', (news, otherwise) => {
    const state = { ...known, ...news, version: 4 };
    expect(changeMerchant(known, { ...changeRequest.sample, standing: 'active', ...news })).toEqual({
      kind: 'change',
      before: known,
      state,
    });
    expect(servesOtherwise(known, state)).toBe(otherwise);
  });
  it('is kept when it is so already, and needs the merchant', () => {
    expect(changeMerchant({ ...known, standing: 'suspended' }, changeRequest.sample)).toEqual({ kind: 'keep' });
    expect(changeMerchant(undefined, changeRequest.sample)).toMatchObject({ kind: 'refuse', name: 'record-unknown' });
  });
});
