import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { signRequest, verifyRequest } from './request-signature.js';

// The worked example of the vendor's signature guide (wire specification 4.1); the secret is the guide's own, not a live one.
const clientId = 'client12345';
const clientSecret = '9fb645400aabaa33ee0e423405d8c676';
const body =
  '{"clientId":"client12345","merchantId":"10800000003","posId":"D31231234567890","terminalId":"12345678","terminalSn":"WP123987987897"}';
const sign = '78b9b617d2e60c54bba722cb5dcaf6be6999f3a7552bfce274280be0009049c5';
const bytes = Buffer.from(body, 'utf8');

describe('the request signature', () => {
  it('is that of the vendor’s worked example', () => {
    expect(body).toHaveLength(133);
    expect(signRequest(body, clientId, clientSecret)).toBe(sign);
    expect(signRequest(bytes, clientId, clientSecret)).toBe(sign);
    expect(verifyRequest(bytes, clientId, clientSecret, sign)).toBe(true);
  });

  it('is taken in upper case too', () => {
    expect(verifyRequest(bytes, clientId, clientSecret, sign.toUpperCase())).toBe(true);
  });

  it('any changed byte of the body makes it wrong', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (place, flip) => {
        const changed = Buffer.from(bytes);
        changed[place] = changed[place]! ^ flip;
        return !verifyRequest(changed, clientId, clientSecret, sign);
      }),
    );
  });

  it.each([
    ['a blank after the body', `${body} `],
    ['a line end before it', `\n${body}`],
    ['pretty printing', JSON.stringify(JSON.parse(body), null, 2)],
    ['nothing', ''],
  ])('%s makes it wrong: the raw bytes are signed', (_, other) => {
    expect(verifyRequest(Buffer.from(other), clientId, clientSecret, sign)).toBe(false);
  });

  it('verifies what the demo client writes: escaped slashes and Chinese text, byte by byte', () => {
    const text = String.raw`{"clientId":"client12345","callBackUrl":"https:\/\/shop.example\/cb","callerName":"演示"}`;
    expect(verifyRequest(Buffer.from(text, 'utf8'), clientId, clientSecret, signRequest(text, clientId, clientSecret))).toBe(true);
  });

  it('holds for any bytes, valid UTF-8 or not, and for no other client or secret', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (anyBody, id, secret) => {
        const made = signRequest(anyBody, id, secret);
        return (
          /^[0-9a-f]{64}$/.test(made) &&
          verifyRequest(anyBody, id, secret, made) &&
          !verifyRequest(anyBody, `${id}x`, secret, made) &&
          !verifyRequest(anyBody, id, `${secret}x`, made)
        );
      }),
    );
  });

  it('a text that is no signature is refused without an error', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !verifyRequest(bytes, clientId, clientSecret, text)));
  });
});
