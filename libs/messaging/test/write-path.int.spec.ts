import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { deliverySucceeded } from '@tillbridge/contracts';
import { newId } from '@tillbridge/kernel';
import { defineBatch, newCause, statement, Transactions, WriteLane, type Tx } from '../src/index.js';
import { Probe } from './probe.js';

const insertEffect = statement('test_insert_effect', 'insert into effects values ($1, 1)');
const insertEffects = statement('test_insert_effects', 'insert into effects select unnest($1::text[]), 1');
const bumpEffect = statement('test_bump_effect', 'update effects set times = $2 where subject = $1 and times = $2 - 1 returning 1');
const readEffect = statement('test_read_effect', 'select times from effects where subject = $1');
const fact = (id: string) => ({ ...deliverySucceeded.sample, deliveryId: id });

describe('the write path', () => {
  let probe: Probe;
  let app: NestFastifyApplication;
  let transactions: Transactions;
  let lane: WriteLane;

  beforeAll(async () => {
    probe = await Probe.open();
    app = await probe.start();
    transactions = app.get(Transactions);
    lane = new WriteLane(transactions);
  });

  afterAll(() => probe.close());

  const run = <T>(perform: (tx: Tx) => Promise<T>, keys: string[] = [newId()]): Promise<T> =>
    lane.run({ keys, cause: newCause(), perform });

  it('commits a row and its fact together, or neither', async () => {
    const [kept, lost] = [newId(), newId()];
    const write = (id: string, fail: boolean) =>
      run(async (tx) => {
        await tx.query(insertEffect, [id]);
        tx.say(deliverySucceeded, { id, version: 1 }, fact(id));
        if (fail) throw new Error('after the fact was told');
      });
    await write(kept, false);
    await expect(write(lost, true)).rejects.toThrow('after the fact was told');
    const { rows } = await probe.db.query('select aggregate_id from events where aggregate_id = any($1)', [[kept, lost]]);
    expect(rows).toEqual([{ aggregate_id: kept }]);
    expect([await probe.effects(kept), await probe.effects(lost)]).toEqual([1, 0]);
  });

  it('does what comes in one turn in one transaction, with one statement for all', async () => {
    const ids = Array.from({ length: 20 }, newId);
    const statements: number[] = [];
    const insertAll = defineBatch<string, number>(async (db, items) => {
      statements.push(items.length);
      await db.query(insertEffects, [items]);
      return items.map((_item, index) => index);
    });
    const transactionIds = await Promise.all(
      ids.map((id) =>
        run(async (tx) => {
          await tx.batch(insertAll, id);
          const rows = await tx.query<{ id: string }>(statement('test_xid', 'select pg_current_xact_id()::text as id'), []);
          return rows[0]?.id;
        }),
      ),
    );
    expect(statements).toEqual([20]);
    expect(new Set(transactionIds).size).toBe(1);
  });

  it('lets a bad work fail alone', async () => {
    const ids = Array.from({ length: 10 }, newId);
    const outcomes = await Promise.allSettled(
      ids.map((id, index) => run((tx) => tx.query(insertEffect, [index === 4 ? null : id]).then(() => id))),
    );
    expect(outcomes.map((outcome) => outcome.status)).toEqual(ids.map((_id, index) => (index === 4 ? 'rejected' : 'fulfilled')));
    expect(await Promise.all(ids.map((id) => probe.effects(id)))).toEqual(ids.map((_id, index) => (index === 4 ? 0 : 1)));
  });

  it('parts works of one group that decide on the same thing: each sees what the other has done', async () => {
    const id = newId();
    const seen: number[] = [];
    const decide = async (tx: Tx): Promise<void> => {
      tx.claim(`effect ${id}`);
      const rows = await tx.query<{ times: number }>(readEffect, [id]);
      if (rows.length === 0) await tx.query(insertEffect, [id]);
      seen.push(rows.length);
    };
    const outcomes = await Promise.allSettled([run(decide), run(decide), run((tx) => decide(tx.causedBy(newCause())))]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(seen.slice(-3)).toEqual([0, 1, 1]);
    expect(await probe.effects(id)).toBe(1);
  });

  it('runs works of one key one after the other, in the order of their arrival', async () => {
    const id = newId();
    await run((tx) => tx.query(insertEffect, [id]));
    await Promise.all(
      [2, 3, 4, 5].map((times) =>
        run(
          async (tx) => {
            const rows = await tx.query(bumpEffect, [id, times]);
            expect(rows).toHaveLength(1);
          },
          ['the same key'],
        ),
      ),
    );
    expect(await probe.effects(id)).toBe(5);
  });

  it('tries a transaction again when another writer was in the way', async () => {
    const id = newId();
    await run((tx) => tx.query(insertEffect, [id]));
    let attempts = 0;
    await run(async (tx) => {
      attempts += 1;
      const rows = await tx.query<{ times: number }>(readEffect, [id]);
      if (attempts === 1) throw Object.assign(new Error('could not serialize access'), { code: '40001' });
      await tx.query(bumpEffect, [id, (rows[0]?.times ?? 0) + 1]);
    });
    expect(attempts).toBe(2);
    expect(await probe.effects(id)).toBe(2);
  });

  it('gives up a conflict that stays', async () => {
    let attempts = 0;
    const conflict = run(() => {
      attempts += 1;
      return Promise.reject(Object.assign(new Error('deadlock detected'), { code: '40P01' }));
    });
    await expect(conflict).rejects.toThrow('deadlock');
    expect(attempts).toBe(4);
  });

  it('refuses what does not fit its queue, and does the rest', async () => {
    const narrow = new WriteLane(transactions, { maxGroup: 2, maxInFlight: 1, maxQueued: 3 });
    const works = Array.from({ length: 5 }, (_unused, index) =>
      narrow.run({ keys: [String(index)], cause: newCause(), perform: () => Promise.resolve(index) }),
    );
    const outcomes = await Promise.allSettled(works);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']);
  });

  it('refuses to tell a fact that breaks its contract', async () => {
    const id = newId();
    await expect(run((tx) => Promise.resolve(tx.say(deliverySucceeded, { id, version: 1 }, { ...fact(id), attempts: 0 })))).rejects.toThrow(
      'does not fit its contract',
    );
  });

  it('keeps events insert-only', async () => {
    await expect(probe.db.query('update events set type = type')).rejects.toThrow('insert-only');
    await expect(probe.db.query('delete from events')).rejects.toThrow('insert-only');
  });

  it('does what was asked for after the commit only then', async () => {
    const done: string[] = [];
    await run((tx) => Promise.resolve(tx.afterCommit(() => done.push('committed'))));
    await run((tx) => {
      tx.afterCommit(() => done.push('rolled back'));
      return Promise.reject(new Error('no'));
    }).catch(() => undefined);
    expect(done).toEqual(['committed']);
  });
});
