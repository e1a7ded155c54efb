import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CLOSE_LIMIT_MS } from './limits.js';
import { LongPollPipe, type PollAnswer } from './long-poll-pipe.js';

const text = (name: string): string => JSON.stringify({ type: name });

describe('a channel that is carried by polls', () => {
  let pipe: LongPollPipe;
  const received: string[] = [];
  let ends: number;
  beforeEach(() => {
    jest.useFakeTimers();
    received.length = 0;
    ends = 0;
    pipe = new LongPollPipe();
    pipe.attach({ received: (message) => received.push(message), ended: () => (ends += 1) });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  /** What the poll has been answered by now; undefined while it waits. */
  const answered = async (poll: { answer: Promise<PollAnswer> }): Promise<PollAnswer | undefined> => {
    await jest.advanceTimersByTimeAsync(1);
    return Promise.race([poll.answer, Promise.resolve(undefined)]);
  };

  it('waits until there is something to say, and says what comes in one turn together', async () => {
    const poll = pipe.poll([text('ack'), text('result')]);
    expect(received).toEqual([text('ack'), text('result')]);
    expect(await answered(poll)).toBeUndefined();
    pipe.send(text('ping'));
    pipe.send(text('command'));
    expect(await answered(poll)).toEqual({ messages: [{ type: 'ping' }, { type: 'command' }] });
    expect(pipe.unsentBytes).toBe(0);
  });

  it('says what came between two polls to the second one', async () => {
    await answered(pipe.poll([]));
    pipe.poll([]).abandon();
    pipe.send(text('command'));
    expect(pipe.unsentBytes).toBe(text('command').length);
    expect(await answered(pipe.poll([]))).toEqual({ messages: [{ type: 'command' }] });
  });

  it('has one poll that waits: a newer one takes over, and the end of the older one’s connection does not matter', async () => {
    const older = pipe.poll([]);
    const newer = pipe.poll([]);
    expect(await answered(older)).toEqual({ messages: [] });
    older.abandon();
    pipe.send(text('command'));
    expect(await answered(newer)).toEqual({ messages: [{ type: 'command' }] });
  });

  it('tells the poll that waits of its end, and everything before', async () => {
    const poll = pipe.poll([]);
    pipe.send(text('result-ack'));
    pipe.close(4009, '');
    expect(pipe.isOpen).toBe(false);
    expect(await answered(poll)).toEqual({ messages: [{ type: 'result-ack' }], close: { code: 4009, reason: '' } });
    await jest.advanceTimersByTimeAsync(CLOSE_LIMIT_MS);
    expect([pipe.isOver, ends]).toEqual([true, 1]);
  });

  it('tells the next poll of its end, if that comes in time', async () => {
    pipe.close(1012, '');
    await jest.advanceTimersByTimeAsync(CLOSE_LIMIT_MS - 2);
    expect(ends).toBe(0);
    expect(await answered(pipe.poll([]))).toEqual({ messages: [], close: { code: 1012, reason: '' } });
    await jest.advanceTimersByTimeAsync(CLOSE_LIMIT_MS);
    expect(ends).toBe(1);
  });

  it('is over when nobody polls any more, or when it is cut', async () => {
    pipe.close(1012, '');
    await jest.advanceTimersByTimeAsync(CLOSE_LIMIT_MS + 1);
    expect([pipe.isOver, ends]).toEqual([true, 1]);
    const other = new LongPollPipe();
    const poll = other.poll([]);
    other.cut();
    expect(await answered(poll)).toEqual({ messages: [] });
  });
});
