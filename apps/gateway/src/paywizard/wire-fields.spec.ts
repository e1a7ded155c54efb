import { describe, expect, it } from '@jest/globals';
import { internetTransForm, registerTerminalForm } from './requests.js';
import { normalise, readFields } from './wire-fields.js';

const minimal = { clientId: 'c', posId: 'TILL1', tradeNo: 't1', transType: 'Purchase' };
const normalised = (given: object): object => normalise(given as Record<string, unknown>, internetTransForm);
const read = (given: object) => readFields({ ...minimal, ...given }, internetTransForm);

describe('a request is read tolerantly', () => {
  it.each([
    ['an amount as text', { transAmount: '1000' }, { transAmount: 1000 }],
    ['an amount with leading zeros', { transAmount: '000000001000' }, { transAmount: 1000 }],
    ['an empty amount', { transAmount: '' }, {}],
    ['a null', { tipAmount: null }, {}],
    ['unused identifiers of an original', { oriTransId: '', oriRrn: '', oriTraceNum: '' }, {}],
    ['a trade number as a number', { tradeNo: 42 }, { tradeNo: '42' }],
    ['a trace number as a number', { oriTraceNum: 123 }, { oriTraceNum: '123' }],
    ['a time that lost its leading zero', { reqTransTime: 34_700 }, { reqTransTime: '034700' }],
    ['a flag as text', { enableReceipt: 'TRUE', skipConfirmProcedure: 'false' }, { enableReceipt: true, skipConfirmProcedure: false }],
    ['a currency of four digits', { currencyCode: '0840' }, { currencyCode: '840' }],
    ['a currency as a number that lost its zeros', { currencyCode: 36 }, { currencyCode: '036' }],
    ['another spelling of callBackUrl', { callbackUrl: 'https://a.example/' }, { callBackUrl: 'https://a.example/' }],
    ['a further spelling of callBackUrl', { CallBackURL: 'https://a.example/' }, { callBackUrl: 'https://a.example/' }],
    ['the spelling of the terminal report', { CallerName: '演示商户' }, { callerName: '演示商户' }],
    ['unknown members', { signType: 'x', __proto__: { posId: 'y' } }, {}],
  ])('%s', (_name, given, expected) => {
    expect(normalised(given)).toEqual(expected);
  });

  it('prefers the documented spelling, unless it is empty', () => {
    expect(normalised({ callbackUrl: 'https://b.example/', callBackUrl: 'https://a.example/' })).toEqual({
      callBackUrl: 'https://a.example/',
    });
    expect(normalised({ callbackUrl: 'https://b.example/', callBackUrl: '' })).toEqual({ callBackUrl: 'https://b.example/' });
  });

  it('gives a terminal id its eight places back', () => {
    expect(normalise({ terminalId: 0 }, registerTerminalForm)).toEqual({ terminalId: '00000000' });
  });
});

describe('what no tolerance can save is refused with the name of the field and what is expected', () => {
  it.each([
    ['transAmount', { transAmount: '10.00' }, 'minor units'],
    ['transAmount', { transAmount: 10.5 }, 'minor units'],
    ['transAmount', { transAmount: -1 }, 'minor units'],
    ['transAmount', { transAmount: 1_000_000_000_000 }, '999999999999'],
    ['transAmount', { transAmount: '1e3' }, 'minor units'],
    ['tipAmount', { tipAmount: {} }, 'minor units'],
    ['currencyCode', { currencyCode: 'USD' }, 'ISO 4217 numeric'],
    ['currencyCode', { currencyCode: '999' }, 'ISO 4217 numeric'],
    ['enableReceipt', { enableReceipt: 'yes' }, 'true or false'],
    ['tradeNo', { tradeNo: 'x'.repeat(65) }, '64 characters'],
    ['tradeNo', { tradeNo: 'a\nb' }, 'one line'],
    ['tradeNo', { tradeNo: '' }, '64 characters'],
    ['posId', { posId: ['TILL1'] }, 'till'],
    ['callerName', { callerName: 'a\0b' }, 'text'],
    ['callerName', { callerName: '\ud800' }, 'text'],
    ['reqTransDate', { reqTransDate: '2024-08-12' }, 'YYYYMMDD'],
  ])('%s in %j', (field, given, expected) => {
    const answer = read(given);
    expect(answer).toMatchObject({ outcome: 'refused', refusal: { name: 'invalid-field' } });
    const detail = answer.outcome === 'refused' ? answer.refusal.detail : '';
    expect(detail).toMatch(new RegExp(`^${field}: expected .*${expected}`));
  });

  it('names every wrong field', () => {
    const answer = read({ posId: '', transAmount: 'x' });
    expect(answer).toMatchObject({ refusal: { detail: expect.stringMatching(/^posId: .*; transAmount: /) } });
  });
});
