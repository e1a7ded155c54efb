import { describe, expect, it } from '@jest/globals';
import { Defect } from '@tillbridge/kernel';
import fc from 'fast-check';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { channelMessages } from './terminal-channel-samples.js';
import {
  type ChannelMessage,
  channelSchemas,
  decode,
  encode,
  type HelloMessage,
  isTerminalMessage,
  MAX_CHANNEL_MESSAGE_BYTES,
} from './terminal-channel.js';

const samples: ChannelMessage[] = Object.values(channelMessages).flatMap((each): readonly ChannelMessage[] => each.samples);
const [named, nameless] = channelMessages.hello.samples;
const [progress] = channelMessages.progress.samples;
const [result] = channelMessages.result.samples;
const validate = Object.fromEntries(
  Object.entries(channelSchemas()).map(([type, schema]) => [type, addFormats.default(new Ajv({ strict: false })).compile(schema)]),
);
/** What AsyncAPI readers are told, beside what is checked. */
const fitsSchema = (message: Record<string, unknown>): boolean => validate[String(message['type'])]?.(message) === true;

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
  fc.record({ type: fc.constant('cancel-answer' as const), transIndexCode: code, taken: fc.boolean() }),
  fc.record({
    type: fc.constant('status-answer' as const),
    transIndexCode: code,
    state: fc.constantFrom('running' as const, 'never-seen' as const),
  }),
  fc.record({ type: fc.constant('operation-answer' as const), operationId: code, done: fc.boolean() }),
  fc.record({ type: fc.constantFrom('cancel' as const, 'status' as const), transIndexCode: code }),
  fc.record({ type: fc.constant('operation' as const), operationId: code, operation: fc.constant('reprint-last' as const) }),
);

describe('the terminal channel', () => {
  it.each(samples)('$type survives the trip', (message) => {
    expect(decode(encode(message))).toEqual({ ok: true, message });
  });

  it('a terminal that does not name its journal is understood all the same', () => {
    const { message } = decode(JSON.stringify(nameless)) as { message: HelloMessage };
    expect([message, Object.hasOwn(message, 'journalId')]).toEqual([nameless, false]);
  });

  it('any message survives the trip', () => {
    fc.assert(fc.property(anyMessage, (message) => expect(decode(encode(message))).toEqual({ ok: true, message })));
  });

  it.each(samples)('$type: unknown members are ignored, each missing or wrong member is refused by name', (message) => {
    expect(decode(JSON.stringify({ ...message, later: 'addition' }))).toEqual({ ok: true, message });
    expect(fitsSchema({ ...message, later: 'addition' })).toBe(true);
    for (const member of Object.keys(message).filter((name) => name !== 'type')) {
      for (const wrong of [undefined, [], '', true, -0.5]) {
        const isRight = (member === 't' && wrong === -0.5) || (member === 'journalId' && wrong === undefined);
        if (isRight || ((member === 'taken' || member === 'done') && wrong === true)) continue;
        const decoded = decode(JSON.stringify({ ...message, [member]: wrong }));
        expect([member, wrong, decoded.ok ? 'taken' : decoded.reason]).toEqual([
          member,
          wrong,
          expect.stringContaining(`${message.type}.${member} must be`),
        ]);
        expect([member, wrong, fitsSchema(JSON.parse(JSON.stringify({ ...message, [member]: wrong })) as Record<string, unknown>)]).toEqual(
          [member, wrong, false],
        );
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
    [JSON.stringify({ ...named, protocol: 2 }), 'hello.protocol must be 1'],
    [JSON.stringify({ ...progress, at: 'yesterday' }), 'progress.at must be an ISO 8601 instant with zone'],
    [JSON.stringify({ ...progress, at: '2024-13-45T99:99:99Z' }), 'progress.at must be an ISO 8601 instant with zone'],
    [JSON.stringify({ ...progress, at: '2024-08-12T15:47:00' }), 'progress.at must be an ISO 8601 instant with zone'],
  ])('refuses %s', (received, reason) => {
    expect(decode(received)).toEqual({ ok: false, reason });
  });

  it('refuses a result that proves nothing: without TransResult it is neither an approval nor a decline', () => {
    expect(decode(JSON.stringify({ ...result, response: { RespCode: '00' } }))).toEqual({
      ok: false,
      reason: 'result.response must be an object with a boolean TransResult',
    });
    expect(decode(JSON.stringify({ ...result, response: { TransResult: 'false' } })).ok).toBe(true);
  });

  it('knows of each message who says it', () => {
    expect(samples.filter(isTerminalMessage).map(({ type }) => type)).toEqual(
      samples
        .map(({ type }) => type)
        .filter((type) => type.endsWith('-answer') || ['hello', 'ack', 'progress', 'result', 'pong'].includes(type)),
    );
  });

  it('a reason repeats nothing of what was received', () => {
    const key = 'very-secret-key'.repeat(30);
    expect(JSON.stringify(decode(JSON.stringify({ ...named, key })))).not.toContain('very-secret-key');
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
