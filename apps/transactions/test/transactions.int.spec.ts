import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  done,
  findOpenTransaction,
  findTimeline,
  findTransaction,
  initiateTransaction,
  terminalBound,
  terminalConnected,
  type InitiateTransactionV1,
} from '@tillbridge/contracts';
import { newId, Secret } from '@tillbridge/kernel';
import { startNats, type NatsServer } from '@tillbridge/launcher';
import { connectHandlers, newCause, RequestClient, Transactions, WriteLane } from '@tillbridge/messaging';
import { createLog, createService, migrate } from '@tillbridge/platform';
import { createTestDatabase, eventually, type TestDatabase } from '@tillbridge/testkit';
import { DataSource } from 'typeorm';
import { AppModule, migrations } from '../src/app.module.js';
import type { Config } from '../src/config.js';
import type { Evidence } from '../src/domain/life.js';
import { PresenceStore } from '../src/store/presence-store.js';
import { TillStore } from '../src/store/till-store.js';
import { WeighEvidence } from '../src/weigh-evidence.js';

const SOON_MS = 15_000;

describe('transactions', () => {
  let nats: NatsServer;
  let database: TestDatabase;
  let app: NestFastifyApplication;
  let other: NestFastifyApplication;
  let edge: RequestClient;
  let lane: WriteLane;
  const dir = mkdtempSync(join(tmpdir(), 'tillbridge-transactions-'));

  const start = async (): Promise<NestFastifyApplication> => {
    const config: Config = {
      environment: 'sandbox',
      httpHost: '127.0.0.1',
      httpPort: 0,
      logLevel: 'error',
      natsUrl: new Secret(nats.url),
      natsStreamReplicas: 1,
      exitWithParent: false,
      ...{ httpTrustedProxies: [], tlsCert: undefined, tlsKey: undefined },
      postgresUrl: new Secret(database.url),
      postgresPoolSize: 8,
    };
    const service = { name: 'transactions', module: AppModule.forRoot(config), settings: config, prepare: connectHandlers };
    const started = await createService(service, createLog('test', 'silent'));
    await started.startAllMicroservices();
    await started.init();
    return started;
  };

  beforeAll(async () => {
    [nats, database] = await Promise.all([
      startNats({ storeDir: dir }),
      createTestDatabase('transactions', async (url) => {
        await migrate(url, migrations);
      }),
    ]);
    [app, other] = await Promise.all([start(), start()]);
    edge = app.get(RequestClient);
    lane = new WriteLane(app.get(Transactions));
  }, 60_000);

  afterAll(async () => {
    await Promise.all([app.close(), other.close()]);
    await Promise.all([nats.stop(), database.drop()]);
    rmSync(dir, { recursive: true, force: true });
  }, 30_000);

  /** A till bound to a terminal of its own, and a request of it. */
  async function newRequest(): Promise<InitiateTransactionV1> {
    const posId = newId();
    const binding = { ...terminalBound.sample, clientId: 'c', merchantId: 'm', posId, tillUid: newId(), terminalUid: newId() };
    const connection = { ...terminalConnected.sample, terminalUid: binding.terminalUid };
    await lane.run({
      keys: [posId],
      cause: newCause(),
      perform: async (tx) => {
        await app.get(TillStore).put(tx, binding, true);
        await app.get(PresenceStore).put(tx, connection, true);
      },
    });
    return { ...initiateTransaction.sample, clientId: 'c', merchantId: 'm', posId, tradeNo: newId() };
  }

  const initiate = (request: InitiateTransactionV1) => edge.request(initiateTransaction, request, newCause());

  async function accepted(): Promise<{ request: InitiateTransactionV1; transactionId: string }> {
    const request = await newRequest();
    const outcome = await initiate(request);
    if (outcome.outcome !== 'done') throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
    return { request, transactionId: outcome.value.transactionId };
  }

  const weigh = (transactionId: string, evidence: Evidence): Promise<void> =>
    lane.run({ keys: [transactionId], cause: newCause(), perform: (tx) => app.get(WeighEvidence).apply(tx, transactionId, evidence) });

  const rows = (request: InitiateTransactionV1): Promise<{ n: number }[]> =>
    app
      .get(DataSource)
      .query('select count(*)::int as n from transactions where client_id = $1 and trade_no = $2', [request.clientId, request.tradeNo]);

  it('accepts a trade number once, from 50 requests at the same time at two replicas', async () => {
    const request = await newRequest();
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => initiate(request)));
    const ids = outcomes.map((outcome) => (outcome.outcome === 'done' ? outcome.value.transactionId : JSON.stringify(outcome)));
    expect(new Set(ids).size).toBe(1);
    expect(outcomes.filter((outcome) => outcome.outcome === 'done' && outcome.replayed !== true)).toHaveLength(1);
    expect(await rows(request)).toEqual([{ n: 1 }]);
  });

  it('refuses another request under a used number, and leaves nothing behind', async () => {
    const { request } = await accepted();
    const otherTill = await newRequest();
    const reused = { ...otherTill, tradeNo: request.tradeNo, requestHash: 'f'.repeat(64) };
    expect(await initiate(reused)).toMatchObject({ outcome: 'refused', refusal: { name: 'trade-no-reused' } });
    expect(await rows(request)).toEqual([{ n: 1 }]);
  });

  it('lets one of 50 tills at a terminal, tells the others that it is busy, and leaves nothing of them behind', async () => {
    const requests = await Promise.all(Array.from({ length: 50 }, () => newRequest()));
    const sql = app.get(DataSource);
    const terminalUid = newId();
    await sql.query('insert into terminals values ($1, 1, true, now())', [terminalUid]);
    await sql.query('update tills set terminal_uid = $1 where pos_id = any($2)', [terminalUid, requests.map(({ posId }) => posId)]);
    const outcomes = await Promise.all(requests.map(initiate));
    const names = outcomes.map((outcome) => (outcome.outcome === 'refused' ? outcome.refusal.name : outcome.outcome));
    expect(names.sort()).toEqual(['done', ...Array.from({ length: 49 }, () => 'terminal-busy')]);
    const won = outcomes.find((outcome) => outcome.outcome === 'done');
    const tradeNos = requests.map(({ tradeNo }) => tradeNo);
    const left: { transaction_id: string }[] = await sql.query('select transaction_id from transactions where trade_no = any($1)', [
      tradeNos,
    ]);
    expect(left).toEqual([{ transaction_id: won?.outcome === 'done' ? won.value.transactionId : '' }]);
    const told: { aggregate_id: string }[] = await sql.query(`select aggregate_id from events where payload ->> 'tradeNo' = any($1)`, [
      tradeNos,
    ]);
    expect(told.map((row) => row.aggregate_id)).toEqual(left.map((row) => row.transaction_id));
  });

  it('refuses at once while the terminal is away, whatever order its facts come in', async () => {
    const request = await newRequest();
    const [till]: { terminal_uid: string }[] = await app.get(DataSource).query('select * from tills where pos_id = $1', [request.posId]);
    const put = (version: number, online: boolean) =>
      lane.run({
        keys: [request.posId],
        cause: newCause(),
        perform: (tx) => app.get(PresenceStore).put(tx, { ...terminalConnected.sample, terminalUid: till!.terminal_uid, version }, online),
      });
    await put(3, false);
    await put(2, true);
    expect(await initiate(request)).toMatchObject({ outcome: 'refused', refusal: { name: 'terminal-offline' } });
    expect(await rows(request)).toEqual([{ n: 0 }]);
    await put(4, true);
    expect(await initiate(request)).toMatchObject({ outcome: 'done' });
  });

  it('refuses an unbound till without a trace', async () => {
    const request = { ...(await newRequest()), posId: newId() };
    expect(await initiate(request)).toMatchObject({ outcome: 'refused', refusal: { name: 'till-not-bound' } });
    expect(await rows(request)).toEqual([{ n: 0 }]);
  });

  it('tells every change with its version, and shows it in the timeline', async () => {
    const request = await newRequest();
    const cause = newCause();
    const outcome = await edge.request(initiateTransaction, request, cause);
    const transactionId = outcome.outcome === 'done' ? outcome.value.transactionId : '';
    await weigh(transactionId, { kind: 'dispatched' });
    await weigh(transactionId, { kind: 'acknowledged' });
    await weigh(transactionId, { kind: 'acknowledged' });
    await weigh(transactionId, { kind: 'progressed', stage: 'card-presented' });
    await weigh(transactionId, { kind: 'approved', result: { approved: true, respCode: '00' } });
    const found = await edge.query(findTransaction, { clientId: 'c', merchantId: 'm', tradeNo: request.tradeNo }, newCause());
    expect(found).toMatchObject({ outcome: 'done', value: { transaction: { state: 'approved', version: 5, result: { respCode: '00' } } } });
    const timeline = await edge.query(findTimeline, { clientId: 'c', tradeNo: request.tradeNo }, newCause());
    const hops = timeline.outcome === 'done' ? timeline.value.hops.map((hop) => hop.what) : [];
    expect(timeline).toMatchObject({ value: { transactionId, traceId: cause.traceparent.split('-')[1] } });
    expect(hops).toEqual([
      'transaction-requested',
      'transaction-dispatched',
      'transaction-acknowledged',
      'transaction-in-progress',
      'transaction-approved',
    ]);
  });

  it('says whether a transaction is open on a till', async () => {
    const { request, transactionId } = await accepted();
    const { clientId, merchantId, posId, tradeNo } = request;
    const openOn = (till: { clientId: string; merchantId: string; posId: string }) => edge.query(findOpenTransaction, till, newCause());
    expect(await openOn({ clientId, merchantId, posId })).toEqual(done({ tradeNo }));
    expect(await openOn({ clientId, merchantId: 'another', posId })).toEqual(done({}));
    await weigh(transactionId, { kind: 'approved', result: { approved: true, respCode: '00' } });
    expect(await openOn({ clientId, merchantId, posId })).toEqual(done({}));
  });

  it('never lets two proofs disagree in silence', async () => {
    const { transactionId } = await accepted();
    await weigh(transactionId, { kind: 'declined', result: { approved: false } });
    await expect(weigh(transactionId, { kind: 'approved', result: { approved: true } })).rejects.toThrow(
      'there is evidence that it is approved',
    );
  });

  it('calls a transaction unknown when its deadline passes without proof, and believes a later proof', async () => {
    const { request, transactionId } = await accepted();
    await weigh(transactionId, { kind: 'dispatched' });
    await app
      .get(DataSource)
      .query(`update transactions set deadline_at = now() - interval '1 minute' where transaction_id = $1`, [transactionId]);
    const find = () => edge.query(findTransaction, { clientId: 'c', merchantId: 'm', tradeNo: request.tradeNo }, newCause());
    await eventually(async () => expect(await find()).toMatchObject({ value: { transaction: { state: 'unknown' } } }), SOON_MS);
    await weigh(transactionId, { kind: 'approved', result: { approved: true } });
    expect(await find()).toMatchObject({ value: { transaction: { state: 'approved' } } });
  });

  it("gives another merchant's transaction the answer of one that does not exist", async () => {
    const { request } = await accepted();
    const foreign = await edge.query(findTransaction, { clientId: 'c', merchantId: 'other', tradeNo: request.tradeNo }, newCause());
    const missing = await edge.query(findTransaction, { clientId: 'c', merchantId: 'other', tradeNo: 'none' }, newCause());
    expect(foreign).toEqual(missing);
    expect(foreign).toMatchObject({ outcome: 'refused', refusal: { name: 'transaction-not-found' } });
  });

  it('applies bindings in any order: the newer one wins', async () => {
    const binding = { ...terminalBound.sample, clientId: 'c', merchantId: 'm', posId: newId(), tillUid: newId(), terminalUid: newId() };
    const newer = { ...binding, version: 2, terminalUid: newId() };
    const put = (fact: typeof binding) =>
      lane.run({ keys: [fact.tillUid], cause: newCause(), perform: (tx) => app.get(TillStore).put(tx, fact, true) });
    await put(newer);
    await put(binding);
    const [till]: { terminal_uid: string }[] = await app
      .get(DataSource)
      .query('select * from tills where till_uid = $1', [binding.tillUid]);
    expect(till?.terminal_uid).toBe(newer.terminalUid);
  });
});
