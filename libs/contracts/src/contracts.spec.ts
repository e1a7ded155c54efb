import { describe, expect, it } from '@jest/globals';
import { catalogue, errors, schemaOf, terminalReported, transactionRequested } from './index.js';

describe('every contract', () => {
  it.each(catalogue.all().map((definition) => [definition.type, definition] as const))(
    '%s: its golden sample is valid',
    (_type, definition) => {
      expect(definition.validate(definition.sample)).toEqual({ ok: true, value: definition.sample });
    },
  );

  it.each(catalogue.all().map((definition) => [definition.type, definition] as const))(
    '%s: a sample without any one required member is refused',
    (_type, definition) => {
      const required = schemaOf(definition.payload)['required'] as string[];
      expect(required.length).toBeGreaterThan(0);
      for (const member of required) {
        const rest = Object.fromEntries(Object.entries(definition.sample).filter(([name]) => name !== member));
        expect(definition.validate(rest)).toMatchObject({ ok: false, violations: [{ path: `/${member}` }] });
      }
    },
  );

  it('tolerates members it does not know, so that a newer producer can add some', () => {
    expect(transactionRequested.validate({ ...transactionRequested.sample, addedLater: 1 }).ok).toBe(true);
  });

  it('checks nested payloads', () => {
    const spoilt = { ...transactionRequested.sample, amount: { amountMinor: -1, currency: 'USD' } };
    expect(transactionRequested.validate(spoilt)).toMatchObject({
      ok: false,
      violations: [{ path: '/amount/amountMinor' }, { path: '/amount/currency' }],
    });
  });

  it('lets no full card number through a result', () => {
    const spoilt = { ...terminalReported.sample, result: { approved: true, cardNo: '4111111111111111' } };
    expect(terminalReported.validate(spoilt).ok).toBe(false);
  });

  it.each([null, undefined, 1, 'text', [], [{}]])('refuses %p without throwing', (input) => {
    for (const definition of catalogue.all()) expect(definition.validate(input).ok).toBe(false);
  });
});

describe('the error catalogue', () => {
  it('has one body code per error', () => {
    const codes = Object.values(errors).map((error) => error.code);
    expect(new Set(codes).size).toBe(codes.length);
  });
});
