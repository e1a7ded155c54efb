import { describe, expect, it } from '@jest/globals';
import { initiateTransaction } from '@tillbridge/contracts';
import { readInitiation } from './initiation-request.js';
import { checkTransType, transTypes } from './trans-types.js';
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
    ['for a type of the local link', { transType: 'VoidSale' }, 'unknown-trans-type', /local link only; taken: Purchase, PreAuth, /],
    ['for a name that every object has', { transType: 'constructor' }, 'unknown-trans-type', /no type of the API/],
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

/** What the vendor says of each type (WIRE.md 5.1). */
const vendorsTable: Readonly<Record<string, { amount: 'needed' | 'optional' | 'none'; original: boolean }>> = {
  Purchase: { amount: 'needed', original: false },
  PreAuth: { amount: 'needed', original: false },
  IncrementalAuth: { amount: 'needed', original: true },
  AuthVoid: { amount: 'optional', original: true },
  AuthCompletion: { amount: 'needed', original: true },
  BalanceInquiry: { amount: 'none', original: false },
  Reversal: { amount: 'optional', original: true },
  Refund: { amount: 'needed', original: true },
  Settle: { amount: 'none', original: false },
  TipAdjust: { amount: 'needed', original: true },
  ReadCard: { amount: 'none', original: false },
  QueryTransaction: { amount: 'none', original: true },
  PrintLast: { amount: 'none', original: false },
  PrintTotal: { amount: 'none', original: false },
  PrintDetail: { amount: 'none', original: false },
  PrintParameter: { amount: 'none', original: false },
  GetPosInfo: { amount: 'none', original: false },
  VerifyCardPan: { amount: 'none', original: false },
};

describe('every type of the cloud', () => {
  const named = { oriRrn: '000120324144' };
  const bare = { transAmount: '', currencyCode: '' };

  it('is taken, and no other', () => {
    expect(transTypes().map(({ transType }) => transType)).toEqual(Object.keys(vendorsTable));
  });

  it.each(Object.entries(vendorsTable))('%s: the amount', (transType, { amount, original }) => {
    const more = { transType, ...(original ? named : {}) };
    const [without, zero, some] = [read({ ...more, ...bare }), read({ ...more, ...bare, transAmount: '0' }), read(more)];
    const wrong = refusal('invalid-field', /^(transAmount|tipAmount): expected /);
    for (const answer of [without, zero]) expect(answer).toMatchObject(amount === 'needed' ? wrong : { outcome: 'done' });
    expect(some).toMatchObject(amount === 'none' ? wrong : { value: { instruction: { amount: { amountMinor: 1000, currency: '840' } } } });
    for (const answer of [without, zero, some]) {
      if (answer.outcome === 'done') expect(initiateTransaction.validate(answer.value)).toMatchObject({ ok: true });
    }
    if (amount !== 'needed') expect(without).not.toHaveProperty('value.instruction.amount');
  });

  it.each(Object.entries(vendorsTable))('%s: the original', (transType, { amount, original }) => {
    const more = { transType, ...(amount === 'none' ? bare : {}) };
    expect(read(more)).toMatchObject(
      original ? refusal('invalid-field', /^oriTransIndexCode or .* expected one of them/) : { outcome: 'done' },
    );
    for (const [member, name] of Object.entries({
      ...{
        oriTransIndexCode: 'transIndexCode',
        oriTransId: 'transId',
        oriRrn: 'rrn',
        oriInvoiceNum: 'invoiceNum',
        oriTraceNum: 'traceNum',
      },
    })) {
      const answer = read({ ...more, [member]: '42' });
      const passedOn = transType === 'Purchase' || transType === 'PreAuth' ? undefined : { [name]: '42' };
      expect([member, answer]).toMatchObject([member, { outcome: 'done' }]);
      expect(answer.outcome === 'done' ? answer.value.instruction.original : answer).toEqual(passedOn);
    }
  });

  it('of money takes the currency of the merchant for an amount, and none where there is none', () => {
    const of = (more: object): unknown => read({ currencyCode: '', ...named, ...more });
    expect(of({ transType: 'Refund' })).toMatchObject({ value: { instruction: { amount: { amountMinor: 1000, currency: '458' } } } });
    expect(of({ transType: 'Reversal', transAmount: '' })).not.toHaveProperty('value.instruction.amount');
  });
});

describe('a tip', () => {
  const adjust = (more: object) => read({ transType: 'TipAdjust', oriTransId: '1', transAmount: '', currencyCode: '', ...more });

  it.each([
    ['the new tip alone', { tipAmount: '150' }, { tipAmountMinor: 150 }],
    ['no tip any more', { tipAmount: 0 }, { tipAmountMinor: 0 }],
    ['the new total', { transAmount: 1150 }, { amount: { amountMinor: 1150, currency: '458' } }],
    ['both', { transAmount: 1150, tipAmount: 150 }, { amount: { amountMinor: 1150, currency: '458' }, tipAmountMinor: 150 }],
    [
      'a tip with its currency',
      { tipAmount: 150, currencyCode: '392' },
      { amount: { amountMinor: 0, currency: '392' }, tipAmountMinor: 150 },
    ],
  ])('is adjusted by %s', (_name, more, instruction) => {
    const answer = adjust(more);
    expect(answer.outcome === 'done' ? answer.value.instruction : answer).toEqual({
      transType: 'TipAdjust',
      original: { transId: '1' },
      ...instruction,
    });
  });

  it.each([
    ['neither', {}, /^tipAmount: expected the new tip/],
    ['a cashback and no total', { tipAmount: 1, otherAmount: 1 }, /^transAmount: expected the total/],
    ['more than the total', { tipAmount: 2, transAmount: 1 }, /^transAmount: expected the total/],
  ])('is not adjusted by %s', (_name, more, detail) => expect(adjust(more)).toMatchObject(refusal('invalid-field', detail)));

  it.each(['Reversal', 'AuthVoid', 'Refund'])('of a %s needs its total', (transType) => {
    expect(read({ transType, oriRrn: '1', transAmount: '', tipAmount: 1 })).toMatchObject(refusal('invalid-field', /^transAmount/));
  });

  it.each(['tipAmount', 'otherAmount'])('or any %s belongs into no request that moves no money', (member) => {
    const settle = { transType: 'Settle', transAmount: '' };
    expect(read({ ...settle, [member]: 1 })).toMatchObject(refusal('invalid-field', new RegExp(`^${member}: expected none`)));
    expect(read({ ...settle, [member]: 0 })).toMatchObject({ outcome: 'done' });
  });
});

describe('a callback', () => {
  it('may go to this machine without TLS in the sandbox', () => {
    expect(read({ callBackUrl: 'http://127.0.0.1:3000/cb' }, 'sandbox')).toMatchObject({ outcome: 'done' });
    expect(read({ callBackUrl: 'http://127.0.0.1:3000/cb' })).toMatchObject(refusal('invalid-field', /^callBackUrl/));
  });
});
