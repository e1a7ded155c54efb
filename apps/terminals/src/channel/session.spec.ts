import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Clock } from '@tillbridge/kernel';
import { createLog } from '@tillbridge/platform';
import type { ServerMessage, TerminalMessage } from '@tillbridge/protocol';
import { EventEmitter } from 'node:events';
import { WebSocket } from 'ws';
import { MAX_QUEUED_MESSAGES, PING_INTERVAL_MS, RESUME_AT_QUEUED_MESSAGES, SILENCE_LIMIT_MS } from './limits.js';
import { WebSocketPipe } from './pipe.js';
import { TerminalSession, type SessionHost } from './session.js';

/** The socket, as far as a session uses it. Everything that was read before a pause still comes, like from the real one. */
class FakeSocket extends EventEmitter {
  readonly readyState = WebSocket.OPEN;
  readonly bufferedAmount = 0;
  isPaused = false;
  closedWith: number | undefined;
  isCut = false;

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  readonly pings: number[] = [];

  send(text: string): void {
    const message = JSON.parse(text) as ServerMessage;
    if (message.type === 'ping') this.pings.push(message.t);
  }

  close(code: number): void {
    this.closedWith = code;
  }

  terminate(): void {
    this.isCut = true;
  }

  say(message: TerminalMessage): void {
    this.emit('message', Buffer.from(JSON.stringify(message)), false);
  }
}

/** A host whose works wait until they are released. */
class SlowHost implements SessionHost {
  readonly taken: number[] = [];
  private readonly waiting: (() => void)[] = [];

  greet(session: TerminalSession): Promise<void> {
    session.welcome({ terminalUid: 'a terminal', version: 1, journalGeneration: 1 }, 0);
    return Promise.resolve();
  }

  take(...[, , message]: Parameters<SessionHost['take']>): Promise<void> {
    this.taken.push(message.type === 'result' ? message.journalNo : 0);
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  ended(): void {
    // Nothing is kept of it.
  }

  async finish(count: number): Promise<void> {
    for (let done = 0; done < count; done += 1) {
      this.waiting.shift()?.();
      await jest.advanceTimersByTimeAsync(0);
    }
  }
}

const result = (journalNo: number): TerminalMessage => ({
  type: 'result',
  journalNo,
  transIndexCode: `${journalNo}`,
  response: { TransResult: true },
});

/** What was put off until after the timers that are due: the fake `setImmediate` takes a millisecond. */
const PUT_OFF_MS = 1;

/** `Date` stands still with the timers, and so does this clock. */
const clock: Clock = { now: () => new Date(), monotonicMs: () => Date.now() };

function openSession(socket: FakeSocket, host: SlowHost): TerminalSession {
  const pipe = new WebSocketPipe(socket as unknown as WebSocket, () => undefined);
  const session = new TerminalSession(pipe, host, { clock, log: createLog('terminals', 'silent') });
  socket.say({
    type: 'hello',
    protocol: 1,
    terminalSn: 'WP1',
    key: 'a key',
    appVersion: '1.0.0',
    lastJournalNo: 0,
    openTransIndexCode: null,
  });
  return session;
}

describe('a session whose terminal', () => {
  let socket: FakeSocket;
  let session: TerminalSession;
  beforeEach(async () => {
    jest.useFakeTimers({ now: 1_000_000 });
    socket = new FakeSocket();
    session = openSession(socket, new SlowHost());
    await jest.advanceTimersByTimeAsync(0);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('answers pings is never given up, and is measured', async () => {
    expect(session.liveness).toEqual({ ageMs: 0 });
    for (let round = 1; round <= 10; round += 1) {
      await jest.advanceTimersByTimeAsync(PING_INTERVAL_MS);
      socket.say({ type: 'pong', t: socket.pings.at(-1) ?? 0 });
    }
    await jest.advanceTimersByTimeAsync(40);
    expect(session.liveness).toEqual({ ageMs: 40, rttMs: 0 });
    await jest.advanceTimersByTimeAsync(PING_INTERVAL_MS);
    socket.say({ type: 'pong', t: socket.pings.at(-1) ?? 0 });
    expect([session.liveness, socket.isCut]).toEqual([{ ageMs: 0, rttMs: 40 }, false]);
  });

  it('says nothing is given up just in time, and not before', async () => {
    await jest.advanceTimersByTimeAsync(SILENCE_LIMIT_MS - 1);
    expect(socket.isCut).toBe(false);
    await jest.advanceTimersByTimeAsync(1 + PUT_OFF_MS);
    expect(socket.isCut).toBe(true);
  });

  it('answered while the process was busy is heard before it is given up', async () => {
    await jest.advanceTimersByTimeAsync(SILENCE_LIMIT_MS - 1);
    // As in Node: first the timer that is due, then what the sockets have, then what was put off until then.
    setTimeout(() => socket.say({ type: 'pong', t: 1 }), 1);
    await jest.advanceTimersByTimeAsync(1 + PUT_OFF_MS);
    expect([session.isClosed(), socket.isCut]).toEqual([false, false]);
    await jest.advanceTimersByTimeAsync(SILENCE_LIMIT_MS + PUT_OFF_MS);
    expect(socket.isCut).toBe(true);
  });

  it('was hardly asked, because the process stood still, has its time anew', async () => {
    const late = new FakeSocket();
    const oneLatePing = ((ask: () => void) => setTimeout(ask, SILENCE_LIMIT_MS - 2)) as unknown as typeof setInterval;
    jest.spyOn(globalThis, 'setInterval').mockImplementationOnce(oneLatePing);
    openSession(late, new SlowHost());
    await jest.advanceTimersByTimeAsync(SILENCE_LIMIT_MS + PUT_OFF_MS);
    expect([late.pings.length, late.isCut]).toEqual([1, false]);
  });
});

describe('a session with more messages than it can get done', () => {
  let socket: FakeSocket;
  let host: SlowHost;
  beforeEach(async () => {
    jest.useFakeTimers();
    socket = new FakeSocket();
    host = new SlowHost();
    openSession(socket, host);
    await jest.advanceTimersByTimeAsync(0);
    // One is in work, the others wait.
    for (let journalNo = 1; journalNo <= MAX_QUEUED_MESSAGES + 1; journalNo += 1) socket.say(result(journalNo));
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('reads no further until half of them are done, and takes also what the socket had read before', async () => {
    expect(socket.isPaused).toBe(true);
    socket.say(result(MAX_QUEUED_MESSAGES + 2));
    await host.finish(MAX_QUEUED_MESSAGES + 1 - RESUME_AT_QUEUED_MESSAGES);
    expect(socket.isPaused).toBe(true);
    await host.finish(1);
    expect(socket.isPaused).toBe(false);
    await host.finish(MAX_QUEUED_MESSAGES);
    expect(host.taken).toEqual(Array.from({ length: MAX_QUEUED_MESSAGES + 2 }, (_, index) => index + 1));
    expect(socket.closedWith).toBeUndefined();
  });

  it('does not take the terminal for silent while it does not listen, and gives it its full time after that', async () => {
    await jest.advanceTimersByTimeAsync(3 * SILENCE_LIMIT_MS - 1);
    await host.finish(MAX_QUEUED_MESSAGES);
    await jest.advanceTimersByTimeAsync(SILENCE_LIMIT_MS - 1);
    expect(socket.isCut).toBe(false);
    await jest.advanceTimersByTimeAsync(1 + PUT_OFF_MS);
    expect(socket.isCut).toBe(true);
  });

  it('listens for the answer when it closes', () => {
    socket.emit('message', Buffer.from('no message'), false);
    expect([socket.closedWith, socket.isPaused]).toEqual([4001, false]);
  });
});
