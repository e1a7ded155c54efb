import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Defect } from './assert.js';
import { currencies } from './currencies.js';
import { findCurrency, formatMoney, MAX_AMOUNT_MINOR } from './money.js';

describe('the table of currencies', () => {
  it('has well-formed, unique codes', () => {
    const all = [...currencies.values()];
    expect(all).toHaveLength(165);
    expect(new Set(all.map(({ alpha }) => alpha)).size).toBe(all.length);
    for (const { numeric, alpha, exponent } of all) {
      expect(`${numeric} ${alpha} ${exponent}`).toMatch(/^\d{3} [A-Z]{3} [0234]$/);
    }
  });

  it.each([
    ['840', 'USD', 2],
    ['978', 'EUR', 2],
    ['392', 'JPY', 0],
    ['400', 'JOD', 3],
    ['414', 'KWD', 3],
    ['990', 'CLF', 4],
    ['008', 'ALL', 2],
    ['532', 'XCG', 2],
    ['924', 'ZWG', 2],
  ])('knows %s', (numeric, alpha, exponent) => {
    expect(findCurrency(numeric)).toEqual({ numeric, alpha, exponent });
  });

  it.each([
    ['191', 'Croatian kuna, withdrawn 2023'],
    ['975', 'Bulgarian lev, withdrawn 2026'],
    ['999', 'no currency'],
    ['959', 'gold'],
  ])('does not know %s (%s)', (numeric) => {
    expect(findCurrency(numeric)).toBeUndefined();
  });
});

describe('findCurrency', () => {
  it('takes four digits with a leading zero', () => {
    expect(findCurrency('0840')?.alpha).toBe('USD');
    expect(findCurrency('0008')?.alpha).toBe('ALL');
  });

  it.each(['', '84', '8', '8400', '1840', '00840', 'USD', 'usd', ' 840', '840 ', '840\n', '8४0', '-840', '84.0'])(
    'takes nothing else: %p',
    (code) => {
      expect(findCurrency(code)).toBeUndefined();
    },
  );

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (code) => findCurrency(code) === undefined || /^0?\d{3}$/.test(code)));
  });
});

describe('formatMoney', () => {
  it.each([
    [1000, '840', '10.00 USD'],
    [5, '840', '0.05 USD'],
    [0, '978', '0.00 EUR'],
    [-150, '978', '-1.50 EUR'],
    [500, '392', '500 JPY'],
    [112_233, '400', '112.233 JOD'],
    [1, '990', '0.0001 CLF'],
    [MAX_AMOUNT_MINOR, '840', '9999999999.99 USD'],
  ])('%d in %s is %s', (amountMinor, currency, text) => {
    expect(formatMoney({ amountMinor, currency })).toBe(text);
  });

  it('loses nothing: the digits without the point are the amount', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -MAX_AMOUNT_MINOR, max: MAX_AMOUNT_MINOR }),
        fc.constantFrom(...currencies.keys()),
        (amountMinor, currency) => {
          const [number = ''] = formatMoney({ amountMinor, currency }).split(' ');
          return Number(number.replace('.', '')) + 0 === amountMinor;
        },
      ),
    );
  });

  it('is a defect for what is not money', () => {
    expect(() => formatMoney({ amountMinor: 1, currency: '999' })).toThrow(Defect);
    expect(() => formatMoney({ amountMinor: 0.5, currency: '840' })).toThrow(Defect);
    expect(() => formatMoney({ amountMinor: Number.NaN, currency: '840' })).toThrow(Defect);
  });
});
