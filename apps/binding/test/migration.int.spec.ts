import { expect, it } from '@jest/globals';
import { SecretBox } from '@tillbridge/kernel';
import { MessagingTables1767225600000 } from '@tillbridge/messaging';
import { migrate } from '@tillbridge/platform';
import { createTestDatabase } from '@tillbridge/testkit';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { migrations } from '../src/app.module.js';
import { BindingTables1767225600100 } from '../src/store/migration.js';

it('a database from before keeps all that it has: secrets, tokens, terminals and bindings', async () => {
  const before = [MessagingTables1767225600000, BindingTables1767225600100];
  const database = await createTestDatabase('binding_before', async (url) => {
    await migrate(url, before);
  });
  const sql = new pg.Pool({ connectionString: database.url, max: 1 });
  const box = new SecretBox(new Map([['k1', randomBytes(32)]]), 'k1');
  try {
    const secrets = [box.seal('first secret'), box.seal('second secret')];
    await sql.query(`insert into developers values ('c2', 1, 'Two', $1, '2026-01-02'), ('c1', 1, 'One', $2, '2026-01-01')`, [
      secrets,
      secrets.slice(0, 1),
    ]);
    await sql.query(`insert into merchants select client_id, 'm', 1, 'Shop', '840', registered_at from developers`);
    await sql.query(
      `insert into merchant_tokens select gen_random_uuid(), 1, client_id, client_id, 'm', 'Terminal', registered_at from developers`,
    );
    await sql.query(
      `insert into terminals select gen_random_uuid(), 1, client_id, 'm', 'SN1', '0', client_id, registered_at from developers`,
    );
    await sql.query(`insert into tills select gen_random_uuid(), 1, client_id, 'm', 'P1', terminal_uid, registered_at from terminals`);
    await sql.end();

    expect(await migrate(database.url, migrations)).toEqual(['IdentityLife1767225600400', 'MerchantPolicies1767225600500']);

    const after = new pg.Pool({ connectionString: database.url, max: 1 });
    const moved = await after.query<{ client_id: string; slot: number; sealed: string; key_id: string }>(
      'select * from client_secrets order by client_id, slot',
    );
    expect(moved.rows.map(({ client_id: id, slot, sealed, key_id: key }) => [id, slot, box.open(sealed).reveal(), key])).toEqual([
      ['c1', 1, 'first secret', 'k1'],
      ['c2', 1, 'first secret', 'k1'],
      ['c2', 2, 'second secret', 'k1'],
    ]);
    for (const table of ['developers', 'merchants', 'merchant_tokens', 'terminals', 'tills']) {
      const { rows } = await after.query<{ client_id: string; record_no: string }>(`select * from ${table} order by record_no`);
      expect([table, ...rows.map((row) => [row.client_id, row.record_no])]).toEqual([table, ['c1', '1'], ['c2', '2']]);
    }
    await after.query(
      `insert into merchants (client_id, merchant_id, version, name, currency_code, registered_at) values ('c1', 'n', 1, 'x', '840', now())`,
    );
    const { rows } = await after.query(`select standing, terminal_policy, record_no from merchants where merchant_id = 'n'`);
    expect(rows).toEqual([{ standing: 'active', terminal_policy: 'enrolled-only', record_no: '3' }]);
    const policies = await after.query(`select distinct late_results, deadline_seconds from merchants`);
    expect(policies.rows).toEqual([{ late_results: 'attach', deadline_seconds: 180 }]);
    await after.end();
  } finally {
    await database.drop();
  }
}, 30_000);
