import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '@tillbridge/kernel';
import type { CommandMessage } from '@tillbridge/protocol';
import { type Connection, Server } from '../test/channel-server.js';
import { HostAccount } from './host-account.js';
import { VirtualTerminal } from './virtual-terminal.js';

function command(transIndexCode: string, changes: Partial<CommandMessage> = {}, amount = '1000'): CommandMessage {
  return {
    type: 'command',
    seq: 1,
    transIndexCode,
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
    request: { TransType: 'Purchase', TransIndexCode: transIndexCode, TransAmount: amount, CurrencyCode: '840' },
    ...changes,
  };
}

describe('a virtual terminal', () => {
  let server: Server;
  let terminal: VirtualTerminal;
  let elapsedMs = 0;

  const build = (thinkTimeMs: number, urls = [server.url], silenceLimitMs = 20_000): VirtualTerminal =>
    new VirtualTerminal({
      silenceLimitMs,
      terminalSn: 'WP1',
      key: 'a-key',
      account: new HostAccount(),
      thinkTimeMs,
      urls,
      clock: { now: systemClock.now, monotonicMs: () => elapsedMs },
      random: () => 0,
      log: () => undefined,
    });

  async function connect(thinkTimeMs = 2): Promise<Connection> {
    terminal = build(thinkTimeMs);
    terminal.start();
    const connection = await server.accept();
    await connection.welcome();
    return connection;
  }

  beforeEach(async () => {
    elapsedMs = 0;
    server = await Server.open();
  });

  afterEach(async () => {
    await terminal.stop();
    await server.close();
  });

  it('says hello, acknowledges a command, tells its progress and reports an approved result', async () => {
    terminal = build(2);
    terminal.start();
    const connection = await server.accept();
    expect(await connection.welcome()).toEqual({
      type: 'hello',
      protocol: 1,
      terminalSn: 'WP1',
      key: 'a-key',
      appVersion: 'terminal-simulator 0.1.0',
      lastJournalNo: 0,
      openTransIndexCode: null,
      journalId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    connection.send(command('100', { seq: 7 }));
    const result = await connection.hear('result');
    expect(connection.heard.filter(({ type }) => type !== 'pong')).toMatchObject([
      { type: 'hello' },
      { type: 'ack', seq: 7, transIndexCode: '100' },
      { type: 'progress', transIndexCode: '100', stage: 'card-presented' },
      { type: 'progress', transIndexCode: '100', stage: 'online' },
      { type: 'result', journalNo: 1, transIndexCode: '100' },
    ]);
    expect(result.response).toMatchObject({ TransResult: true, RespCode: '00', TransIndexCode: '100' });
    expect(terminal.status()).toEqual({ terminalSn: 'WP1', connected: true, busy: false, unacknowledged: 1 });
  });

  it('executes a command once though it is delivered again while it runs and after its result', async () => {
    const connection = await connect();
    connection.send(command('100', { seq: 1 }));
    connection.send(command('100', { seq: 2 }));
    const first = await connection.hear('result');
    connection.send({ type: 'result-ack', journalNo: first.journalNo });
    connection.send(command('100', { seq: 3 }));
    const again = await connection.hear('result', 2);
    expect(again).toEqual(first);
    expect(connection.all('ack').map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(terminal.ledgerEntries()).toMatchObject([
      { transIndexCode: '100', amountMinor: 1000, currency: '840', approved: true, executions: 1 },
    ]);
  });

  it('answers a repeated command with the first result even when its time has passed meanwhile', async () => {
    const connection = await connect();
    connection.send(command('100'));
    const first = await connection.hear('result');
    connection.send(command('100', { expiresAt: '2020-01-01T00:00:00Z' }));
    expect(await connection.hear('result', 2)).toEqual(first);
  });

  it('sends an unacknowledged result again after each reconnect, and no more once it is acknowledged', async () => {
    const first = await connect();
    first.send(command('100'));
    const result = await first.hear('result');
    first.cut();

    const second = await server.accept();
    expect(await second.welcome()).toMatchObject({ lastJournalNo: 1, openTransIndexCode: null });
    expect(await second.hear('result')).toEqual(result);
    second.send({ type: 'result-ack', journalNo: result.journalNo });
    await second.roundTrip();
    expect(terminal.status().unacknowledged).toBe(0);
    second.cut();

    const third = await server.accept();
    await third.welcome(1);
    expect(third.all('result')).toEqual([]);
  });

  it('sends an unacknowledged result again on the same channel, but not with every ping', async () => {
    const connection = await connect();
    connection.send(command('100'));
    const result = await connection.hear('result');
    elapsedMs = 4999;
    await connection.roundTrip();
    await connection.roundTrip();
    expect(connection.all('result')).toHaveLength(1);
    elapsedMs = 5000;
    await connection.roundTrip();
    expect(await connection.hear('result', 2)).toEqual(result);
  });

  it('goes on with a payment while the channel is down, says so in hello, and reports when it is back', async () => {
    const first = await connect(1000);
    first.send(command('100'));
    await first.hear('ack');
    first.cut();
    const second = await server.accept();
    expect(await second.welcome()).toMatchObject({ openTransIndexCode: '100' });
    expect((await second.hear('result')).response).toMatchObject({ TransResult: true });
    expect(terminal.ledgerEntries()).toMatchObject([{ executions: 1 }]);
  });

  it('refuses a command whose time has passed, and asks no card', async () => {
    const connection = await connect();
    connection.send(command('100', { expiresAt: new Date(Date.now() - 1).toISOString() }));
    expect((await connection.hear('result')).response).toMatchObject({ TransResult: false, RespCode: '-EXPIRED' });
    expect(connection.all('ack')).toHaveLength(1);
    expect(terminal.ledgerEntries()).toEqual([]);
  });

  it('refuses a second transaction while one runs, which goes on', async () => {
    const connection = await connect(50);
    connection.send(command('100'));
    connection.send(command('200', { seq: 2 }));
    const [refused, paid] = [await connection.hear('result'), await connection.hear('result', 2)];
    expect([refused.transIndexCode, refused.response['RespCode']]).toEqual(['200', '-BUSY']);
    expect([paid.transIndexCode, paid.response['RespCode']]).toEqual(['100', '00']);
    expect(terminal.ledgerEntries().map(({ transIndexCode }) => transIndexCode)).toEqual(['100']);
  });

  it('reports a decline of the card as it is', async () => {
    const connection = await connect();
    connection.send(command('100', {}, '9001'));
    expect((await connection.hear('result')).response).toMatchObject({ TransResult: false, RespCode: '51' });
    expect(terminal.ledgerEntries()).toMatchObject([{ approved: false, executions: 1 }]);
  });

  it('numbers its results behind what the server has stored of it in an earlier life', async () => {
    terminal = build(2);
    terminal.start();
    const connection = await server.accept();
    await connection.welcome(41);
    connection.send(command('100'));
    expect((await connection.hear('result')).journalNo).toBe(42);
  });

  it('survives messages it does not understand', async () => {
    const connection = await connect();
    connection.sendText('{"type":"dance"}');
    connection.sendText('not json');
    connection.sendText('{"type":"ack","seq":1,"transIndexCode":"1"}');
    await connection.roundTrip();
    expect(terminal.status().connected).toBe(true);
  });

  it('takes no command before it is welcome', async () => {
    terminal = build(2);
    terminal.start();
    const connection = await server.accept();
    await connection.hear('hello');
    connection.send(command('100'));
    await connection.welcome();
    expect(connection.all('ack')).toEqual([]);
    expect(terminal.ledgerEntries()).toEqual([]);
  });

  it('goes to the next server when one is gone', async () => {
    const gone = await Server.open();
    const goneUrl = gone.url;
    await gone.close();
    terminal = build(2, [goneUrl, server.url]);
    terminal.start();
    const connection = await server.accept();
    await connection.welcome();
    expect(terminal.status().connected).toBe(true);
  });

  it('gives up a channel on which the server has gone silent, welcomed or not', async () => {
    terminal = build(2, [server.url], 30);
    terminal.start();
    const neverWelcomed = await server.accept();
    await neverWelcomed.hear('hello');
    const silentAfterWelcome = await server.accept();
    await silentAfterWelcome.welcome();
    const third = await server.accept();
    expect(await third.hear('hello')).toMatchObject({ terminalSn: 'WP1' });
  });

  it('comes back after the server says that it restarts', async () => {
    const first = await connect();
    first.close(1012);
    const second = await server.accept();
    await second.welcome();
    expect(terminal.status().connected).toBe(true);
  });

  it('with a new key connects anew and keeps its results', async () => {
    const first = await connect();
    first.send(command('100'));
    const result = await first.hear('result');
    terminal.configure({ key: 'new-key', thinkTimeMs: 2 });
    const second = await server.accept();
    expect(await second.welcome()).toMatchObject({ key: 'new-key', lastJournalNo: 1 });
    expect(await second.hear('result')).toEqual(result);
  });

  it('switched off in the middle of a payment leaves the card uncharged', async () => {
    const connection = await connect(60_000);
    connection.send(command('100'));
    await connection.hear('ack');
    await terminal.stop();
    expect(terminal.ledgerEntries()).toEqual([]);
    expect(connection.all('result')).toEqual([]);
  });

  it('carries cancel, status and operation to the terminal and back', async () => {
    const connection = await connect(60_000);
    connection.send({ type: 'operation', operationId: 'o', operation: 'reprint-last' });
    connection.send(command('100'));
    connection.send({ type: 'status', transIndexCode: '100' });
    connection.send({ type: 'cancel', transIndexCode: '100' });
    expect(await connection.hear('operation-answer')).toMatchObject({ operationId: 'o', done: false });
    expect(await connection.hear('status-answer')).toMatchObject({ state: 'running' });
    expect(await connection.hear('cancel-answer')).toMatchObject({ taken: true });
    expect((await connection.hear('result')).response).toMatchObject({ TransResult: false, CardBrand: 'UNKNOWN' });
  });

  it('loses its channel right after an approval, is away for a moment, and comes back with its journal', async () => {
    const first = await connect();
    terminal.addToScript([{ fault: 'die-after-approval' }]);
    first.send(command('100'));
    const second = await server.accept();
    expect(await second.welcome()).toMatchObject({ lastJournalNo: 1, openTransIndexCode: null });
    expect((await second.hear('result')).response).toMatchObject({ TransResult: true });
    expect(first.all('result')).toEqual([]);
    expect(terminal.ledgerEntries()).toMatchObject([{ executions: 1, effect: 'captured' }]);
  });

  it('silent, it hears and says nothing on the open socket; afterwards it goes on', async () => {
    const connection = await connect();
    terminal.silence(true);
    connection.send(command('100'));
    connection.send({ type: 'ping', t: 7 });
    // A second terminal makes the time that the first one would have needed.
    const other = build(2);
    other.start();
    await (await server.accept()).welcome();
    await other.stop();
    expect([connection.all('ack'), connection.all('pong').length, terminal.status().connected]).toEqual([[], 1, true]);
    terminal.silence(false);
    await connection.roundTrip();
    connection.send(command('100', { seq: 2 }));
    expect(await connection.hear('ack')).toMatchObject({ seq: 2 });
    expect((await connection.hear('result')).response).toMatchObject({ TransResult: true });
  });

  it('silent while it connects, it says its hello on the next connection', async () => {
    terminal = build(2);
    terminal.silence(true);
    terminal.start();
    const mute = await server.accept();
    terminal.silence(false);
    const next = await server.accept();
    await next.welcome();
    expect([mute.heard, terminal.status().connected]).toEqual([[], true]);
  });

  it('draws from its behaviour what no script says, and starts anew with each behaviour', async () => {
    const connection = await connect();
    terminal.addToScript([{ outcome: 'decline', respCode: '61' }]);
    terminal.behave({ seed: 1, outcomes: { 'no-card': 1 } });
    for (const code of ['1', '2']) {
      connection.send(command(code));
      await connection.hear('result', Number(code));
    }
    terminal.behave(undefined);
    connection.send(command('3'));
    await connection.hear('result', 3);
    expect(connection.all('result').map(({ response }) => response['RespCode'])).toEqual(['61', 'FF', '00']);
  });
});
