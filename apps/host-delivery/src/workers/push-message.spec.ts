import { describe, expect, it } from '@jest/globals';
import { verifyPush, verifyWebhook, type PushFields } from '@tillbridge/protocol';
import { signedMessage } from './push-message.js';

const secret = '00000000000000000000000000000000';
const clientId = '825429536610058240';
const delivery = {
  deliveryId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a007',
  clientId,
  fields: { transResult: 0, tradeNo: 'Käse/1', rrn: '', amount: '1000' },
};
const now = new Date('2026-11-01T10:00:00.900Z');

describe('a push', () => {
  it('is signed in both styles over what is really sent', () => {
    const { body, headers } = signedMessage(delivery, secret, now);
    expect(verifyPush(JSON.parse(body.toString('utf8')) as PushFields, clientId, secret)).toBe(true);
    expect(verifyWebhook(headers, body, [secret], now.getTime() / 1_000)).toBe(true);
    expect(verifyWebhook(headers, Buffer.concat([body, Buffer.from(' ')]), [secret], now.getTime() / 1_000)).toBe(false);
  });

  it('keeps its id over all attempts, and has a timestamp of its own in each', () => {
    const [first, second] = [now, new Date(now.getTime() + 5_000)].map((at) => signedMessage(delivery, secret, at));
    expect([first?.headers['webhook-id'], second?.headers['webhook-id']]).toEqual([delivery.deliveryId, delivery.deliveryId]);
    expect([first?.headers['webhook-timestamp'], second?.headers['webhook-timestamp']]).toEqual(['1793527200', '1793527205']);
    expect(second?.body).toEqual(first?.body);
  });
});
