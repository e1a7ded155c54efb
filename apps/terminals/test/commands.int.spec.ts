import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { eventually } from '@tillbridge/testkit';
import { TestEdge, type Requested } from './test-edge.js';
import { TestTerminal, type TerminalIdentity } from './test-terminal.js';

const SOON_MS = 5_000;
const approval = {
  TransResult: true,
  RespCode: '00',
  RespDesc: '00 APPROVED',
  AuthCode: '012345',
  CardNum: '4111111111111111',
  TransAmount: '000000001000',
};
const decline = { TransResult: false, RespCode: '51', RespDesc: '51 INSUFFICIENT FUNDS' };

let edge: TestEdge;
let url: string;
beforeAll(async () => {
  edge = await TestEdge.start();
  url = await edge.addReplica();
}, 30_000);
afterAll(() => edge.stop(), 30_000);

const connect = (identity: TerminalIdentity): Promise<TestTerminal> => TestTerminal.connect(url, identity);
const report = (terminal: TestTerminal, transIndexCode: string, journalNo = 1, response: Record<string, unknown> = approval): void =>
  terminal.say({ type: 'result', journalNo, transIndexCode, response });
const commandRow = async ({ transactionId }: Requested): Promise<Record<string, unknown> | undefined> =>
  (await edge.sql.query<Record<string, unknown>>('select * from commands where transaction_id = $1', [transactionId])).rows[0];
const entries = async ({ terminalUid }: TerminalIdentity): Promise<Record<string, unknown>[]> =>
  (
    await edge.sql.query<Record<string, unknown>>('select * from journal_entries where terminal_uid = $1 order by journal_no', [
      terminalUid,
    ])
  ).rows;
const eventuallyTold = (id: string, names: readonly string[], withinMs = SOON_MS): Promise<void> =>
  eventually(async () => expect(await edge.namesTold(id)).toEqual(names), withinMs);

describe('a command', () => {
  it('goes to its terminal, and everything that follows is told under the trace of its payment', async () => {
    const identity = edge.enrol();
    const terminal = await connect(identity);
    const requested = await edge.request(identity);
    const command = await terminal.hears('command');
    expect(command).toMatchObject({
      transIndexCode: requested.transIndexCode,
      request: { TransType: 'Purchase', TransAmount: '1000', CurrencyCode: '840' },
    });

    terminal.say({ type: 'ack', seq: command.seq, transIndexCode: command.transIndexCode });
    terminal.say({ type: 'progress', transIndexCode: command.transIndexCode, stage: 'online', at: new Date().toISOString() });
    report(terminal, command.transIndexCode, 17);
    expect(await terminal.hears('result-ack')).toEqual({ type: 'result-ack', journalNo: 17 });

    const told = await edge.told(requested.transactionId);
    expect(told.map(({ name, version }) => [name, version])).toEqual([
      ['command-dispatched', 2],
      ['command-acknowledged', 3],
      ['terminal-progressed', 4],
      ['terminal-reported', 5],
    ]);
    expect(new Set(told.map(({ correlationId, traceId }) => `${correlationId} ${traceId}`))).toEqual(
      new Set([`${requested.correlationId} ${requested.traceId}`]),
    );
    expect(told[3]?.payload).toMatchObject({
      journalNo: 17,
      outcome: 'approved',
      result: { approved: true, authCode: '012345', amountMinor: 1000 },
    });
  });

  it('names its original in every way that is known', async () => {
    const identity = edge.enrol();
    const terminal = await connect(identity);
    const original = {
      transIndexCode: '848981718949036031',
      transId: '1733208430104',
      rrn: '000000000123',
      invoiceNum: '1',
      traceNum: '2',
    };
    await edge.request(identity, { instruction: { transType: 'Refund', original } });
    expect((await terminal.hears('command')).request).toMatchObject({
      TransType: 'Refund',
      OriTransIndexCode: '848981718949036031',
      OriTransId: '1733208430104',
      OriRrn: '000000000123',
      OriInvoiceNum: '1',
      OriTraceNum: '2',
    });
  });

  it('is told of on the stream of this service', async () => {
    const identity = edge.enrol();
    const terminal = await connect(identity);
    const requested = await edge.request(identity);
    await terminal.hears('command');
    const manager = await jetstreamManager(edge.bus);
    await eventually(async () => {
      const { messages } = (await manager.streams.info('POS_TERMINALS')).state;
      expect(messages).toBeGreaterThan(0);
      const { rows } = await edge.sql.query('select 1 from outbox join events using (event_id) where aggregate_id = $1', [
        requested.transactionId,
      ]);
      expect(rows).toEqual([]);
    }, SOON_MS);
  });

  it('waits for a terminal that is not connected', async () => {
    const identity = edge.enrol();
    const requested = await edge.request(identity);
    await eventually(async () => expect(await commandRow(requested)).toMatchObject({ state: 'pending', version: 1 }), SOON_MS);
    const terminal = await connect(identity);
    expect(await terminal.hears('command')).toMatchObject({ transIndexCode: requested.transIndexCode });
  });

  it('is sent again after a reconnect until it is acknowledged, and is dispatched once', async () => {
    const identity = edge.enrol();
    const first = await connect(identity);
    const requested = await edge.request(identity);
    const command = await first.hears('command');
    first.drop();
    const second = await connect(identity);
    expect(await second.hears('command')).toEqual(command);
    second.say({ type: 'ack', seq: command.seq, transIndexCode: command.transIndexCode });
    await eventuallyTold(requested.transactionId, ['command-dispatched', 'command-acknowledged']);
    second.drop();

    const third = await connect(identity);
    const next = await edge.request(identity);
    // Commands come in their order, so the acknowledged one would have come before.
    expect(await third.hears('command')).toMatchObject({ transIndexCode: next.transIndexCode });
  });

  it('leaves only after it was recorded as dispatched', async () => {
    const identity = edge.enrol();
    const terminal = await connect(identity);
    await edge.sql.query(`alter table commands add constraint nothing_leaves check (state <> 'dispatched') not valid`);
    const requested = await edge.request(identity);
    await eventually(async () => expect(await commandRow(requested)).toBeDefined(), SOON_MS);
    // A result of before is answered after several failed attempts to dispatch: nothing has left meanwhile.
    report(terminal, '234567890123456789', 1, decline);
    await terminal.hears('result-ack');
    expect(await edge.namesTold(requested.transactionId)).toEqual([]);
    expect(terminal.of('command')).toEqual([]);
    await edge.sql.query('alter table commands drop constraint nothing_leaves');
    expect(await terminal.hears('command')).toMatchObject({ transIndexCode: requested.transIndexCode });
  });

  it('that was not sent in time is proven undelivered and never sent', async () => {
    const identity = edge.enrol();
    const expired = await edge.request(identity, { deadlineInMs: 200 });
    await eventuallyTold(expired.transactionId, ['command-undelivered']);
    const terminal = await connect(identity);
    const next = await edge.request(identity);
    expect(await terminal.hears('command')).toMatchObject({ transIndexCode: next.transIndexCode });
    expect(await edge.namesTold(expired.transactionId)).toEqual(['command-undelivered']);
  });

  it('that is too long for the channel is proven undelivered at once', async () => {
    const identity = edge.enrol();
    const terminal = await connect(identity);
    const tooLong = await edge.request(identity, { instruction: { callerName: 'x'.repeat(70_000) } });
    await eventuallyTold(tooLong.transactionId, ['command-undelivered']);
    expect(terminal.of('command')).toEqual([]);
  });
});

describe('a result', () => {
  it('is stored with its card number masked, and acknowledged only then', async () => {
    const identity = edge.enrol();
    const terminal = await connect(identity);
    const requested = await edge.request(identity);
    await terminal.hears('command');
    await edge.sql.query('alter table journal_entries add constraint nothing_stored check (false) not valid');
    report(terminal, requested.transIndexCode);
    terminal.say({ type: 'progress', transIndexCode: requested.transIndexCode, stage: 'online', at: new Date().toISOString() });
    // Messages are taken in their order, so the result has been tried when the progress is told.
    await eventuallyTold(requested.transactionId, ['command-dispatched', 'terminal-progressed']);
    expect(terminal.of('result-ack')).toEqual([]);

    await edge.sql.query('alter table journal_entries drop constraint nothing_stored');
    report(terminal, requested.transIndexCode);
    await terminal.hears('result-ack');
    const [entry] = await entries(identity);
    expect(entry).toMatchObject({ transaction_id: requested.transactionId, response: { approved: true, cardNo: '411111******1111' } });
    expect(JSON.stringify(await edge.told(requested.transactionId))).not.toContain('4111111111111111');
  });

  it('that is repeated is acknowledged again and told once', async () => {
    const identity = edge.enrol();
    const first = await connect(identity);
    const requested = await edge.request(identity);
    await first.hears('command');
    report(first, requested.transIndexCode);
    report(first, requested.transIndexCode);
    await first.hears('result-ack', 2);
    first.drop();
    const second = await connect(identity);
    expect(second.of('welcome')).toMatchObject([{ storedJournalNo: 1 }]);
    report(second, requested.transIndexCode);
    await second.hears('result-ack');
    expect(await edge.namesTold(requested.transactionId)).toEqual(['command-dispatched', 'terminal-reported']);
  });

  it('under a reused journal number is not lost', async () => {
    const identity = edge.enrol();
    const terminal = await connect(identity);
    const requested = [await edge.request(identity), await edge.request(identity)];
    await terminal.hears('command', 2);
    for (const { transIndexCode } of requested) report(terminal, transIndexCode, 1);
    await terminal.hears('result-ack', 2);
    expect((await entries(identity)).map((entry) => entry['transaction_id']).sort()).toEqual(
      requested.map((each) => each.transactionId).sort(),
    );
  });

  it('of a command that is unknown, or of another terminal, is kept without a transaction and acknowledged', async () => {
    const [identity, stranger] = [edge.enrol(), edge.enrol()];
    const terminal = await connect(identity);
    const foreign = await edge.request(stranger);
    await eventually(async () => expect(await commandRow(foreign)).toBeDefined(), SOON_MS);
    report(terminal, '123456789012345678', 1);
    report(terminal, foreign.transIndexCode, 2);
    await terminal.hears('result-ack', 2);
    expect(await entries(identity)).toMatchObject([{ transaction_id: null }, { transaction_id: null }]);
    expect(await edge.namesTold(foreign.transactionId)).toEqual([]);
    expect(await commandRow(foreign)).toMatchObject({ state: 'pending' });
  });

  it('that comes after all is told, also of a command that was given up', async () => {
    const identity = edge.enrol();
    const requested = await edge.request(identity, { deadlineInMs: 200 });
    await eventuallyTold(requested.transactionId, ['command-undelivered']);
    const terminal = await connect(identity);
    report(terminal, requested.transIndexCode);
    await terminal.hears('result-ack');
    expect(await edge.namesTold(requested.transactionId)).toEqual(['command-undelivered', 'terminal-reported']);
  });

  it('with characters that cannot be stored is stored without them', async () => {
    const identity = edge.enrol();
    const terminal = await connect(identity);
    const requested = await edge.request(identity);
    await terminal.hears('command');
    report(terminal, requested.transIndexCode, 1, { ...decline, RespDesc: 'NO\u0000 FUNDS\ud800' });
    await terminal.hears('result-ack');
    expect(await entries(identity)).toMatchObject([{ response: { respDesc: 'NO FUNDS\ufffd' } }]);
  });
});
