import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { outcomeWanted } from '@tillbridge/contracts';
import { eventually } from '@tillbridge/testkit';
import { randomUUID } from 'node:crypto';
import { TestEdge, type Requested } from './test-edge.js';
import { TestTerminal, type JournalOfHello, type TerminalIdentity } from './test-terminal.js';

const SOON_MS = 5_000;
const DEADLINE_IN_MS = 700;
const approval = { TransResult: true, RespCode: '00', AuthCode: '012345' };

let edge: TestEdge;
let url: string;
let otherUrl: string;
beforeAll(async () => {
  edge = await TestEdge.start();
  [url, otherUrl] = [await edge.addReplica(), await edge.addReplica()];
}, 30_000);
afterAll(() => edge.stop(), 30_000);

const eventuallyTold = (requested: Requested, names: readonly string[]): Promise<void> =>
  eventually(async () => expect(await edge.namesTold(requested.transactionId)).toEqual(names), SOON_MS);
const eventuallyOver = ({ payload }: Requested): Promise<void> =>
  eventually(() => expect(Date.now()).toBeGreaterThan(Date.parse(payload.deadlineAt)), SOON_MS);
const neverSeen = (terminal: TestTerminal, { transIndexCode }: Requested): void =>
  terminal.say({ type: 'status-answer', transIndexCode, state: 'never-seen' });

/** A command that was sent, and whose time is over. */
async function expired(
  identity: TerminalIdentity,
  how: { journal?: Partial<JournalOfHello>; acknowledged?: boolean } = {},
): Promise<{ terminal: TestTerminal; requested: Requested }> {
  const terminal = await TestTerminal.connect(url, identity, how.journal);
  const requested = await edge.request(identity, { deadlineInMs: DEADLINE_IN_MS });
  const { seq, transIndexCode } = await terminal.hears('command');
  if (how.acknowledged === true) terminal.say({ type: 'ack', seq, transIndexCode });
  await eventuallyTold(requested, how.acknowledged === true ? ['command-dispatched', 'command-acknowledged'] : ['command-dispatched']);
  await eventuallyOver(requested);
  return { terminal, requested };
}

describe('what became of a command', () => {
  it.each([true, false])('is asked when somebody wants to know, and the result is told (acknowledged: %s)', async (acknowledged) => {
    const { terminal, requested } = await expired(edge.enrol(), { acknowledged });
    const { transIndexCode } = requested;
    await edge.notice(outcomeWanted, requested);
    expect(await terminal.hears('status')).toEqual({ type: 'status', transIndexCode });
    terminal.say({ type: 'status-answer', transIndexCode, state: 'running' });
    terminal.say({ type: 'result', journalNo: 1, transIndexCode, response: approval });
    await terminal.hears('result-ack');
    const before = acknowledged ? ['command-dispatched', 'command-acknowledged'] : ['command-dispatched'];
    expect(await edge.namesTold(requested.transactionId)).toEqual([...before, 'terminal-reported']);
    expect(new Set((await edge.told(requested.transactionId)).map(({ traceId }) => traceId))).toEqual(new Set([requested.traceId]));
  });

  it('is not asked while there is time, nor of what has a result', async () => {
    const identity = edge.enrol();
    const { terminal, requested } = await expired(identity);
    terminal.say({ type: 'result', journalNo: 1, transIndexCode: requested.transIndexCode, response: approval });
    await terminal.hears('result-ack');
    const inTime = await edge.request(identity);
    await terminal.hears('command', 2);
    await edge.notice(outcomeWanted, requested);
    await edge.notice(outcomeWanted, inTime);
    const over = await edge.request(identity, { deadlineInMs: DEADLINE_IN_MS });
    await terminal.hears('command', 3);
    await eventuallyOver(over);
    await edge.notice(outcomeWanted, over);
    expect(await terminal.hears('status')).toMatchObject({ transIndexCode: over.transIndexCode });
  });

  it('is asked at the next hello, at whichever replica', async () => {
    const identity = edge.enrol();
    const { terminal, requested } = await expired(identity, { acknowledged: true });
    terminal.drop();
    const second = await TestTerminal.connect(otherUrl, identity);
    expect(await second.hears('status')).toMatchObject({ transIndexCode: requested.transIndexCode });
  });

  it('is proven when the terminal never saw it: it is told once, and the command is neither sent nor asked about again', async () => {
    const identity = edge.enrol();
    const { terminal, requested } = await expired(identity);
    await edge.notice(outcomeWanted, requested);
    await terminal.hears('status');
    neverSeen(terminal, requested);
    neverSeen(terminal, requested);
    await eventuallyTold(requested, ['command-dispatched', 'command-never-seen']);
    terminal.drop();
    const second = await TestTerminal.connect(url, identity);
    const next = await edge.request(identity);
    expect((await second.hears('command')).transIndexCode).toBe(next.transIndexCode);
    expect([second.of('status'), second.of('command').length]).toEqual([[], 1]);
    // Whatever it said: what its journal says is believed.
    second.say({ type: 'result', journalNo: 1, transIndexCode: requested.transIndexCode, response: approval });
    await second.hears('result-ack');
    expect(await edge.namesTold(requested.transactionId)).toEqual(['command-dispatched', 'command-never-seen', 'terminal-reported']);
  });
});

describe('that a command was never seen', () => {
  const taken = async (terminal: TestTerminal): Promise<void> => {
    // Messages are taken in their order, so what came before has been taken when this is acknowledged.
    terminal.say({ type: 'result', journalNo: 99, transIndexCode: '234567890123456789', response: approval });
    await terminal.hears('result-ack');
  };

  it.each<[string, JournalOfHello, JournalOfHello]>([
    ['with another name', { lastJournalNo: 0, journalId: randomUUID() }, { lastJournalNo: 0, journalId: randomUUID() }],
    ['without a name', { lastJournalNo: 0, journalId: randomUUID() }, { lastJournalNo: 0 }],
  ])('proves nothing from a journal %s, which is not asked at its hello', async (_how, before, after) => {
    const identity = edge.enrol();
    const { terminal, requested } = await expired(identity, { journal: before });
    terminal.drop();
    const second = await TestTerminal.connect(url, identity, after);
    neverSeen(second, requested);
    await taken(second);
    expect(second.of('status')).toEqual([]);
    expect(await edge.namesTold(requested.transactionId)).toEqual(['command-dispatched']);
    // It may have found an old copy of it, and then it knows.
    await edge.notice(outcomeWanted, requested);
    expect(await second.hears('status')).toMatchObject({ transIndexCode: requested.transIndexCode });
  });

  it('proves nothing before its time is over, or after progress of it', async () => {
    const identity = edge.enrol();
    const terminal = await TestTerminal.connect(url, identity);
    const early = await edge.request(identity);
    await terminal.hears('command');
    neverSeen(terminal, early);
    await taken(terminal);
    expect(await edge.namesTold(early.transactionId)).toEqual(['command-dispatched']);

    const { terminal: second, requested } = await expired(edge.enrol());
    second.say({ type: 'progress', transIndexCode: requested.transIndexCode, stage: 'online', at: new Date().toISOString() });
    neverSeen(second, requested);
    await taken(second);
    expect(await edge.namesTold(requested.transactionId)).toEqual(['command-dispatched', 'terminal-progressed']);
  });

  it('proves nothing on a channel that is not the newest', async () => {
    const identity = edge.enrol();
    const { terminal, requested } = await expired(identity);
    // As between the record of a newer channel and the end of the older one.
    await edge.sql.query('update connections set session_id = $2 where terminal_uid = $1', [identity.terminalUid, randomUUID()]);
    neverSeen(terminal, requested);
    await taken(terminal);
    expect(await edge.namesTold(requested.transactionId)).toEqual(['command-dispatched']);
  });

  it('of another terminal is nobody’s business', async () => {
    const { requested } = await expired(edge.enrol());
    const stranger = await TestTerminal.connect(url, edge.enrol());
    neverSeen(stranger, requested);
    await taken(stranger);
    expect(await edge.namesTold(requested.transactionId)).toEqual(['command-dispatched']);
  });
});
