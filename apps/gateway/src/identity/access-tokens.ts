import { sha256Hex } from '@tillbridge/kernel';
import { createHmac } from 'node:crypto';

const LENGTH = 32;
const ALPHABET_SIZE = 36;

/** What decides on a token that a developer gets for its secret. */
type Derivation = {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly merchantId: string;
  readonly channel: string;
  /** How many tokens of the merchant were revoked: a revoked token is never given out again. */
  readonly revocations: number;
};

/**
 * The merchant's token for a developer that shows its secret: the same one each time, in the usual form (32 upper-case letters and digits), for
 * the vendor's tokens are semi-permanent and a till may ask at every start. It is derived, because we keep only hashes of tokens and could not
 * give one out again. Whoever can compute it has the secret, and could as well ask for it.
 */
export function deriveAccessToken({ clientId, clientSecret, merchantId, channel, revocations }: Derivation): string {
  const from = JSON.stringify(['access-token', clientId, merchantId, channel, revocations]);
  const digest = createHmac('sha256', clientSecret).update(from, 'utf8').digest('hex');
  // 256 bits onto 165: what the remainder favours cannot be noticed.
  const number = BigInt(`0x${digest}`) % BigInt(ALPHABET_SIZE) ** BigInt(LENGTH);
  return number.toString(ALPHABET_SIZE).toUpperCase().padStart(LENGTH, '0');
}

/** The id of a derived token, the same one each time too: a UUID of version 8 (RFC 9562) out of its hash. */
export function uidOfDerived(token: string): string {
  const hex = sha256Hex(`uid of ${token}`);
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
