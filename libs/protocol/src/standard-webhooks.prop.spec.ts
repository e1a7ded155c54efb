import { describe, expect, it } from '@jest/globals';
import { Defect } from '@tillbridge/kernel';
import fc from 'fast-check';
import { signWebhook, verifyWebhook } from './standard-webhooks.js';

// The example of the Standard Webhooks specification.
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const timestamp = 1614265330;
const body = '{"test": 2432232314}';
const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const headers = { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signature };

describe('signWebhook', () => {
  it('gives the signature of the specification’s example', () => {
    expect(signWebhook(id, timestamp, body, secret)).toBe(signature);
    expect(signWebhook(id, timestamp, Buffer.from(body), secret)).toBe(signature);
  });

  it('takes a secret without prefix as its UTF-8 bytes', () => {
    const text = 'a plain secret';
    expect(signWebhook(id, timestamp, body, text)).toBe(signWebhook(id, timestamp, body, `whsec_${Buffer.from(text).toString('base64')}`));
  });

  it('is a defect for an ambiguous id, an odd time or an empty secret', () => {
    expect(() => signWebhook('a.1', timestamp, body, secret)).toThrow(Defect);
    expect(() => signWebhook(id, 1.5, body, secret)).toThrow(Defect);
    expect(() => signWebhook(id, timestamp, body, 'whsec_')).toThrow(Defect);
  });
});

describe('verifyWebhook', () => {
  it('takes the example, with header names in any case and as lists', () => {
    expect(verifyWebhook(headers, body, [secret], timestamp)).toBe(true);
    const shouted = { 'WEBHOOK-ID': [id], 'Webhook-Timestamp': [String(timestamp)], 'Webhook-Signature': [signature] };
    expect(verifyWebhook(shouted, body, [secret], timestamp)).toBe(true);
  });

  it('during a rotation takes either secret and either signature', () => {
    expect(verifyWebhook(headers, body, ['whsec_bmV3', secret], timestamp)).toBe(true);
    const twice = { ...headers, 'webhook-signature': `${signWebhook(id, timestamp, body, 'other')} ${signature}` };
    expect(verifyWebhook(twice, body, [secret], timestamp)).toBe(true);
  });

  it.each([
    [-301, false],
    [-300, true],
    [0, true],
    [300, true],
    [301, false],
  ])('a clock off by %d s: %p', (offSeconds, taken) => {
    expect(verifyWebhook(headers, body, [secret], timestamp + offSeconds)).toBe(taken);
  });

  it.each([
    ['another id', { ...headers, 'webhook-id': 'msg_x' }],
    ['another time', { ...headers, 'webhook-timestamp': String(timestamp + 1) }],
    ['another spelling of the time', { ...headers, 'webhook-timestamp': `0${timestamp}` }],
    ['a time that is none', { ...headers, 'webhook-timestamp': 'now' }],
    ['no id', { ...headers, 'webhook-id': undefined }],
    ['no signature', { ...headers, 'webhook-signature': undefined }],
    ['another scheme', { ...headers, 'webhook-signature': signature.replace('v1,', 'v2,') }],
    ['no header at all', {}],
  ])('refuses %s', (_, received) => {
    expect(verifyWebhook(received, body, [secret], timestamp)).toBe(false);
  });

  it('refuses without any secret', () => {
    expect(verifyWebhook(headers, body, [], timestamp)).toBe(false);
  });

  it('any changed byte of the body makes it wrong', () => {
    const bytes = Buffer.from(body);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (place, flip) => {
        const changed = Buffer.from(bytes);
        changed[place] = changed[place]! ^ flip;
        return !verifyWebhook(headers, changed, [secret], timestamp);
      }),
    );
  });
});
