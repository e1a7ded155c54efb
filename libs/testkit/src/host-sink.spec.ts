import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { HostSink } from './host-sink.js';

let sink: HostSink;

beforeEach(async () => {
  sink = await HostSink.start();
});

afterEach(async () => {
  await sink.close();
});

const push = (body: string): Promise<Response> =>
  fetch(sink.url, { method: 'POST', body, headers: { 'webhook-id': 'm1' }, signal: AbortSignal.timeout(300) });

describe('the host sink', () => {
  test('keeps headers, the exact body and the time, and answers 200', async () => {
    const answer = await push('{"a": "é\\/"}');
    expect(answer.status).toBe(200);
    expect(sink.received).toMatchObject([{ body: '{"a": "é\\/"}', answered: 200, headers: { 'webhook-id': 'm1' } }]);
    expect(sink.received[0]!.receivedAt.getTime()).toBeLessThanOrEqual(Date.now());
    expect(sink.bodies()).toEqual([{ a: 'é/' }]);
  });

  test('gives the planned answers in order, then the usual one', async () => {
    sink.answerNext({ status: 500 }, { status: 429, headers: { 'retry-after': '7' }, body: 'later' });
    expect((await push('1')).status).toBe(500);
    const second = await push('2');
    expect([second.status, second.headers.get('retry-after'), await second.text()]).toEqual([429, '7', 'later']);
    expect((await push('3')).status).toBe(200);
  });

  test('can break the connection and can hang, and keeps what it was sent all the same', async () => {
    sink.answerNext('reset', 'hang');
    await expect(push('1')).rejects.toThrow();
    await expect(push('2')).rejects.toThrow('timeout');
    expect(sink.received.map(({ body, answered }) => [body, answered])).toEqual([
      ['1', 'reset'],
      ['2', 'hang'],
    ]);
  });
});
