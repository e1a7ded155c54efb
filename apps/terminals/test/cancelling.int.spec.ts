import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cancelRequested } from '@tillbridge/contracts';
import { eventually } from '@tillbridge/testkit';
import { TestEdge, type Requested } from './test-edge.js';
import { TestTerminal, type TerminalIdentity } from './test-terminal.js';

const SOON_MS = 5_000;
/** Longer than the 5 s after which a cancellation is sent again, and a sweep. */
const RESENT_WITHIN_MS = 9_000;
const cancelled = { TransResult: false, RespCode: '-CANCEL', RespDesc: 'CANCELLED' };
const approval = { TransResult: true, RespCode: '00', AuthCode: '012345' };

let edge: TestEdge;
let url: string;
beforeAll(async () => {
  edge = await TestEdge.start();
  url = await edge.addReplica();
  // The fact may reach either replica; the channel is at one.
  await edge.addReplica();
}, 30_000);
afterAll(() => edge.stop(), 30_000);

const cancel = (requested: Requested): Promise<void> => edge.notice(cancelRequested, requested);
const eventuallyTold = (requested: Requested, names: readonly string[]): Promise<void> =>
  eventually(async () => expect(await edge.namesTold(requested.transactionId)).toEqual(names), SOON_MS);
const rowOf = async ({ transactionId }: Requested): Promise<Record<string, unknown> | undefined> =>
  (await edge.sql.query<Record<string, unknown>>('select * from commands where transaction_id = $1', [transactionId])).rows[0];
/** Facts are taken in their order, so whatever came before this one has been taken too. */
const eventuallyTakenIn = async (identity: TerminalIdentity): Promise<void> => {
  const last = await edge.request(identity);
  await eventually(async () => expect(await rowOf(last)).toBeDefined(), SOON_MS);
};

/** A command that its terminal has, acknowledged or not. */
async function running(identity: TerminalIdentity, acknowledges = true): Promise<{ terminal: TestTerminal; requested: Requested }> {
  const terminal = await TestTerminal.connect(url, identity);
  const requested = await edge.request(identity);
  const { seq, transIndexCode } = await terminal.hears('command');
  if (acknowledges) {
    terminal.say({ type: 'ack', seq, transIndexCode });
    await eventuallyTold(requested, ['command-dispatched', 'command-acknowledged']);
  }
  return { terminal, requested };
}

describe('a command that is to be stopped', () => {
  it('and was never sent is withdrawn under the trace of its payment, and never sent', async () => {
    const identity = edge.enrol();
    const requested = await edge.request(identity);
    await eventually(async () => expect(await rowOf(requested)).toBeDefined(), SOON_MS);
    await cancel(requested);
    await eventuallyTold(requested, ['command-withdrawn']);
    expect(await edge.told(requested.transactionId)).toMatchObject([{ version: 2, traceId: requested.traceId }]);
    await cancel(requested);
    const terminal = await TestTerminal.connect(url, identity);
    const next = await edge.request(identity);
    expect((await terminal.hears('command')).transIndexCode).toBe(next.transIndexCode);
    await eventuallyTold(requested, ['command-withdrawn']);
  });

  it('before it was heard of is withdrawn all the same, and never sent', async () => {
    const identity = edge.enrol();
    const terminal = await TestTerminal.connect(url, identity);
    const planned = edge.plan(identity);
    await cancel(planned);
    await eventuallyTold(planned, ['command-withdrawn']);
    await edge.tellRequested(planned);
    const next = await edge.request(identity);
    expect((await terminal.hears('command')).transIndexCode).toBe(next.transIndexCode);
    await eventuallyTold(planned, ['command-withdrawn']);
    expect(terminal.of('command')).toHaveLength(1);
  });

  it('is cancelled at the terminal at once, however often it is wanted, and the answer and the result are told', async () => {
    const identity = edge.enrol();
    const { terminal, requested } = await running(identity);
    await cancel(requested);
    await cancel(requested);
    expect(await terminal.hears('cancel')).toEqual({ type: 'cancel', transIndexCode: requested.transIndexCode });
    terminal.say({ type: 'cancel-answer', transIndexCode: requested.transIndexCode, taken: true });
    terminal.say({ type: 'result', journalNo: 1, transIndexCode: requested.transIndexCode, response: cancelled });
    await terminal.hears('result-ack');
    await eventuallyTold(requested, ['command-dispatched', 'command-acknowledged', 'cancel-answered', 'terminal-reported']);
    const told = await edge.told(requested.transactionId);
    expect(told[2]?.payload).toMatchObject({ taken: true });
    expect(told[3]?.payload).toMatchObject({ outcome: 'cancelled' });
    await eventuallyTakenIn(identity);
    expect(terminal.of('cancel')).toHaveLength(1);
  });

  it('and is with the host already is for its result to tell; asked again, the terminal is asked again', async () => {
    const { terminal, requested } = await running(edge.enrol());
    const { transIndexCode } = requested;
    await cancel(requested);
    await terminal.hears('cancel');
    terminal.say({ type: 'cancel-answer', transIndexCode, taken: false });
    await eventuallyTold(requested, ['command-dispatched', 'command-acknowledged', 'cancel-answered']);
    await cancel(requested);
    await terminal.hears('cancel', 2);
    terminal.say({ type: 'result', journalNo: 1, transIndexCode, response: approval });
    await terminal.hears('result-ack');
    expect((await edge.told(requested.transactionId)).at(-1)?.payload).toMatchObject({ outcome: 'approved' });
  });

  it('after its result changes nothing and is not sent', async () => {
    const identity = edge.enrol();
    const { terminal, requested } = await running(identity);
    terminal.say({ type: 'result', journalNo: 1, transIndexCode: requested.transIndexCode, response: approval });
    await terminal.hears('result-ack');
    await cancel(requested);
    await eventuallyTakenIn(identity);
    await terminal.hears('command', 2);
    expect(terminal.of('cancel')).toEqual([]);
    expect(await edge.namesTold(requested.transactionId)).toEqual(['command-dispatched', 'command-acknowledged', 'terminal-reported']);
  });

  it('while the terminal is away is cancelled when it comes back', async () => {
    const identity = edge.enrol();
    const { terminal, requested } = await running(identity);
    terminal.drop();
    await eventually(async () => expect(await edge.namesTold(identity.terminalUid)).toContain('terminal-disconnected'), SOON_MS);
    await cancel(requested);
    await eventually(async () => expect(await rowOf(requested)).toMatchObject({ cancellation: 'wanted' }), SOON_MS);
    const second = await TestTerminal.connect(url, identity);
    expect(await second.hears('cancel')).toMatchObject({ transIndexCode: requested.transIndexCode });
    second.say({ type: 'cancel-answer', transIndexCode: requested.transIndexCode, taken: true });
    await eventuallyTold(requested, ['command-dispatched', 'command-acknowledged', 'cancel-answered']);
    second.drop();
    const third = await TestTerminal.connect(url, identity);
    const next = await edge.request(identity);
    await third.hears('command');
    expect([third.of('cancel'), third.of('command')[0]?.transIndexCode]).toEqual([[], next.transIndexCode]);
  });

  it('and that the terminal does not have yet comes again behind the command, and is asked for again', async () => {
    const { terminal, requested } = await running(edge.enrol(), false);
    const { transIndexCode } = requested;
    await cancel(requested);
    await terminal.hears('cancel');
    // As a terminal says that has lost the command on the way.
    terminal.say({ type: 'cancel-answer', transIndexCode, taken: false });
    await terminal.hears('cancel', 2, RESENT_WITHIN_MS);
    const types = terminal.heard.map(({ type }) => type).filter((type) => type === 'command' || type === 'cancel');
    expect(types).toEqual(['command', 'cancel', 'command', 'cancel']);
    expect(await edge.namesTold(requested.transactionId)).toEqual(['command-dispatched']);
  }, 20_000);

  it('and that nobody wants stopped is not stopped by an answer', async () => {
    const { terminal, requested } = await running(edge.enrol());
    terminal.say({ type: 'cancel-answer', transIndexCode: requested.transIndexCode, taken: true });
    terminal.say({ type: 'result', journalNo: 1, transIndexCode: requested.transIndexCode, response: approval });
    await terminal.hears('result-ack');
    expect(await edge.namesTold(requested.transactionId)).toEqual(['command-dispatched', 'command-acknowledged', 'terminal-reported']);
  });
});
