import { assert, equalInConstantTime } from '@tillbridge/kernel';
import { createHmac } from 'node:crypto';

/** How far the sender's clock may be from ours, in seconds; also the window in which a captured message could be replayed. */
export const WEBHOOK_TOLERANCE_SECONDS = 300;

const SECRET_PREFIX = 'whsec_';
const SCHEME = 'v1';
const UNIX_SECONDS = /^\d{1,12}$/;
/** A sender in the middle of a rotation signs with two secrets; more than this many signatures is no rotation. */
const MAX_SIGNATURES = 8;

/** Header names are compared without case; of a repeated header the first counts. */
export type WebhookHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The value of the header `webhook-signature` by the Standard Webhooks specification 1.0.0: `v1,` and the base64 of
 * HMAC-SHA256 over `<id>.<timestamp>.<body>`.
 * @param id value of the header `webhook-id`; the same for every attempt of one delivery
 * @param timestampSeconds value of the header `webhook-timestamp`: Unix time of this attempt, whole seconds
 * @param body the exact bytes that are sent (a text counts as UTF-8)
 * @param secret `whsec_` and base64, or any other text, whose UTF-8 bytes are the key
 */
export function signWebhook(id: string, timestampSeconds: number, body: Uint8Array | string, secret: string): string {
  assert(Number.isSafeInteger(timestampSeconds) && timestampSeconds >= 0, 'a webhook timestamp must be whole seconds');
  assert(!id.includes('.'), 'a webhook id must have no dot, or id and timestamp could be told apart in two ways');
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${timestampSeconds}.`).update(body).digest('base64');
  return `${SCHEME},${signature}`;
}

/**
 * Whether a received webhook is authentic and fresh: any of the signatures in its header fits any of the secrets (two during a rotation), and
 * its timestamp is within the tolerance of `nowSeconds`, both ways. Never throws for what a sender may send.
 */
export function verifyWebhook(
  headers: WebhookHeaders,
  body: Uint8Array | string,
  secrets: readonly string[],
  nowSeconds: number,
  toleranceSeconds: number = WEBHOOK_TOLERANCE_SECONDS,
): boolean {
  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  const signatures = headerOf(headers, 'webhook-signature')?.split(' ').slice(0, MAX_SIGNATURES) ?? [];
  if (id === undefined || id === '' || id.includes('.') || timestamp === undefined || !UNIX_SECONDS.test(timestamp)) return false;
  if (Math.abs(nowSeconds - Number(timestamp)) > toleranceSeconds) return false;
  // The timestamp is signed as it was written: "007" and "7" are different texts.
  if (String(Number(timestamp)) !== timestamp) return false;
  return secrets.some((secret) => {
    const expected = signWebhook(id, Number(timestamp), body, secret);
    return signatures.some((signature) => equalInConstantTime(signature, expected));
  });
}

function keyOf(secret: string): Buffer {
  const key = secret.startsWith(SECRET_PREFIX) ? Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64') : Buffer.from(secret, 'utf8');
  assert(key.length > 0, 'a webhook secret must not be empty');
  return key;
}

function headerOf(headers: WebhookHeaders, name: string): string | undefined {
  const value = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return typeof value === 'string' || value === undefined ? value : value[0];
}
