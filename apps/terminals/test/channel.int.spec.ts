import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newCause, WriteLane, type Tx } from '@tillbridge/messaging';
import { CHANNEL_CLOSE } from '@tillbridge/protocol';
import { eventually } from '@tillbridge/testkit';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { WebSocket } from 'ws';
import { ConnectionStore } from '../src/store/connection-store.js';
import { TestEdge } from './test-edge.js';
import { helloOf, TestTerminal, type TerminalIdentity } from './test-terminal.js';

const SOON_MS = 5_000;
const TRY_AGAIN_LATER = 1013;
/** Within this time an idle server would have read everything. */
const QUIET_MS = 1_000;

let edge: TestEdge;
let url: string;
let otherUrl: string;
beforeAll(async () => {
  edge = await TestEdge.start();
  [url, otherUrl] = [await edge.addReplica(), await edge.addReplica()];
}, 30_000);
afterAll(() => edge.stop(), 30_000);

const connectionOf = async ({ terminalUid }: TerminalIdentity): Promise<Record<string, unknown> | undefined> =>
  (await edge.sql.query<Record<string, unknown>>('select * from connections where terminal_uid = $1', [terminalUid])).rows[0];

describe('a channel', () => {
  it('is only for terminals that prove their key', async () => {
    const identity = edge.enrol();
    const impostor = await TestTerminal.open(url);
    impostor.say({ ...helloOf(identity), key: 'guessed' });
    expect(await impostor.closes()).toBe(CHANNEL_CLOSE.notAuthorised);
    expect(impostor.heard).toEqual([]);
    expect(await connectionOf(identity)).toBeUndefined();
  });

  it('asks to try again later when nobody can say who the terminal is', async () => {
    const identity = edge.enrol();
    await edge.silenceBinding();
    const terminal = await TestTerminal.open(url);
    terminal.say(helloOf(identity));
    expect(await terminal.closes()).toBe(TRY_AGAIN_LATER);
    edge.answerForBinding();
    await TestTerminal.connect(url, identity);
  });

  it.each([
    ['text that is no message', 'hello'],
    ['a binary message', Buffer.from(JSON.stringify({ type: 'pong', t: 1 }))],
    ['a message of the server', JSON.stringify({ type: 'ping', t: 1 })],
    ['a result before hello', JSON.stringify({ type: 'result', journalNo: 1, transIndexCode: '1', response: { TransResult: true } })],
  ])('is closed on %s', async (_what, text) => {
    const terminal = await TestTerminal.open(url);
    terminal.socket.send(text);
    expect(await terminal.closes()).toBe(CHANNEL_CLOSE.protocolError);
  });

  it('is closed on a second hello, and on a message that is too long', async () => {
    const identity = edge.enrol();
    const terminal = await TestTerminal.connect(url, identity);
    terminal.say(helloOf(identity));
    expect(await terminal.closes()).toBe(CHANNEL_CLOSE.protocolError);
    const verbose = await TestTerminal.connect(url, identity);
    verbose.socket.send('x'.repeat(64 * 1024 + 1));
    expect(await verbose.closes()).toBe(1009);
  });

  it('has no other path', async () => {
    const socket = new WebSocket(url.replace('http', 'ws') + '/elsewhere');
    const refusal = await new Promise<Error>((resolve) => socket.on('error', resolve));
    expect(refusal.message).toContain('404');
  });

  it('is told of when it opens and when it ends', async () => {
    const identity = edge.enrol();
    const terminal = await TestTerminal.connect(url, identity);
    const { sessionId } = await terminal.hears('welcome');
    expect(await connectionOf(identity)).toMatchObject({ session_id: sessionId, connected: true, app_version: 'test 1.0' });
    terminal.socket.close();
    await eventually(async () => {
      expect(await edge.told(identity.terminalUid)).toMatchObject([
        { name: 'terminal-connected', version: 1, payload: { sessionId } },
        { name: 'terminal-disconnected', version: 2, payload: { sessionId } },
      ]);
    }, SOON_MS);
  });

  it('reads no further while a terminal says more than can be recorded, and loses nothing of it', async () => {
    const identity = edge.enrol();
    const terminal = await TestTerminal.connect(url, identity);
    const journalNos = Array.from({ length: 400 }, (_, index) => index + 1);
    // 24 MB: more than the sockets between us hold.
    const response = { TransResult: false, RespCode: '51', Receipt: 'x'.repeat(60_000) };
    const noJournal = (sql: pg.Client): Promise<unknown> => sql.query('lock table journal_entries in access exclusive mode');
    await edge.whileLocked(noJournal, async () => {
      for (const journalNo of journalNos) terminal.say({ type: 'result', journalNo, transIndexCode: `${journalNo}`, response });
      await delay(QUIET_MS);
      expect(terminal.socket.bufferedAmount).toBeGreaterThan(0);
      expect(terminal.closedWith).toBeUndefined();
    });
    await eventually(() => expect(terminal.of('result-ack').map((ack) => ack.journalNo)).toEqual(journalNos), 15_000);
    expect(terminal.closedWith).toBeUndefined();
  }, 30_000);

  it('is given up when the terminal says nothing for 15 s, or no hello for 5 s, and kept when it answers pings', async () => {
    const [silent, alive] = [edge.enrol(), edge.enrol()];
    const answering = await TestTerminal.connect(url, alive);
    const startedMs = performance.now();
    const nameless = await TestTerminal.open(url);
    const mute = await TestTerminal.open(url, false);
    mute.say(helloOf(silent));
    expect(await nameless.closes(8_000)).toBe(CHANNEL_CLOSE.helloTimeout);
    await eventually(
      async () => expect(await edge.namesTold(silent.terminalUid)).toEqual(['terminal-connected', 'terminal-disconnected']),
      17_000,
    );
    expect(performance.now() - startedMs).toBeLessThan(16_500);
    expect(answering.closedWith).toBeUndefined();
    expect(answering.of('ping').length).toBeGreaterThanOrEqual(2);
  }, 30_000);
});

describe('two channels of one terminal', () => {
  it.each([
    ['one replica', () => [url, url]],
    ['two replicas', () => [url, otherUrl]],
  ])('at %s: the newer one wins, and commands go to it alone', async (_where, urls) => {
    const [olderUrl = '', newerUrl = ''] = urls();
    const identity = edge.enrol();
    const older = await TestTerminal.connect(olderUrl, identity);
    const newer = await TestTerminal.connect(newerUrl, identity);
    expect(await older.closes()).toBe(CHANNEL_CLOSE.replaced);
    const requested = await edge.request(identity);
    expect(await newer.hears('command')).toMatchObject({ transIndexCode: requested.transIndexCode });
    expect(older.of('command')).toEqual([]);
    const { sessionId } = await newer.hears('welcome');
    expect(await connectionOf(identity)).toMatchObject({ session_id: sessionId, connected: true });
    expect(await edge.namesTold(identity.terminalUid)).toEqual(['terminal-connected', 'terminal-connected']);
  });
});

describe('two replicas', () => {
  it('share the facts, and each command goes to the replica that holds its terminal', async () => {
    const identities = Array.from({ length: 8 }, () => edge.enrol());
    const terminals = await Promise.all(
      identities.map((identity, index) => TestTerminal.connect(index % 2 === 0 ? url : otherUrl, identity)),
    );
    const requested = await Promise.all(identities.map((identity) => edge.request(identity)));
    const commands = await Promise.all(terminals.map((terminal) => terminal.hears('command')));
    expect(commands.map((command) => command.transIndexCode)).toEqual(requested.map((each) => each.transIndexCode));
    for (const { transactionId } of requested) expect(await edge.namesTold(transactionId)).toEqual(['command-dispatched']);
  });

  it('either send a command or give it up, also when its time ends while its terminal connects', async () => {
    const identities = Array.from({ length: 8 }, () => edge.enrol());
    const requested = await Promise.all(
      identities.flatMap((identity) => [700, 800, 900, 1_000].map((deadlineInMs) => edge.request(identity, { deadlineInMs }))),
    );
    const opened: TestTerminal[] = [];
    for (const [index, identity] of identities.entries())
      opened.push(await TestTerminal.connect(index % 2 === 0 ? url : otherUrl, identity));
    await eventually(async () => {
      const settled = await Promise.all(requested.map(({ transactionId }) => edge.namesTold(transactionId)));
      for (const names of settled) expect([['command-dispatched'], ['command-undelivered']]).toContainEqual(names);
    }, SOON_MS);
    const sent = new Set(opened.flatMap((terminal) => terminal.of('command').map((command) => command.transIndexCode)));
    for (const { transactionId, transIndexCode } of requested) {
      expect([transIndexCode, await edge.namesTold(transactionId)]).toEqual([
        transIndexCode,
        [sent.has(transIndexCode) ? 'command-dispatched' : 'command-undelivered'],
      ]);
    }
  });

  it('when one goes away, its terminals are not told as gone, unless they do not come back', async () => {
    const leavingUrl = await edge.addReplica();
    const leaving = edge.replicas.pop()!;
    const [loyal, lost] = [edge.enrol(), edge.enrol()];
    const terminals = await Promise.all([loyal, lost].map((identity) => TestTerminal.connect(leavingUrl, identity)));
    await leaving.close();
    expect(await Promise.all(terminals.map((terminal) => terminal.closes()))).toEqual([
      CHANNEL_CLOSE.serviceRestart,
      CHANNEL_CLOSE.serviceRestart,
    ]);
    await TestTerminal.connect(otherUrl, loyal);
    await eventually(
      async () => expect(await edge.namesTold(lost.terminalUid)).toEqual(['terminal-connected', 'terminal-disconnected']),
      15_000,
    );
    expect(await edge.namesTold(loyal.terminalUid)).toEqual(['terminal-connected', 'terminal-connected']);
  }, 30_000);
});

describe('a replica that was taken for dead', () => {
  /** What another replica does that takes the terminal's one for dead after so many seconds. */
  async function endAsOrphan({ terminalUid }: TerminalIdentity, sessionId: string, leaseSeconds: number): Promise<number | undefined> {
    const [replica] = edge.replicas;
    const perform = (tx: Tx): Promise<number | undefined> =>
      replica!.get(ConnectionStore).disconnectOrphan(tx, { terminalUid, sessionId, at: new Date(), leaseSeconds });
    return replica!.get(WriteLane).run({ keys: [terminalUid], cause: newCause(), perform });
  }

  it('finds out also when its own renewals show nothing of it, and its terminals connect again', async () => {
    const identity = edge.enrol();
    const terminal = await TestTerminal.connect(otherUrl, identity);
    const { sessionId } = await terminal.hears('welcome');
    // The lease is fresh all the time, as for a replica that came back at this very moment; only a limit in the future makes it look lapsed.
    expect(await endAsOrphan(identity, sessionId, -5)).toBe(2);
    expect(await terminal.closes()).toBe(CHANNEL_CLOSE.serviceRestart);

    const again = await TestTerminal.connect(otherUrl, identity);
    const requested = await edge.request(identity);
    expect(await again.hears('command')).toMatchObject({ transIndexCode: requested.transIndexCode });
    expect(await connectionOf(identity)).toMatchObject({ connected: true, ended_by_others: false });
  });

  it('keeps its connections when it has come back before they were ended', async () => {
    const identity = edge.enrol();
    const terminal = await TestTerminal.connect(otherUrl, identity);
    const { sessionId } = await terminal.hears('welcome');
    expect(await endAsOrphan(identity, sessionId, 10)).toBeUndefined();
    expect(await connectionOf(identity)).toMatchObject({ connected: true, ended_by_others: false });
  });
});
