import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@tillbridge/testkit';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { TestEdge, type Requested } from './test-edge.js';
import { TestTerminal, type JournalOfHello, type TerminalIdentity } from './test-terminal.js';

const SOON_MS = 5_000;
/** Longer than the 5 s after which a command is sent again, and a sweep. */
const RESENT_WITHIN_MS = 9_000;
const approval = { TransResult: true, RespCode: '00', AuthCode: '012345' };
const tooLate = { TransResult: false, RespCode: '-EXPIRED' };

let edge: TestEdge;
let url: string;
beforeAll(async () => {
  edge = await TestEdge.start();
  url = await edge.addReplica();
}, 30_000);
afterAll(() => edge.stop(), 30_000);

const eventuallyTold = (id: string, names: readonly string[]): Promise<void> =>
  eventually(async () => expect(await edge.namesTold(id)).toEqual(names), SOON_MS);
const eventuallyKnown = (requested: readonly Requested[]): Promise<void> =>
  eventually(async () => {
    const ids = requested.map((each) => each.transactionId);
    const { rows } = await edge.sql.query('select from commands where transaction_id = any($1)', [ids]);
    expect(rows).toHaveLength(ids.length);
  }, SOON_MS);
const codesOf = (terminal: TestTerminal): string[] => terminal.of('command').map((command) => command.transIndexCode);

describe('a command that is not acknowledged', () => {
  it('is sent again on the same channel, also when the acknowledgement came and could not be recorded', async () => {
    const identity = edge.enrol();
    const terminal = await TestTerminal.connect(url, identity);
    await edge.sql.query(`alter table commands add constraint nothing_acknowledged check (state <> 'acknowledged') not valid`);
    const requested = await edge.request(identity);
    const command = await terminal.hears('command');
    const ack = { type: 'ack', seq: command.seq, transIndexCode: command.transIndexCode } as const;
    terminal.say(ack);
    expect(await terminal.hears('command', 2, RESENT_WITHIN_MS)).toEqual(command);
    await edge.sql.query('alter table commands drop constraint nothing_acknowledged');
    terminal.say(ack);
    await eventuallyTold(requested.transactionId, ['command-dispatched', 'command-acknowledged']);
    expect(codesOf(terminal)).toEqual([requested.transIndexCode, requested.transIndexCode]);
  }, 20_000);

  it('does not hide newer ones, however many there are, and is asked about, not sent again, at the next hello after its time', async () => {
    const identity = edge.enrol();
    const terminal = await TestTerminal.connect(url, identity);
    const old = await Promise.all(Array.from({ length: 17 }, () => edge.request(identity, { deadlineInMs: 2_500 })));
    await terminal.hears('command', 17);
    const expiresAtMs = Math.max(...terminal.of('command').map((command) => Date.parse(command.expiresAt)));
    await eventually(() => expect(Date.now()).toBeGreaterThan(expiresAtMs), SOON_MS);
    const next = await edge.request(identity);
    expect((await terminal.hears('command', 18)).transIndexCode).toBe(next.transIndexCode);

    terminal.drop();
    const second = await TestTerminal.connect(url, identity);
    await second.hears('status', 16);
    const asked = second.of('status').map((status) => status.transIndexCode);
    // The latest of them: those the terminal is most likely to know.
    expect(asked.sort()).toEqual(
      old
        .map((each) => each.transIndexCode)
        .sort()
        .slice(1),
    );
    expect((await second.hears('command')).transIndexCode).toBe(next.transIndexCode);
    expect(codesOf(second)).toEqual([next.transIndexCode]);
  }, 20_000);
});

describe('a command whose row somebody holds', () => {
  it('waits alone: other terminals get theirs, and it is sent when it is free', async () => {
    const [held, free] = [edge.enrol(), edge.enrol()];
    const requested = await edge.request(held);
    await eventuallyKnown([requested]);
    let holding: TestTerminal | undefined;
    const holdRow = (sql: pg.Client): Promise<unknown> =>
      sql.query('select from commands where transaction_id = $1 for update', [requested.transactionId]);
    await edge.whileLocked(holdRow, async () => {
      holding = await TestTerminal.connect(url, held);
      const other = await TestTerminal.connect(url, free);
      const next = await edge.request(free);
      expect(await other.hears('command')).toMatchObject({ transIndexCode: next.transIndexCode });
      expect(codesOf(holding)).toEqual([]);
    });
    expect(await holding?.hears('command')).toMatchObject({ transIndexCode: requested.transIndexCode });
  });
});

describe('a terminal that lost its journal', () => {
  const losses: [string, JournalOfHello, JournalOfHello][] = [
    ['it knows less than is stored', { lastJournalNo: 0 }, { lastJournalNo: 0 }],
    ['its journal has another name', { lastJournalNo: 0, journalId: randomUUID() }, { lastJournalNo: 1, journalId: randomUUID() }],
    ['its journal has no name any more', { lastJournalNo: 0, journalId: randomUUID() }, { lastJournalNo: 1 }],
  ];

  /** One command acknowledged, one only sent, one result stored; then the channel breaks. */
  async function workBefore(identity: TerminalIdentity, journal: JournalOfHello): Promise<{ acknowledged: Requested; sent: Requested }> {
    const terminal = await TestTerminal.connect(url, identity, journal);
    const [done, acknowledged, sent] = [await edge.request(identity), await edge.request(identity), await edge.request(identity)];
    await terminal.hears('command', 3);
    terminal.say({ type: 'result', journalNo: 1, transIndexCode: done.transIndexCode, response: approval });
    await terminal.hears('result-ack');
    terminal.say({ type: 'ack', seq: 1, transIndexCode: acknowledged.transIndexCode });
    await eventuallyTold(acknowledged.transactionId, ['command-dispatched', 'command-acknowledged']);
    terminal.drop();
    return { acknowledged, sent };
  }

  it.each(losses)('(%s) is not sent again what it had been sent, and its refusals of that prove nothing', async (_how, before, after) => {
    const identity = edge.enrol();
    const { acknowledged, sent } = await workBefore(identity, before);
    const terminal = await TestTerminal.connect(url, identity, after);
    const next = await edge.request(identity);
    expect(await terminal.hears('command')).toMatchObject({ transIndexCode: next.transIndexCode });

    for (const [index, { transIndexCode }] of [acknowledged, sent, next].entries())
      terminal.say({ type: 'result', journalNo: index + 2, transIndexCode, response: tooLate });
    await terminal.hears('result-ack', 3);
    // The new one it had from us with this journal, so it knows what it says of that.
    expect(await edge.namesTold(next.transactionId)).toEqual(['command-dispatched', 'terminal-reported']);
    expect(await edge.namesTold(acknowledged.transactionId)).toEqual(['command-dispatched', 'command-acknowledged']);
    expect(await edge.namesTold(sent.transactionId)).toEqual(['command-dispatched']);
    const { rows } = await edge.sql.query('select journal_no from journal_entries where terminal_uid = $1', [identity.terminalUid]);
    expect(rows).toHaveLength(4);
    expect(codesOf(terminal)).toEqual([next.transIndexCode]);
  });

  it('is believed when it says that a card was charged', async () => {
    const identity = edge.enrol();
    const { sent } = await workBefore(identity, { lastJournalNo: 0 });
    const terminal = await TestTerminal.connect(url, identity, { lastJournalNo: 0 });
    terminal.say({ type: 'result', journalNo: 2, transIndexCode: sent.transIndexCode, response: approval });
    await terminal.hears('result-ack');
    expect(await edge.namesTold(sent.transactionId)).toEqual(['command-dispatched', 'terminal-reported']);
  });

  it('still gets what it was never sent', async () => {
    const identity = edge.enrol();
    await workBefore(identity, { lastJournalNo: 0 });
    const waiting = await edge.request(identity);
    await eventuallyKnown([waiting]);
    const terminal = await TestTerminal.connect(url, identity, { lastJournalNo: 0 });
    expect(await terminal.hears('command')).toMatchObject({ transIndexCode: waiting.transIndexCode });
  });
});

describe('a terminal that kept its journal', () => {
  const journalId = randomUUID();
  it.each<[string, JournalOfHello, JournalOfHello]>([
    ['with a name', { lastJournalNo: 0, journalId }, { lastJournalNo: 1, journalId }],
    ['without a name', { lastJournalNo: 0 }, { lastJournalNo: 1 }],
    ['which has got a name since', { lastJournalNo: 0 }, { lastJournalNo: 2, journalId }],
  ])('(%s) is sent again what it has not acknowledged, and its refusal is a proof', async (_how, before, after) => {
    const identity = edge.enrol();
    const first = await TestTerminal.connect(url, identity, before);
    const [done, open] = [await edge.request(identity), await edge.request(identity)];
    await first.hears('command', 2);
    first.say({ type: 'result', journalNo: 1, transIndexCode: done.transIndexCode, response: approval });
    await first.hears('result-ack');
    first.drop();
    const second = await TestTerminal.connect(url, identity, after);
    expect(await second.hears('command')).toMatchObject({ transIndexCode: open.transIndexCode });
    second.say({ type: 'result', journalNo: 2, transIndexCode: open.transIndexCode, response: tooLate });
    await second.hears('result-ack');
    expect(await edge.namesTold(open.transactionId)).toEqual(['command-dispatched', 'terminal-reported']);
  });
});
