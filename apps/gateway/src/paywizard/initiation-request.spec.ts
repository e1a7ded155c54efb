import { describe, expect, it } from '@jest/globals';
import { initiateTransaction } from '@tillbridge/contracts';
import { readInitiation } from './initiation-request.js';
import { checkTransType } from './trans-types.js';
import { someCaller } from '../../test/some-caller.js';

const caller = someCaller({ currencyCode: '458' });
const purchase = {
  clientId: 'c1',
  merchantId: 'm1',
  posId: 'TILL1',
  tradeNo: 't1',
  transType: 'Purchase',
  transAmount: 1000,
  currencyCode: '840',
};
const read = (more: object, environment: 'sandbox' | 'production' = 'production') =>
  readInitiation({ ...purchase, ...more }, caller, environment);
const refusal = (name: string, detail?: RegExp): object => ({
  outcome: 'refused',
  refusal: { name, ...(detail === undefined ? {} : { detail: expect.stringMatching(detail) }) },
});

describe('a purchase', () => {
  it('becomes a request that the owner understands', () => {
    const answer = read({ tipAmount: '100', transScheme: 'Credit', callBackUrl: 'https://shop.example/cb', enableReceipt: true });
    expect(answer).toMatchObject({
      outcome: 'done',
      value: {
        clientId: 'c1',
        merchantId: 'm1',
        posId: 'TILL1',
        tradeNo: 't1',
        callBackUrl: 'https://shop.example/cb',
        instruction: { transType: 'Purchase', amount: { amountMinor: 1000, currency: '840' }, tipAmountMinor: 100, enableReceipt: true },
      },
    });
    expect(initiateTransaction.validate(answer.outcome === 'done' ? answer.value : {})).toMatchObject({ ok: true });
  });

  it("takes the merchant's currency when none is named", () => {
    expect(read({ currencyCode: '' })).toMatchObject({ value: { instruction: { amount: { currency: '458' } } } });
  });

  it('acts for the merchant of the token when none is named', () => {
    expect(read({ merchantId: undefined })).toMatchObject({ value: { merchantId: 'm1' } });
  });

  it('is the same request with another time, terminal id and bytes, and another one with another amount', () => {
    const hashOf = (more: object): unknown => {
      const answer = read(more);
      return answer.outcome === 'done' ? answer.value.requestHash : answer;
    };
    expect(hashOf({ transAmount: '1000', reqTransTime: '034700', terminalId: '00000000', oriRrn: '' })).toBe(hashOf({}));
    expect(hashOf({ transAmount: 1001 })).not.toBe(hashOf({}));
    expect(hashOf({ posId: 'TILL2' })).not.toBe(hashOf({}));
  });
});

describe('a request is refused', () => {
  it.each([
    ['without an amount', { transAmount: '' }, 'invalid-field', /^transAmount/],
    ['with nothing to pay', { transAmount: 0 }, 'invalid-field', /^transAmount/],
    ['when tip and cashback exceed the whole', { tipAmount: 600, otherAmount: 401 }, 'invalid-field', /^transAmount/],
    ['with a callback path', { callBackUrl: '/cb' }, 'invalid-field', /^callBackUrl/],
    ['with a callback that is no web address', { callBackUrl: 'ftp://shop.example/cb' }, 'invalid-field', /^callBackUrl/],
    ['with a callback without a host', { callBackUrl: 'https://' }, 'invalid-field', /^callBackUrl/],
    ['with a callback without TLS', { callBackUrl: 'http://shop.example/cb' }, 'invalid-field', /^callBackUrl: expected https$/],
    ['with a callback to this machine', { callBackUrl: 'https://127.0.0.1/cb' }, 'invalid-field', /^callBackUrl: expected a public host$/],
    ['with a callback to the inside', { callBackUrl: 'https://169.254.169.254/cb' }, 'invalid-field', /^callBackUrl/],
    ['with a callback that shows a password', { callBackUrl: 'https://u:p@shop.example/cb' }, 'invalid-field', /no credentials$/],
    ['with a long name', { callerName: 'x'.repeat(65) }, 'invalid-field', /^callerName: expected text of 1 to 64/],
    ['with a long text for the receipt', { appendingReceiptInfo: 'x'.repeat(1_025) }, 'invalid-field', /^appendingReceiptInfo: .* 1024/],
    ['with a long identifier of an original', { oriRrn: '1'.repeat(65) }, 'invalid-field', /^oriRrn: .* 64/],
    ['for a type that is not taken yet', { transType: 'Refund' }, 'unknown-trans-type', /not taken yet/],
    ["for a heading of the vendor's list", { transType: 'WorldPay only' }, 'unknown-trans-type', /no type of the API/],
    ['for a misspelt type', { transType: 'purchase' }, 'unknown-trans-type', /no type of the API/],
    ['with a card number in a text', { callerName: 'Ann 4111 1111 1111 1111' }, 'card-data-refused', /^callerName$/],
    ['with a card number with dots on the receipt', { appendingReceiptInfo: '4111.1111.1111.1111' }, 'card-data-refused', /^appending/],
    ['with a card number as scheme', { transScheme: '4111/1111/1111/1111' }, 'card-data-refused', /^transScheme$/],
    ['with a card number in the callback', { callBackUrl: 'https://a.example/4111-1111-1111-1111' }, 'card-data-refused', /^callBackUrl$/],
    ['with an escaped one there', { callBackUrl: 'https://a.example/?c=4111%201111+1111%201111' }, 'card-data-refused', /^callBackUrl$/],
    [
      'with a card number in a member that nobody knows',
      { memo: { note: ['4111111111111111'] } },
      'card-data-refused',
      /^memo\.note\[0\]$/,
    ],
    ['with a security code', { cvv: '123' }, 'card-data-refused', /^cvv$/],
    ['with track data in its number', { tradeNo: ';4111111111111111=29121010000?' }, 'card-data-refused', /^tradeNo$/],
    ['for another merchant', { merchantId: 'm2' }, 'not-yours', undefined],
  ])('%s', (_name, more, name, detail) => {
    expect(read(more)).toMatchObject(refusal(name, detail));
  });

  it('for the first reason in the documented order', () => {
    const wrong = { transType: 'Sale', merchantId: 'm2', callerName: '4111111111111111', posId: '' };
    expect(read(wrong)).toMatchObject(refusal('invalid-field', /^posId/));
    expect(read({ ...wrong, posId: 'TILL1' })).toMatchObject(refusal('unknown-trans-type'));
    expect(read({ ...wrong, posId: 'TILL1', transType: 'Purchase' })).toMatchObject(refusal('card-data-refused'));
    expect(read({ merchantId: 'm2' })).toMatchObject(refusal('not-yours'));
  });

  it('without repeating a card number that was put into transType, nor a text that is too long', () => {
    for (const transType of ['4111111111111111', '4111 1111 1111 1111', 'x'.repeat(41)]) {
      expect(JSON.stringify(read({ transType }))).not.toContain(transType);
    }
    expect(checkTransType('x'.repeat(41))).toMatchObject(refusal('unknown-trans-type', /^transType is no type/));
    expect(read({ transType: 'Sale' })).toMatchObject(refusal('unknown-trans-type', /^"Sale" is no type/));
  });
});

describe('a callback', () => {
  it('may go to this machine without TLS in the sandbox', () => {
    expect(read({ callBackUrl: 'http://127.0.0.1:3000/cb' }, 'sandbox')).toMatchObject({ outcome: 'done' });
    expect(read({ callBackUrl: 'http://127.0.0.1:3000/cb' })).toMatchObject(refusal('invalid-field', /^callBackUrl/));
  });
});
