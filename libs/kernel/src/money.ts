import { assert } from './assert.js';
import { currencies, type Currency } from './currencies.js';

/** An amount in the minor unit of its currency (cents, fils, yen). `currency` is the ISO 4217 numeric code, three digits. */
export type Money = { amountMinor: number; currency: string };

/** The largest amount a terminal can take: 12 digits, the width of the amount field on card networks (ISO 8583, field 4). */
export const MAX_AMOUNT_MINOR = 999_999_999_999;

const LONG_FORM = 4;

/**
 * The currency for a numeric code: three digits, or four with a leading zero (`0840`), a form that terminals send. Anything else, letters
 * included, and any code that is not active: undefined.
 */
export function findCurrency(code: string): Currency | undefined {
  return currencies.get(code.length === LONG_FORM && code.startsWith('0') ? code.slice(1) : code);
}

/** Money as people read it: `10.00 USD`, `1.234 JOD`, `500 JPY`. Throws Defect for an unknown currency or an amount that is no safe integer. */
export function formatMoney(money: Money): string {
  const currency = findCurrency(money.currency);
  assert(currency !== undefined, `unknown currency ${money.currency}`);
  assert(Number.isSafeInteger(money.amountMinor), 'an amount must be an integer of minor units');
  const digits = String(Math.abs(money.amountMinor)).padStart(currency.exponent + 1, '0');
  const whole = digits.slice(0, digits.length - currency.exponent);
  const decimals = digits.slice(digits.length - currency.exponent);
  const sign = money.amountMinor < 0 ? '-' : '';
  return `${sign}${whole}${decimals === '' ? '' : `.${decimals}`} ${currency.alpha}`;
}
