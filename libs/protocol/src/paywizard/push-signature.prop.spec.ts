import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHash, createHmac } from 'node:crypto';
import { Defect } from '@tillbridge/kernel';
import { DEFAULT_PUSH_SIGNATURE, pushSignatureVariants, pushStringToSign, signPush, verifyPush } from './push-signature.js';

const clientId = 'client12345';
const clientSecret = '9fb645400aabaa33ee0e423405d8c676';

// The example of wire specification 4.2. `rrn` is empty and so takes no part.
const fields = {
  transResult: 0,
  mid: '10800000003',
  tradeNo: '2024081210800000003001',
  transIndexCode: '848981718949036032',
  transType: 'Purchase',
  transId: '1733208430104',
  invoiceNum: '120324144634',
  rrn: '',
  respCode: '00',
  respDesc: 'APPROVED',
  tranTime: '2024-08-12 15:47:59',
};
const stringToSign =
  'invoiceNum=120324144634&mid=10800000003&respCode=00&respDesc=APPROVED&tradeNo=2024081210800000003001&tranTime=2024-08-12 15:47:59' +
  '&transId=1733208430104&transIndexCode=848981718949036032&transResult=0&transType=Purchase' +
  `&clientId=client12345&clientSecret=${clientSecret}`;

const anyVariant = fc.constantFrom(...pushSignatureVariants);
const anyFields = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 12 }).filter((name) => name !== 'sign' && name !== '__proto__'),
  fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant(undefined)),
);

describe('the push signature', () => {
  it('signs the string of the vendor’s example', () => {
    expect(pushStringToSign(fields, clientId, clientSecret, 'amp-hmac')).toBe(stringToSign);
  });

  it('its four variants are the two strings under the two hashes', () => {
    const pairs = stringToSign.slice(0, stringToSign.indexOf('&clientId='));
    const joined = pairs.replaceAll('&', '') + stringToSign.slice(pairs.length);
    const hmac = (text: string) => createHmac('sha256', clientSecret).update(text).digest('hex');
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    expect(pushSignatureVariants.map((variant) => signPush(fields, clientId, clientSecret, variant))).toEqual([
      hmac(stringToSign),
      sha256(stringToSign),
      hmac(joined),
      sha256(joined),
    ]);
    expect(DEFAULT_PUSH_SIGNATURE).toBe('amp-hmac');
    expect(signPush(fields, clientId, clientSecret)).toBe(hmac(stringToSign));
  });

  it('sorts by ASCII and with regard to case', () => {
    expect(pushStringToSign({ b: 1, B: 2, a: 3, _: 4 }, 'c', 's', 'amp-hmac')).toBe('B=2&_=4&a=3&b=1&clientId=c&clientSecret=s');
  });

  it('leaves out empty values and its own member, and keeps zero and false', () => {
    const sparse = { a: '', b: null, c: undefined, sign: 'x', n: 0, no: false };
    expect(pushStringToSign(sparse, 'c', 's', 'amp-hmac')).toBe('n=0&no=false&clientId=c&clientSecret=s');
  });

  it('of any body verifies after a trip through JSON, whatever the order of its members', () => {
    fc.assert(
      fc.property(anyFields, anyVariant, (body, variant) => {
        const signed = { ...body, sign: signPush(body, clientId, clientSecret, variant) };
        const received = JSON.parse(JSON.stringify(signed)) as typeof signed;
        const reversed = Object.fromEntries(Object.entries(received).reverse());
        return verifyPush(received, clientId, clientSecret, variant) && verifyPush(reversed, clientId, clientSecret, variant);
      }),
    );
  });

  it('any changed value makes it wrong', () => {
    const sign = signPush(fields, clientId, clientSecret);
    for (const name of Object.keys(fields)) {
      expect([name, verifyPush({ ...fields, [name]: 'changed', sign }, clientId, clientSecret)]).toEqual([name, false]);
    }
    expect(verifyPush({ ...fields, added: '1', sign }, clientId, clientSecret)).toBe(false);
    expect(verifyPush({ ...fields, sign }, clientId, `${clientSecret}0`)).toBe(false);
  });

  it('is taken in upper case, and missing means wrong', () => {
    expect(verifyPush({ ...fields, sign: signPush(fields, clientId, clientSecret).toUpperCase() }, clientId, clientSecret)).toBe(true);
    expect(verifyPush(fields, clientId, clientSecret)).toBe(false);
    expect(verifyPush({ ...fields, sign: 1 }, clientId, clientSecret)).toBe(false);
  });

  it('a number without a JSON form is a defect', () => {
    expect(() => signPush({ amount: Number.NaN }, clientId, clientSecret)).toThrow(Defect);
  });
});
