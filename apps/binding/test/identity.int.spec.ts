import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  addClientSecret,
  changeDeveloper,
  changeMerchant,
  changeTerminal,
  findMerchantAccess,
  issueMerchantToken,
  listDevelopers,
  removeClientSecret,
  resealClientSecrets,
  revokeMerchantToken,
  type AuditEntryV1,
} from '@tillbridge/contracts';
import { newClientSecret, newId, newMerchantToken, sha256Hex } from '@tillbridge/kernel';
import { eventually } from '@tillbridge/testkit';
import { keyOf, TestRegistry } from './test-registry.js';

const CHANGED = { outcome: 'done', value: { changed: true } };
const UNCHANGED = { outcome: 'done', value: { changed: false }, replayed: true };
const refusedAs = (name: string): object => ({ outcome: 'refused', refusal: { name } });
const SOON_MS = 5_000;

let registry: TestRegistry;
beforeAll(async () => {
  registry = await TestRegistry.start('production');
}, 60_000);
afterAll(() => registry.stop(), 30_000);

/** Whose credentials were told as changed, in order. */
const forgotten = async (clientId: string) =>
  (await registry.toldOf({ clientId })).filter(({ name }) => name === 'credentials-changed').map(({ payload }) => payload);
const secretsOf = async (clientId: string) => {
  const [developer] = await registry.readAll(listDevelopers, { id: clientId });
  return developer!.secrets;
};

describe('two developers', () => {
  it('with the same merchant number, posId and serial number touch nothing of each other', async () => {
    const [mine, theirs] = [await registry.newMerchant('10800000003'), await registry.newMerchant('10800000003')];
    const sn = `SN${mine.clientId}`;
    const [{ key: myKey }, { key: theirKey }] = [await registry.newTerminal(mine, sn), await registry.newTerminal(theirs, sn)];
    for (const merchant of [mine, theirs]) expect(await registry.bind(merchant, 'P1', sn)).toMatchObject({ outcome: 'done' });

    await registry.ask(changeMerchant, { ...keyOf(mine), standing: 'suspended' });
    expect(await registry.find(theirs, 'P1')).toMatchObject({ outcome: 'done' });
    expect(await registry.authenticate(sn, theirKey)).toMatchObject({ outcome: 'done' });
    expect(await registry.authenticate(sn, myKey)).toMatchObject(refusedAs('terminal-unknown'));
    expect(await registry.findCaller(theirs.clientId, theirs.token)).toMatchObject({ value: { merchantStanding: 'active' } });
    expect(await registry.findCaller(mine.clientId, mine.token)).toMatchObject({ value: { merchantStanding: 'suspended' } });
    for (const { clientId } of await forgotten(mine.clientId)) expect(clientId).toBe(mine.clientId);
    expect(await forgotten(theirs.clientId)).toEqual([]);
  });
});

describe('a suspended developer', () => {
  it('has no valid token, no merchant and no terminal, until it is let in again', async () => {
    const merchant = await registry.newMerchant();
    const { clientId, token } = merchant;
    const sn = `SN${clientId}`;
    const { key } = await registry.newTerminal(merchant, sn);
    const open = async () => ({
      caller: (await registry.findCaller(clientId, token)).outcome,
      access: (await registry.read(findMerchantAccess, keyOf(merchant))).outcome,
      terminal: (await registry.authenticate(sn, key)).outcome,
      binding: (await registry.bind(merchant, 'P1', sn)).outcome,
    });
    expect(await registry.ask(changeDeveloper, { clientId, standing: 'suspended' })).toEqual(CHANGED);
    expect(await registry.ask(changeDeveloper, { clientId, standing: 'suspended' })).toEqual(UNCHANGED);
    expect(await open()).toEqual({ caller: 'refused', access: 'refused', terminal: 'refused', binding: 'refused' });
    expect(await registry.findCaller(clientId, token)).toMatchObject(refusedAs('token-invalid'));
    expect(await registry.read(findMerchantAccess, keyOf(merchant))).toMatchObject(refusedAs('client-mismatch'));
    await registry.ask(changeDeveloper, { clientId, standing: 'active' });
    expect(await open()).toEqual({ caller: 'done', access: 'done', terminal: 'done', binding: 'done' });
    expect(await forgotten(clientId)).toEqual([
      { clientId, version: 2 },
      { clientId, version: 3 },
    ]);
  });

  it('is not what one is whose unsigned calls are switched off, or who is renamed', async () => {
    const { clientId, token } = await registry.newMerchant();
    await registry.ask(changeDeveloper, { clientId, name: 'New name' });
    expect(await forgotten(clientId)).toEqual([]);
    await registry.ask(changeDeveloper, { clientId, unsignedAllowed: false });
    expect(await registry.findCaller(clientId, token)).toMatchObject({ outcome: 'done', value: { unsignedAllowed: false } });
    expect(await forgotten(clientId)).toEqual([{ clientId, version: 3 }]);
    expect(await registry.ask(changeDeveloper, { clientId: 'nobody', name: 'x' })).toMatchObject(refusedAs('record-unknown'));
  });
});

describe('the secrets of a developer', () => {
  it('rotate without a gap: two are valid at once, and never three or none', async () => {
    const { clientId, clientSecret: first, token } = await registry.newMerchant();
    const second = { clientId, secretUid: newId(), clientSecret: newClientSecret() };
    const valid = async () => ((await registry.findCaller(clientId, token)) as { value: { clientSecrets: string[] } }).value.clientSecrets;
    expect(await registry.ask(addClientSecret, second)).toEqual(CHANGED);
    expect(await registry.ask(addClientSecret, second)).toEqual(UNCHANGED);
    expect(await valid()).toEqual([first, second.clientSecret]);
    const third = { clientId, secretUid: newId(), clientSecret: newClientSecret() };
    expect(await registry.ask(addClientSecret, third)).toMatchObject(refusedAs('record-conflict'));

    const { secretUid } = (await secretsOf(clientId))[0]!;
    expect(await registry.ask(removeClientSecret, { clientId, secretUid })).toEqual(CHANGED);
    expect(await registry.ask(removeClientSecret, { clientId, secretUid })).toEqual(UNCHANGED);
    expect(await valid()).toEqual([second.clientSecret]);
    expect(await registry.ask(removeClientSecret, { clientId, secretUid: second.secretUid })).toMatchObject(refusedAs('record-conflict'));
    expect(await registry.ask(addClientSecret, third)).toEqual(CHANGED);
    expect(await valid()).toEqual([second.clientSecret, third.clientSecret]);
    expect(await forgotten(clientId)).toEqual([2, 3, 4].map((version) => ({ clientId, version })));
  });

  it('are two at most also when many are added at the same moment', async () => {
    const { clientId } = await registry.newMerchant();
    await registry.addReplica();
    const add = () => registry.ask(addClientSecret, { clientId, secretUid: newId(), clientSecret: newClientSecret() });
    const outcomes = await Promise.all(Array.from({ length: 10 }, add));
    expect(outcomes.filter(({ outcome }) => outcome === 'done')).toHaveLength(1);
    expect(await secretsOf(clientId)).toHaveLength(2);
    const third = `insert into client_secrets (secret_uid, client_id, slot, sealed, created_at) values (gen_random_uuid(), $1, 2, 'v1.k1.x', now())`;
    await expect(registry.sql.query(third, [clientId])).rejects.toMatchObject({ constraint: 'client_secrets_slot_unique' });
  });

  it('belong to their developer alone', async () => {
    const [mine, theirs] = [await registry.newMerchant(), await registry.newMerchant()];
    const { secretUid } = (await secretsOf(theirs.clientId))[0]!;
    expect(await registry.ask(removeClientSecret, { clientId: mine.clientId, secretUid })).toMatchObject(refusedAs('record-unknown'));
    const taken = { clientId: mine.clientId, secretUid, clientSecret: newClientSecret() };
    expect(await registry.ask(addClientSecret, taken)).toMatchObject(refusedAs('invalid-field'));
  });

  it('are encrypted anew under a new key, in steps until none is left, and open without the old one then', async () => {
    const merchants = [await registry.newMerchant(), await registry.newMerchant(), await registry.newMerchant()];
    const { rows } = await registry.sql.query<{ count: number }>(
      'select count(*)::int as count from client_secrets where sealed is not null',
    );
    const all = rows[0]!.count;
    await registry.restartWithKey('k2', { keepsOld: true });
    expect(await registry.ask(resealClientSecrets, { limit: 2 })).toMatchObject({ value: { resealed: 2, left: all - 2 } });
    for (let left = all - 2; left > 0;) {
      const step = await registry.ask(resealClientSecrets, { limit: 2 });
      if (step.outcome !== 'done') throw new Error(JSON.stringify(step));
      expect(step.value.left).toBe(left - step.value.resealed);
      left = step.value.left;
    }
    expect(await registry.ask(resealClientSecrets, { limit: 2 })).toMatchObject({ value: { resealed: 0, left: 0 } });
    await registry.restartWithKey('k2', { keepsOld: false });
    for (const { clientId, token, clientSecret } of merchants) {
      expect(await registry.findCaller(clientId, token)).toMatchObject({ outcome: 'done', value: { clientSecrets: [clientSecret] } });
      expect(await secretsOf(clientId)).toMatchObject([{ keyId: 'k2' }]);
      expect(await forgotten(clientId)).toEqual([]);
    }
  });
});

describe('a token', () => {
  it('works no more once it is revoked, and cannot be had again', async () => {
    const merchant = await registry.newMerchant();
    const { clientId, merchantId } = merchant;
    const [tokenUid, token] = [newId(), newMerchantToken()];
    await registry.issueToken(merchant, token, tokenUid);
    const access = () => registry.read(findMerchantAccess, keyOf(merchant));
    expect(await access()).toEqual({
      outcome: 'done',
      value: { clientSecrets: [merchant.clientSecret], unsignedAllowed: true, merchantName: 'Corner Shop', revocations: 0 },
    });
    expect(await registry.ask(revokeMerchantToken, { tokenUid, by: 'olga' })).toEqual(CHANGED);
    expect(await registry.ask(revokeMerchantToken, { tokenUid, by: 'olga' })).toEqual(UNCHANGED);
    expect(await registry.findCaller(clientId, token)).toMatchObject(refusedAs('token-invalid'));
    expect(await registry.findCaller(clientId, merchant.token)).toMatchObject({ outcome: 'done' });
    expect(await registry.issueToken(merchant, token, tokenUid)).toMatchObject(refusedAs('record-conflict'));
    expect(await access()).toMatchObject({ value: { revocations: 1 } });
    expect(await forgotten(clientId)).toEqual([{ clientId, merchantId, tokenUid, version: 2 }]);
    expect(await registry.ask(revokeMerchantToken, { tokenUid: newId() })).toMatchObject(refusedAs('record-unknown'));
  });

  it('ends at its time', async () => {
    const merchant = await registry.newMerchant();
    const [token, expiresAt] = [newMerchantToken(), new Date(Date.now() + 1_500).toISOString()];
    expect(await registry.issueToken(merchant, token, newId(), { expiresAt })).toEqual(CHANGED);
    expect(await registry.findCaller(merchant.clientId, token)).toMatchObject({ outcome: 'done', value: { tokenExpiresAt: expiresAt } });
    await eventually(
      async () => expect(await registry.findCaller(merchant.clientId, token)).toMatchObject(refusedAs('token-invalid')),
      SOON_MS,
    );
    expect(await registry.issueToken(merchant, newMerchantToken(), newId(), { expiresAt })).toMatchObject(refusedAs('invalid-field'));
  });

  it('of a suspended merchant is not given to a developer, who does not even learn its name', async () => {
    const merchant = await registry.newMerchant();
    await registry.ask(changeMerchant, { ...keyOf(merchant), standing: 'suspended' });
    expect(await registry.read(findMerchantAccess, keyOf(merchant))).toEqual({
      outcome: 'done',
      value: { clientSecrets: [merchant.clientSecret], unsignedAllowed: true, revocations: 0 },
    });
    expect(await registry.issueToken(merchant, newMerchantToken())).toMatchObject(refusedAs('not-yours'));
    expect(await registry.read(findMerchantAccess, { clientId: merchant.clientId, merchantId: 'none' })).toMatchObject({
      value: { revocations: 0 },
    });
  });
});

describe('a terminal', () => {
  it('that is suspended, or whose key was taken back, is unknown; and only that terminal is told', async () => {
    const merchant = await registry.newMerchant();
    const { clientId, merchantId } = merchant;
    const sn = `SN${clientId}`;
    const { key } = await registry.newTerminal(merchant, sn);
    const found = await registry.authenticate(sn, key);
    const terminalUid = found.outcome === 'done' ? found.value.terminalUid : '';
    await registry.ask(changeTerminal, { terminalUid, terminalId: '12345678' });
    for (const standing of ['suspended', 'active'] as const) {
      expect(await registry.ask(changeTerminal, { terminalUid, standing })).toEqual(CHANGED);
      expect(await registry.authenticate(sn, key)).toMatchObject(standing === 'active' ? found : refusedAs('terminal-unknown'));
    }
    expect(await registry.ask(changeTerminal, { terminalUid, revokeKey: true })).toEqual(CHANGED);
    expect(await registry.authenticate(sn, key)).toMatchObject(refusedAs('terminal-unknown'));
    expect(await forgotten(clientId)).toEqual([3, 4, 5].map((version) => ({ clientId, merchantId, terminalUid, version })));
    expect(await registry.ask(changeTerminal, { terminalUid: newId(), standing: 'active' })).toMatchObject(refusedAs('record-unknown'));
  });
});

describe('the audit log', () => {
  const entryOf = ({ by, action, kind, recordId, correlationId }: AuditEntryV1) => ({ by, action, kind, recordId, correlationId });

  it('has one entry for each change, with who, what, before and after, and the id of the call', async () => {
    const merchant = await registry.newMerchant();
    const { clientId, merchantId } = merchant;
    const earlier = (await registry.audited(merchant)).length;
    const tokenUid = newId();
    const token = { tokenUid, ...keyOf(merchant), channel: 'Terminal' as const, tokenHash: sha256Hex(newMerchantToken()) };
    for (let time = 0; time < 2; time += 1) {
      await registry.ask(changeMerchant, { ...keyOf(merchant), name: 'New name', by: 'olga' }, 'call-1');
      await registry.ask(changeMerchant, { ...keyOf(merchant), merchantId: 'none', name: 'x', by: 'olga' });
      await registry.ask(issueMerchantToken, token, 'call-2');
      await registry.bind(merchant, 'P1', 'nowhere');
    }
    const entries = (await registry.audited(merchant)).slice(earlier);
    expect(entries.map(entryOf)).toEqual([
      { by: 'olga', action: 'change-merchant', kind: 'merchant', recordId: merchantId, correlationId: 'call-1' },
      { by: 'developer', action: 'issue-merchant-token', kind: 'merchant-token', recordId: tokenUid, correlationId: 'call-2' },
    ]);
    const [changed, issued] = entries;
    expect(changed).toMatchObject({
      before: { name: 'Corner Shop', version: 1 },
      after: { name: 'New name', version: 2 },
      clientId,
      merchantId,
    });
    expect(issued).toMatchObject({ after: { tokenUid, version: 1 } });
    expect(issued).not.toHaveProperty('before');
  });

  it('is never changed', async () => {
    for (const change of [`update audit_log set by = 'nobody'`, 'delete from audit_log', 'truncate audit_log'])
      await expect(registry.sql.query(change)).rejects.toThrow('insert-only');
  });
});
