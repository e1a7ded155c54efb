import { describe, expect, it } from '@jest/globals';
import { Defect } from '@tillbridge/kernel';
import fc from 'fast-check';
import { type ChannelMessage, decode, encode, type HelloMessage, MAX_CHANNEL_MESSAGE_BYTES } from './terminal-channel.js';

const samples: ChannelMessage[] = [
  {
    type: 'hello',
    protocol: 1,
    terminalSn: 'WP123987987897',
    key: 'k'.repeat(43),
    appVersion: '1.0.0',
    lastJournalNo: 0,
    openTransIndexCode: null,
  },
  { type: 'ack', seq: 1, transIndexCode: '848981718949036032' },
  { type: 'progress', transIndexCode: '848981718949036032', stage: 'card-presented', at: '2024-08-12T15:47:00.000Z' },
  { type: 'progress', transIndexCode: '848981718949036032', stage: 'online', at: '2024-08-12T15:47:00+02:00' },
  { type: 'result', journalNo: 1, transIndexCode: '848981718949036032', response: { TransResult: true, RespCode: '00' } },
  { type: 'pong', t: 17.5 },
  { type: 'welcome', sessionId: 's', pingIntervalMs: 5000, storedJournalNo: 0 },
  {
    type: 'command',
    seq: 1,
    transIndexCode: '848981718949036032',
    expiresAt: '2024-08-12T15:50:00Z',
    request: { TransType: 'Purchase', TransAmount: '1000' },
  },
  { type: 'result-ack', journalNo: 1 },
  { type: 'ping', t: 17.5 },
  {
    type: 'hello',
    protocol: 1,
    terminalSn: 'WP123987987897',
    key: 'k',
    appVersion: '1.0.0',
    lastJournalNo: 17,
    openTransIndexCode: '848981718949036032',
    journalId: '2f1b8c1e-5a0d-4c1f-9f59-6b1d2a0f7c11',
  },
];

const code = fc.string({ minLength: 1, maxLength: 64, unit: 'grapheme-ascii' });
const natural = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const instant = fc
  .date({ min: new Date('2000-01-01T00:00:00Z'), max: new Date('2100-01-01T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString());
const object = fc.dictionary(
  code.filter((name) => name !== '__proto__'),
  fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
  { maxKeys: 20 },
);

const anyMessage: fc.Arbitrary<ChannelMessage> = fc.oneof(
  fc.record({
    type: fc.constant('hello' as const),
    protocol: fc.constant(1 as const),
    terminalSn: code,
    key: code,
    appVersion: code,
    lastJournalNo: fc.nat(),
    openTransIndexCode: fc.option(code),
  }),
  fc.record({ type: fc.constant('ack' as const), seq: natural, transIndexCode: code }),
  fc.record({
    type: fc.constant('progress' as const),
    transIndexCode: code,
    stage: fc.constantFrom('card-presented' as const, 'online' as const),
    at: instant,
  }),
  fc.record({
    type: fc.constant('result' as const),
    journalNo: natural,
    transIndexCode: code,
    response: object.map((members) => ({ ...members, TransResult: true })),
  }),
  fc.record({ type: fc.constant('command' as const), seq: natural, transIndexCode: code, expiresAt: instant, request: object }),
  fc.record({ type: fc.constant('welcome' as const), sessionId: code, pingIntervalMs: natural, storedJournalNo: fc.nat() }),
  fc.record({ type: fc.constantFrom('ping' as const, 'pong' as const), t: fc.integer() }),
  fc.record({ type: fc.constant('result-ack' as const), journalNo: natural }),
);

describe('the terminal channel', () => {
  it.each(samples)('$type survives the trip', (message) => {
    expect(decode(encode(message))).toEqual({ ok: true, message });
  });

  it('a terminal that does not name its journal is understood all the same', () => {
    const nameless = { ...samples.at(-1), journalId: undefined };
    const { message } = decode(JSON.stringify(nameless)) as { message: HelloMessage };
    expect([message, Object.hasOwn(message, 'journalId')]).toEqual([nameless, false]);
  });

  it('any message survives the trip', () => {
    fc.assert(fc.property(anyMessage, (message) => expect(decode(encode(message))).toEqual({ ok: true, message })));
  });

  it.each(samples)('$type: unknown members are ignored, each missing or wrong member is refused by name', (message) => {
    expect(decode(JSON.stringify({ ...message, later: 'addition' }))).toEqual({ ok: true, message });
    for (const member of Object.keys(message).filter((name) => name !== 'type')) {
      for (const wrong of [undefined, [], '', true, -0.5]) {
        if ((member === 't' && wrong === -0.5) || (member === 'journalId' && wrong === undefined) || member === 'type') continue;
        const decoded = decode(JSON.stringify({ ...message, [member]: wrong }));
        expect([member, wrong, decoded.ok ? 'taken' : decoded.reason]).toEqual([
          member,
          wrong,
          expect.stringContaining(`${message.type}.${member} must be`),
        ]);
      }
    }
  });

  it.each([
    ['', 'not a JSON object'],
    ['[]', 'not a JSON object'],
    ['null', 'not a JSON object'],
    ['"hello"', 'not a JSON object'],
    ['{"type":"hello"', 'not a JSON object'],
    ['{}', 'unknown type'],
    ['{"type":"toString"}', 'unknown type'],
    ['{"type":"__proto__"}', 'unknown type'],
    ['{"type":"charge-again"}', 'unknown type'],
    ['{"type":["ping"]}', 'unknown type'],
    [JSON.stringify({ ...samples[0], protocol: 2 }), 'hello.protocol must be 1'],
    [JSON.stringify({ ...samples[2], at: 'yesterday' }), 'progress.at must be an ISO 8601 instant with zone'],
    [JSON.stringify({ ...samples[2], at: '2024-13-45T99:99:99Z' }), 'progress.at must be an ISO 8601 instant with zone'],
    [JSON.stringify({ ...samples[2], at: '2024-08-12T15:47:00' }), 'progress.at must be an ISO 8601 instant with zone'],
  ])('refuses %s', (received, reason) => {
    expect(decode(received)).toEqual({ ok: false, reason });
  });

  it('refuses a result that proves nothing: without TransResult it is neither an approval nor a decline', () => {
    expect(decode(JSON.stringify({ ...samples[4], response: { RespCode: '00' } }))).toEqual({
      ok: false,
      reason: 'result.response must be an object with a boolean TransResult',
    });
    expect(decode(JSON.stringify({ ...samples[4], response: { TransResult: 'false' } })).ok).toBe(true);
  });

  it('a reason repeats nothing of what was received', () => {
    const key = 'very-secret-key'.repeat(30);
    expect(JSON.stringify(decode(JSON.stringify({ ...samples[0], key })))).not.toContain('very-secret-key');
  });

  it('decode never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (received) => !decode(received).ok));
    fc.assert(fc.property(fc.json(), (received) => typeof decode(received).ok === 'boolean'));
    fc.assert(
      fc.property(fc.constantFrom(...samples.map(({ type }) => type)), fc.dictionary(code, fc.jsonValue()), (type, members) => {
        return typeof decode(JSON.stringify({ ...members, type })).ok === 'boolean';
      }),
    );
    expect(decode(`{"type":"command","request":${'['.repeat(30_000)}`).ok).toBe(false);
  });

  it('holds its limit in bytes, in both directions', () => {
    const padded = (length: number): ChannelMessage => ({
      type: 'result',
      journalNo: 1,
      transIndexCode: '1',
      response: { TransResult: true, BatchDetailInfo: 'ä'.repeat(length) },
    });
    const overhead = Buffer.byteLength(encode(padded(0)));
    const longest = Math.floor((MAX_CHANNEL_MESSAGE_BYTES - overhead) / 2);
    expect(decode(encode(padded(longest))).ok).toBe(true);
    expect(() => encode(padded(longest + 1))).toThrow(Defect);
    expect(decode(JSON.stringify(padded(longest + 1)))).toEqual({ ok: false, reason: 'longer than 65536 bytes' });
  });
});
