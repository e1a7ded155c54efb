import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cancelRequested, findPresence } from '@tillbridge/contracts';
import { newCause } from '@tillbridge/messaging';
import { CHANNEL_CLOSE, MAX_POLL_BYTES } from '@tillbridge/protocol';
import { eventually } from '@tillbridge/testkit';
import { PollingTerminal, pollOnce } from './polling-terminal.js';
import { TestEdge } from './test-edge.js';
import { helloOf, TestTerminal } from './test-terminal.js';

const SOON_MS = 5_000;
const OFFLINE_WITHIN_MS = 15_000;
const approval = { TransResult: true, RespCode: '00', AuthCode: '012345' };

let edge: TestEdge;
let url: string;
let otherUrl: string;
beforeAll(async () => {
  edge = await TestEdge.start();
  [url, otherUrl] = [await edge.addReplica(), await edge.addReplica()];
}, 30_000);
afterAll(() => edge.stop(), 30_000);

describe('a terminal that polls', () => {
  it('is paid at like any other, and is present as long as it polls', async () => {
    const identity = edge.enrol();
    const terminal = await PollingTerminal.connect(url, identity);
    const requested = await edge.request(identity);
    const { seq, transIndexCode } = await terminal.hears('command');
    terminal.say(
      { type: 'ack', seq, transIndexCode },
      { type: 'progress', transIndexCode, stage: 'card-presented', at: new Date().toISOString() },
    );
    await eventually(async () => expect(await edge.namesTold(requested.transactionId)).toContain('terminal-progressed'), SOON_MS);
    await edge.notice(cancelRequested, requested);
    await terminal.hears('cancel');
    terminal.say(
      { type: 'cancel-answer', transIndexCode, taken: false },
      { type: 'result', journalNo: 1, transIndexCode, response: approval },
    );
    expect(await terminal.hears('result-ack')).toEqual({ type: 'result-ack', journalNo: 1 });
    expect(await edge.namesTold(requested.transactionId)).toEqual([
      ...['command-dispatched', 'command-acknowledged', 'terminal-progressed', 'cancel-answered', 'terminal-reported'],
    ]);

    await terminal.hears('ping', 1, 2 * SOON_MS);
    const presence = await edge.client.query(findPresence, { terminalUid: identity.terminalUid }, newCause());
    expect(presence).toMatchObject({ value: { online: true, rttMs: expect.any(Number) } });
    terminal.switchOff();
    await eventually(
      async () => expect(await edge.namesTold(identity.terminalUid)).toEqual(['terminal-connected', 'terminal-disconnected']),
      OFFLINE_WITHIN_MS + SOON_MS,
    );
    expect(await pollOnce(url, identity.key, { sessionId: terminal.sessionId, messages: [] })).toMatchObject({ status: 410 });
  }, 60_000);

  it('has one channel with the WebSocket: the newer one wins, on either', async () => {
    const identity = edge.enrol();
    const polling = await PollingTerminal.connect(url, identity);
    const socket = await TestTerminal.connect(otherUrl, identity);
    expect(await polling.closes()).toBe(CHANNEL_CLOSE.replaced);
    const again = await PollingTerminal.connect(url, identity);
    expect(await socket.closes()).toBe(CHANNEL_CLOSE.replaced);
    const requested = await edge.request(identity);
    expect(await again.hears('command')).toMatchObject({ transIndexCode: requested.transIndexCode });
    again.switchOff();
  });

  it('misses nothing when its poll breaks while it waits', async () => {
    const identity = edge.enrol();
    const hello = await pollOnce(url, identity.key, { messages: [helloOf(identity)] });
    expect(hello).toMatchObject({ status: 200, body: { messages: [{ type: 'welcome' }] } });
    const [welcome] = hello.body.messages ?? [];
    const sessionId = welcome?.type === 'welcome' ? welcome.sessionId : undefined;
    const breaking = new AbortController();
    const broken = pollOnce(url, identity.key, { sessionId, messages: [] }, breaking.signal).catch((error: unknown) => error);
    // The next one is answered at once because this one takes over; so it has arrived, and waits.
    const first = pollOnce(url, identity.key, { sessionId, messages: [] });
    breaking.abort();
    await broken;
    const second = pollOnce(url, identity.key, { sessionId, messages: [] });
    expect((await first).body).toEqual({ messages: [] });
    const requested = await edge.request(identity);
    expect((await second).body.messages).toMatchObject([{ type: 'command', transIndexCode: requested.transIndexCode }]);
  });

  it('is told how its channel was closed: a wrong key, a message that is none, a second hello', async () => {
    const [stranger, identity] = [edge.enrol(), edge.enrol()];
    const wrong = await pollOnce(url, 'guessed', { messages: [{ ...helloOf(stranger), key: 'guessed' }] });
    expect(wrong).toEqual({ status: 200, body: { messages: [], close: { code: CHANNEL_CLOSE.notAuthorised, reason: '' } } });
    const terminal = await PollingTerminal.connect(url, identity);
    const { sessionId } = terminal;
    terminal.switchOff();
    const nonsense = await pollOnce(url, identity.key, { sessionId, messages: [{ type: 'charge-again' }] });
    expect(nonsense.body.close).toEqual({ code: CHANNEL_CLOSE.protocolError, reason: 'unknown type' });
    expect(await pollOnce(url, identity.key, { sessionId, messages: [] })).toMatchObject({ status: 410 });
    const twice = await pollOnce(url, identity.key, { messages: [helloOf(identity), helloOf(identity)] });
    expect(twice.body.close).toMatchObject({ code: CHANNEL_CLOSE.protocolError });
  });

  it('hears of a replica that goes away, and another one takes it', async () => {
    const leavingUrl = await edge.addReplica();
    const leaving = edge.replicas.pop()!;
    const identity = edge.enrol();
    const terminal = await PollingTerminal.connect(leavingUrl, identity);
    await leaving.close();
    expect(await terminal.closes()).toBe(CHANNEL_CLOSE.serviceRestart);
    const elsewhere = await pollOnce(otherUrl, identity.key, { sessionId: terminal.sessionId, messages: [] });
    expect(elsewhere.status).toBe(410);
    (await PollingTerminal.connect(otherUrl, identity)).switchOff();
  });
});

describe('a poll', () => {
  it('needs the key of its session, and a stranger does not end it', async () => {
    const [identity, stranger] = [edge.enrol(), edge.enrol()];
    const hello = helloOf(identity);
    expect(await pollOnce(url, undefined, { messages: [hello] })).toMatchObject({ status: 401 });
    expect(await pollOnce(url, stranger.key, { messages: [hello] })).toMatchObject({ status: 401 });
    const terminal = await PollingTerminal.connect(url, identity);
    const { sessionId } = terminal;
    expect(await pollOnce(url, stranger.key, { sessionId, messages: [] })).toMatchObject({ status: 401 });
    const requested = await edge.request(identity);
    expect(await terminal.hears('command')).toMatchObject({ transIndexCode: requested.transIndexCode });
    terminal.switchOff();
  });

  it.each<[string, unknown, number]>([
    ['no JSON', '{', 400],
    ['no object', [], 400],
    ['no list of messages', { messages: 'hello' }, 400],
    ['more than 64 messages', { messages: Array.from({ length: 65 }, () => ({ type: 'pong', t: 1 })) }, 400],
    ['a session that is no text', { sessionId: 1, messages: [] }, 400],
    ['no hello at the beginning', { messages: [{ type: 'pong', t: 1 }] }, 400],
    ['nothing at the beginning', { messages: [] }, 400],
    ['an unknown session', { sessionId: 'unknown', messages: [] }, 410],
    ['more than 128 KiB', { messages: ['x'.repeat(MAX_POLL_BYTES)] }, 413],
  ])('with %s is refused', async (_what, body, status) => {
    expect((await pollOnce(url, 'a-key', body)).status).toBe(status);
  });

  it('takes a message of 64 KiB and not a longer one', async () => {
    const identity = edge.enrol();
    const terminal = await PollingTerminal.connect(url, identity);
    const result = { type: 'result', journalNo: 1, transIndexCode: '1', response: { TransResult: true, Receipt: '' } } as const;
    const room = 64 * 1024 - Buffer.byteLength(JSON.stringify(result));
    const padded = (length: number) => ({ ...result, response: { ...result.response, Receipt: 'x'.repeat(length) } });
    terminal.say(padded(room));
    await terminal.hears('result-ack');
    terminal.say(padded(room + 1));
    expect(await terminal.closes()).toBe(CHANNEL_CLOSE.protocolError);
  });
});
