import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  cancelRequested,
  findCommandHistory,
  findPresence,
  operateTerminal,
  recordReport,
  type RecordReportV1,
  type TerminalPresenceV1,
} from '@tillbridge/contracts';
import { newId } from '@tillbridge/kernel';
import { newCause, type Outcome } from '@tillbridge/messaging';
import { eventually } from '@tillbridge/testkit';
import { TestEdge, type Requested } from './test-edge.js';
import { TestTerminal, type TerminalIdentity } from './test-terminal.js';

const SOON_MS = 5_000;
const PINGED_WITHIN_MS = 8_000;
const approved = { approved: true, respCode: '00', authCode: '012345' };
const declined = { approved: false, respCode: '51' };

let edge: TestEdge;
let url: string;
beforeAll(async () => {
  edge = await TestEdge.start();
  // Each question is answered by one of the two, the channels are at one.
  url = await edge.addReplica();
  await edge.addReplica();
}, 30_000);
afterAll(() => edge.stop(), 30_000);

const presenceOf = ({ terminalUid }: TerminalIdentity) => edge.client.query(findPresence, { terminalUid }, newCause());
const reprint = ({ terminalUid }: TerminalIdentity) =>
  edge.client.query(operateTerminal, { terminalUid, operation: 'reprint-last' }, newCause(), 12_000);
const report = ({ payload, transIndexCode }: Requested, more: Partial<RecordReportV1> = {}): Promise<Outcome<object>> => {
  const { clientId, merchantId } = payload;
  return edge.client.request(recordReport, { clientId, merchantId, transIndexCode, result: approved, ...more }, newCause());
};
const changed = (isChanged: boolean): object => ({ outcome: 'done', value: { changed: isChanged } });
const eventuallyTold = (requested: Requested, names: readonly string[]): Promise<void> =>
  eventually(async () => expect(await edge.namesTold(requested.transactionId)).toEqual(names), SOON_MS);

describe('the presence of a terminal', () => {
  it('is told by any replica, with the age of its last word and its round trip', async () => {
    const identity = edge.enrol();
    expect(await presenceOf(identity)).toEqual({ outcome: 'done', value: { online: false } });
    const terminal = await TestTerminal.connect(url, identity);
    const online = { online: true, appVersion: 'test 1.0', since: expect.any(String) as unknown, ageMs: expect.any(Number) as unknown };
    // Without a round trip nothing is said of its time.
    expect(await presenceOf(identity)).toEqual({ outcome: 'done', value: online });
    await terminal.hears('ping', 1, PINGED_WITHIN_MS);
    await eventually(async () => {
      const answer = (await presenceOf(identity)) as { value: TerminalPresenceV1 };
      expect(answer.value).toEqual({ ...online, rttMs: expect.any(Number) });
      expect(answer.value.ageMs).toBeLessThan(PINGED_WITHIN_MS);
      expect(answer.value.rttMs).toBeLessThan(PINGED_WITHIN_MS);
    }, SOON_MS);
    terminal.drop();
    await eventually(async () => {
      const offline = { online: false, appVersion: 'test 1.0', since: expect.any(String) as unknown };
      expect(await presenceOf(identity)).toEqual({ outcome: 'done', value: offline });
    }, SOON_MS);
  }, 20_000);

  it('is told at once where its replica died and nobody has its channel', async () => {
    const identity = edge.enrol();
    await edge.sql.query(
      `insert into connections (terminal_uid, session_id, replica_id, connected, version, app_version, changed_at)
       values ($1, $2, $2, true, 1, 'test 1.0', now())`,
      [identity.terminalUid, newId()],
    );
    expect(await presenceOf(identity)).toEqual({ outcome: 'done', value: { online: false, appVersion: 'test 1.0' } });
  });
});

describe('an operation', () => {
  it.each([true, false])('goes to the terminal once, and its answer comes back (done: %s)', async (isDone) => {
    const identity = edge.enrol();
    const terminal = await TestTerminal.connect(url, identity);
    const answer = reprint(identity);
    const { operationId, operation } = await terminal.hears('operation');
    expect(operation).toBe('reprint-last');
    terminal.say({ type: 'operation-answer', operationId: newId(), done: !isDone });
    terminal.say({ type: 'operation-answer', operationId, done: isDone });
    expect(await answer).toEqual({ outcome: 'done', value: { done: isDone } });
    expect(terminal.of('operation')).toHaveLength(1);
  });

  it('is refused when the terminal is not there, or does not answer', async () => {
    const [away, mute, liar] = [edge.enrol(), edge.enrol(), edge.enrol()];
    expect(await reprint(away)).toEqual({ outcome: 'refused', refusal: { name: 'terminal-offline' } });
    const terminal = await TestTerminal.connect(url, mute);
    const other = await TestTerminal.connect(url, liar);
    const answer = reprint(mute);
    const { operationId } = await terminal.hears('operation');
    other.say({ type: 'operation-answer', operationId, done: true });
    expect(await answer).toMatchObject({ outcome: 'refused', refusal: { name: 'terminal-offline' } });
  });
});

describe('the history of a command', () => {
  it('has every recorded change in its order', async () => {
    const identity = edge.enrol();
    const requested = await edge.request(identity);
    const historyOf = () => edge.client.query(findCommandHistory, { transactionId: requested.transactionId }, newCause());
    expect(await historyOf()).toEqual({ outcome: 'done', value: { hops: [] } });
    const terminal = await TestTerminal.connect(url, identity);
    const { seq, transIndexCode } = await terminal.hears('command');
    terminal.say({ type: 'ack', seq, transIndexCode });
    await eventuallyTold(requested, ['command-dispatched', 'command-acknowledged']);
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as unknown;
    expect(await historyOf()).toEqual({
      outcome: 'done',
      value: { hops: ['command-dispatched', 'command-acknowledged'].map((what) => ({ at, what, by: 'terminals' })) },
    });
  });
});

describe('a report over HTTP', () => {
  async function running(): Promise<{ identity: TerminalIdentity; terminal: TestTerminal; requested: Requested }> {
    const identity = edge.enrol();
    const terminal = await TestTerminal.connect(url, identity);
    const requested = await edge.request(identity);
    await terminal.hears('command');
    return { identity, terminal, requested };
  }

  it('counts once, under the trace of its payment; a repetition changes nothing, a contradiction neither', async () => {
    const { requested } = await running();
    expect(await report(requested)).toEqual(changed(true));
    expect(await report(requested)).toEqual(changed(false));
    expect(await report(requested, { result: declined })).toEqual(changed(false));
    const told = await edge.told(requested.transactionId);
    expect(told.map(({ name, traceId }) => [name, traceId])).toEqual([
      ['command-dispatched', requested.traceId],
      ['terminal-reported', requested.traceId],
    ]);
    expect(told[1]?.payload).toMatchObject({ outcome: 'approved', result: approved });
    expect(told[1]?.payload).not.toHaveProperty('journalNo');
  });

  it('and the journal may both tell it, and twice at the same time only one of both counts', async () => {
    const { terminal, requested } = await running();
    const answers = await Promise.all([report(requested), report(requested)]);
    expect(answers.map((answer) => (answer as { value: { changed: boolean } }).value.changed).sort()).toEqual([false, true]);
    const response = { TransResult: true, RespCode: '00', AuthCode: '012345' };
    terminal.say({ type: 'result', journalNo: 1, transIndexCode: requested.transIndexCode, response });
    await terminal.hears('result-ack');
    expect(await report(requested)).toEqual(changed(false));
    expect(await edge.namesTold(requested.transactionId)).toEqual(['command-dispatched', 'terminal-reported', 'terminal-reported']);
  });

  it('is refused of a number that is unknown, of another merchant, another developer, or not known whose', async () => {
    const { requested } = await running();
    const refusal = { outcome: 'refused', refusal: { name: 'transaction-not-found' } };
    expect(await report(requested, { transIndexCode: '123456789012345678' })).toEqual(refusal);
    expect(await report(requested, { merchantId: 'another' })).toEqual(refusal);
    expect(await report(requested, { clientId: 'another' })).toEqual(refusal);
    await edge.sql.query('update commands set client_id = null where transaction_id = $1', [requested.transactionId]);
    expect(await report(requested)).toEqual(refusal);
    const unheard = edge.plan(edge.enrol());
    await edge.notice(cancelRequested, unheard);
    await eventuallyTold(unheard, ['command-withdrawn']);
    expect(await report(unheard)).toEqual(refusal);
    expect(await edge.namesTold(requested.transactionId)).toEqual(['command-dispatched']);
  });

  it('that nothing was executed proves nothing once the journal is lost', async () => {
    const { identity, terminal, requested } = await running();
    await edge.sql.query('update connections set journal_generation = 2 where terminal_uid = $1', [identity.terminalUid]);
    expect(await report(requested, { result: { approved: false, respCode: '-EXPIRED' } })).toEqual(changed(false));
    expect(await edge.namesTold(requested.transactionId)).toEqual(['command-dispatched']);
    expect(await report(requested)).toEqual(changed(true));
    expect(terminal.closedWith).toBeUndefined();
  });
});
