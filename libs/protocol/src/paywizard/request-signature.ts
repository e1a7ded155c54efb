import { createHmac, timingSafeEqual } from 'node:crypto';

const HEX_DIGEST = /^[0-9a-f]{64}$/i;

/**
 * The value of the request header `sign` of version 3 (wire specification 4.1): lower-case hex of HMAC-SHA256, keyed with the secret, over the
 * body followed by `&clientId=…&clientSecret=…`.
 * @param body the exact bytes of the HTTP body; a text counts as UTF-8. Nothing is sorted, trimmed or written anew
 */
export function signRequest(body: Uint8Array | string, clientId: string, clientSecret: string): string {
  return createHmac('sha256', clientSecret).update(body).update(`&clientId=${clientId}&clientSecret=${clientSecret}`).digest('hex');
}

/**
 * Whether `sign` is the signature of the body. Takes the **raw received bytes**, from before any JSON parsing: clients escape slashes and use
 * any whitespace, and all of that is signed. Hex is taken in both cases; the comparison takes the same time wherever it fails.
 */
export function verifyRequest(body: Uint8Array, clientId: string, clientSecret: string, sign: string): boolean {
  const expected = Buffer.from(signRequest(body, clientId, clientSecret), 'latin1');
  // What is no hex of this length cannot be it; the comparison is made all the same.
  const given = HEX_DIGEST.test(sign) ? Buffer.from(sign.toLowerCase(), 'latin1') : undefined;
  return timingSafeEqual(expected, given ?? expected) && given !== undefined;
}
