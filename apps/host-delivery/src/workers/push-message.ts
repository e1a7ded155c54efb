import { signPush, signWebhook } from '@tillbridge/protocol';
import type { Delivery } from '../domain/delivery.js';

/** What goes over the wire in one attempt. */
export type PushMessage = { readonly body: Buffer; readonly headers: Readonly<Record<string, string>> };

const USER_AGENT = 'Tillbridge';
const SECOND_MS = 1_000;

/**
 * Signs a delivery in both styles: the Paywizard member `sign` in the body (wire specification 4.2, default variant), and the Standard Webhooks
 * headers over the exact bytes of that body. `webhook-id` is the same for every attempt, `webhook-timestamp` is this one's.
 */
export function signedMessage(delivery: Pick<Delivery, 'deliveryId' | 'clientId' | 'fields'>, secret: string, now: Date): PushMessage {
  const sign = signPush(delivery.fields, delivery.clientId, secret);
  const body = Buffer.from(JSON.stringify({ ...delivery.fields, sign }), 'utf8');
  const timestamp = Math.floor(now.getTime() / SECOND_MS);
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': USER_AGENT,
      'webhook-id': delivery.deliveryId,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signWebhook(delivery.deliveryId, timestamp, body, secret),
    },
  };
}
