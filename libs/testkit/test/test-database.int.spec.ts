import { describe, expect, test } from '@jest/globals';
import pg from 'pg';

import { createTestDatabase, testNatsUrl } from '../src/test-database.js';

async function run(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

describe('a test database', () => {
  test('is a fresh clone of a schema that is made once, even when many ask at once', async () => {
    let migrations = 0;
    const migrate = async (url: string): Promise<void> => {
      migrations += 1;
      await run(url, 'create table things (id int)');
    };
    const [one, two] = await Promise.all([createTestDatabase('things', migrate), createTestDatabase('things', migrate)]);
    await run(one.url, 'insert into things values (1)');
    expect(await run(one.url, 'select id from things')).toEqual([{ id: 1 }]);
    expect(await run(two.url, 'select id from things')).toEqual([]);
    expect(migrations).toBe(1);
    await Promise.all([one.drop(), two.drop()]);
    await expect(run(one.url, 'select 1')).rejects.toThrow('does not exist');
  });

  test('is made anew after its migration failed', async () => {
    const failing = createTestDatabase('broken', () => Promise.reject(new Error('bad migration')));
    await expect(failing).rejects.toThrow('bad migration');
    const mended = await createTestDatabase('broken', async (url) => {
      await run(url, 'create table fine ()');
    });
    expect(await run(mended.url, 'select * from fine')).toEqual([]);
    await mended.drop();
  });

  test('and the bus are those of this run', async () => {
    const run = process.env['TILLBRIDGE_TEST_RUN'];
    expect(await testNatsUrl()).toBe(process.env['TILLBRIDGE_TEST_NATS_URL']);
    process.env['TILLBRIDGE_TEST_RUN'] = 'run-of-somebody-else';
    try {
      await expect(testNatsUrl()).rejects.toThrow('not the one of this test run');
      await expect(createTestDatabase('things', () => Promise.resolve())).rejects.toThrow('not the one of this test run');
    } finally {
      process.env['TILLBRIDGE_TEST_RUN'] = run;
    }
  });
});
