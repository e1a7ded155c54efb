import { assert, equalInConstantTime } from '@tillbridge/kernel';
import { createHash, createHmac } from 'node:crypto';

/** A flat body. Empty values (`""`, null, undefined) take no part in the signature, nor does the member `sign`. */
export type PushFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/**
 * The four readings of the vendor's ambiguous rule (wire specification 4.2): pairs joined with `&` (`amp`) or with nothing (`joined`); then
 * HMAC-SHA256 keyed with the secret (`hmac`), or plain SHA-256 (`sha256`). Which one a receiver expects is a setting of its endpoint.
 */
export const pushSignatureVariants = ['amp-hmac', 'amp-sha256', 'joined-hmac', 'joined-sha256'] as const;
export type PushSignatureVariant = (typeof pushSignatureVariants)[number];

/** The reading that shares most with the request signature, and our default. */
export const DEFAULT_PUSH_SIGNATURE: PushSignatureVariant = 'amp-hmac';

/**
 * The text that is signed: `key=value` pairs sorted by key in ASCII order, then `&clientId=…&clientSecret=…`. Integers and booleans are
 * written as in JSON. It contains the secret: not for logs.
 */
export function pushStringToSign(fields: PushFields, clientId: string, clientSecret: string, variant: PushSignatureVariant): string {
  const pairs = Object.entries(fields)
    .filter(([name, value]) => name !== 'sign' && value !== '' && value !== null && value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => {
      assert(typeof value !== 'number' || Number.isFinite(value), `${name} has no JSON form`);
      return `${name}=${String(value)}`;
    });
  const separator = variant.startsWith('amp-') ? '&' : '';
  return `${pairs.join(separator)}&clientId=${clientId}&clientSecret=${clientSecret}`;
}

/** The value of the body member `sign` of a result push or callback: 64 lower-case hex digits. */
export function signPush(
  fields: PushFields,
  clientId: string,
  clientSecret: string,
  variant: PushSignatureVariant = DEFAULT_PUSH_SIGNATURE,
): string {
  const toSign = pushStringToSign(fields, clientId, clientSecret, variant);
  const hash = variant.endsWith('-hmac') ? createHmac('sha256', clientSecret) : createHash('sha256');
  return hash.update(toSign, 'utf8').digest('hex');
}

/** Whether the body carries its right signature in its member `sign`; hex in either case. False when there is none. */
export function verifyPush(
  fields: PushFields,
  clientId: string,
  clientSecret: string,
  variant: PushSignatureVariant = DEFAULT_PUSH_SIGNATURE,
): boolean {
  const { sign } = fields;
  return typeof sign === 'string' && equalInConstantTime(signPush(fields, clientId, clientSecret, variant), sign.toLowerCase());
}
