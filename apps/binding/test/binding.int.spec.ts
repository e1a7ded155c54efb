import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newClientSecret, newId, newMerchantToken, newPlatformId, newTerminalKey } from '@tillbridge/kernel';
import { eventually } from '@tillbridge/testkit';
import { TestRegistry } from './test-registry.js';

const SOON_MS = 5_000;
const CHANGED = { outcome: 'done', value: { changed: true } };
const UNCHANGED = { outcome: 'done', value: { changed: false }, replayed: true };
const refusedAs = (name: string): object => ({ outcome: 'refused', refusal: { name } });

let registry: TestRegistry;
beforeAll(async () => {
  registry = await TestRegistry.start('production');
}, 60_000);
afterAll(() => registry.stop(), 30_000);

const factsOf = async (clientId: string, name: string) => (await registry.toldOf({ clientId })).filter((fact) => fact.name === name);

describe('a registration', () => {
  it('is told once, however often it is asked for', async () => {
    const developer = { clientId: newPlatformId(new Date()), name: 'Demo Tills Ltd', clientSecret: newClientSecret() };
    const merchant = { clientId: developer.clientId, merchantId: '10800000003' };
    const [tokenUid, token, key] = [newId(), newMerchantToken(), newTerminalKey()];
    expect(await registry.registerDeveloper(developer)).toEqual(CHANGED);
    expect(await registry.registerDeveloper(developer)).toEqual(UNCHANGED);
    expect(await registry.registerMerchant(merchant)).toEqual(CHANGED);
    expect(await registry.registerMerchant(merchant)).toEqual(UNCHANGED);
    expect(await registry.issueToken(merchant, token, tokenUid)).toEqual(CHANGED);
    expect(await registry.issueToken(merchant, token, tokenUid)).toEqual(UNCHANGED);
    expect(await registry.enrol(merchant, 'SN1', key)).toEqual(CHANGED);
    expect(await registry.enrol(merchant, 'SN1', key)).toEqual(UNCHANGED);
    const told = await registry.toldOf(developer);
    expect(told.map(({ name, version }) => [name, version])).toEqual([
      ['developer-registered', 1],
      ['merchant-registered', 1],
      ['merchant-token-issued', 1],
      ['terminal-registered', 1],
    ]);
    await eventually(async () => expect(await registry.unshipped()).toBe(0), SOON_MS);
  });

  it("never replaces a developer's secret", async () => {
    const merchant = await registry.newMerchant();
    const intruder = { clientId: merchant.clientId, name: 'Demo Tills Ltd', clientSecret: newClientSecret() };
    expect(await registry.registerDeveloper(intruder)).toMatchObject(refusedAs('invalid-field'));
    expect(await registry.findCaller(merchant.clientId, merchant.token)).toMatchObject({
      value: { clientSecrets: [merchant.clientSecret] },
    });
  });

  it('changes the currency of a merchant for the calls that come after it', async () => {
    const merchant = await registry.newMerchant();
    expect(await registry.registerMerchant(merchant, { name: 'Corner Shop', currencyCode: '978' })).toEqual(CHANGED);
    expect(await registry.findCaller(merchant.clientId, merchant.token)).toMatchObject({ value: { currencyCode: '978' } });
    expect((await factsOf(merchant.clientId, 'merchant-registered')).map(({ version }) => version)).toEqual([1, 2]);
  });

  it("gives one answer for what does not exist and for what is another developer's", async () => {
    const [mine, theirs] = [await registry.newMerchant(), await registry.newMerchant()];
    const foreign = { clientId: mine.clientId, merchantId: theirs.merchantId };
    const missing = { clientId: mine.clientId, merchantId: 'none' };
    for (const merchant of [foreign, missing]) {
      const notYours = { outcome: 'refused', refusal: { name: 'not-yours', detail: `merchantId ${merchant.merchantId}` } };
      expect(await registry.issueToken(merchant, newMerchantToken())).toEqual(notYours);
      expect(await registry.enrol(merchant, 'SN1', newTerminalKey())).toEqual(notYours);
      expect(await registry.bind(merchant, 'P1', 'SN1')).toEqual(notYours);
      expect(await registry.list(merchant)).toEqual(notYours);
    }
    expect(await registry.registerMerchant({ clientId: 'nobody', merchantId: 'none' })).toMatchObject(refusedAs('not-yours'));
  });

  it('leaves no secret, token or key in any table', async () => {
    const merchant = await registry.newMerchant();
    const { key } = await registry.newTerminal(merchant, 'SN1');
    const dump = await registry.dump();
    expect(dump).toContain(merchant.clientId);
    for (const secret of [merchant.clientSecret, merchant.token, key]) expect(dump).not.toContain(secret);
  });
});

describe('who calls', () => {
  it('is known by token and clientId together', async () => {
    const { clientId, merchantId, clientSecret, token } = await registry.newMerchant();
    const value = { clientId, merchantId, clientSecrets: [clientSecret], currencyCode: '840', channel: 'Terminal', unsignedAllowed: true };
    expect(await registry.findCaller(clientId, token)).toMatchObject({ outcome: 'done', value: { ...value, merchantStanding: 'active' } });
  });

  it('is refused for an unknown token before a clientId that does not belong with it', async () => {
    const [mine, theirs] = [await registry.newMerchant(), await registry.newMerchant()];
    expect(await registry.findCaller(mine.clientId, newMerchantToken())).toMatchObject(refusedAs('token-invalid'));
    expect(await registry.findCaller('nobody', newMerchantToken())).toMatchObject(refusedAs('token-invalid'));
    expect(await registry.findCaller(theirs.clientId, mine.token)).toMatchObject(refusedAs('client-mismatch'));
    expect(await registry.findCaller('nobody', mine.token)).toMatchObject(refusedAs('client-mismatch'));
  });
});

describe('a binding', () => {
  it('is told once and listed; the same again changes nothing, another terminal replaces it', async () => {
    const merchant = await registry.newMerchant();
    await registry.newTerminal(merchant, 'SN1');
    await registry.newTerminal(merchant, 'SN2');
    const first = await registry.bind(merchant, 'P1', 'SN1');
    expect(first).toMatchObject({ outcome: 'done' });
    expect(await registry.bind(merchant, 'P1', 'SN1')).toEqual({ ...first, replayed: true });
    expect(await registry.list(merchant)).toEqual({
      outcome: 'done',
      value: { bindings: [{ posId: 'P1', terminalSn: 'SN1', terminalId: '00000000' }] },
    });
    expect(await registry.bind(merchant, 'P1', 'SN2', { mayRebind: true })).toMatchObject({ outcome: 'done' });
    expect(await registry.list(merchant)).toMatchObject({ value: { bindings: [{ posId: 'P1', terminalSn: 'SN2' }] } });
    const told = await factsOf(merchant.clientId, 'terminal-bound');
    expect(told.map(({ version, payload }) => [version, payload['terminalSn']])).toEqual([
      [1, 'SN1'],
      [2, 'SN2'],
    ]);
    expect(new Set(told.map(({ payload }) => payload['tillUid'])).size).toBe(1);
  });

  it('is found for its till alone, and for no other till, merchant or developer', async () => {
    const [merchant, other] = [await registry.newMerchant('10800000003'), await registry.newMerchant('10800000003')];
    await registry.newTerminal(merchant, 'SN1');
    await registry.bind(merchant, 'P1', 'SN1');
    expect(await registry.find(merchant, 'P1')).toEqual({
      outcome: 'done',
      value: { posId: 'P1', terminalUid: expect.any(String), terminalSn: 'SN1', terminalId: '00000000' },
    });
    expect(await registry.find(merchant, 'P2')).toEqual({ outcome: 'refused', refusal: { name: 'till-not-bound', detail: 'posId P2' } });
    expect(await registry.find({ ...merchant, merchantId: 'none' }, 'P1')).toMatchObject(refusedAs('till-not-bound'));
    expect(await registry.find(other, 'P1')).toMatchObject(refusedAs('till-not-bound'));
  });

  it('is refused for one till more than a merchant may have; those there are can still be moved', async () => {
    const merchant = await registry.newMerchant();
    await Promise.all([registry.newTerminal(merchant, 'SN1'), registry.newTerminal(merchant, 'SN2')]);
    await registry.bind(merchant, 'P1', 'SN1');
    await registry.sql.query(
      `insert into tills (till_uid, version, client_id, merchant_id, pos_id, terminal_uid, changed_at)
       select gen_random_uuid(), 1, client_id, merchant_id, 'Q' || n, terminal_uid, changed_at from tills, generate_series(2, 5000) as n
       where client_id = $1`,
      [merchant.clientId],
    );
    expect(await registry.bind(merchant, 'P2', 'SN1')).toMatchObject(refusedAs('invalid-field'));
    expect(await registry.bind(merchant, 'P1', 'SN2', { mayRebind: true })).toMatchObject({ outcome: 'done' });
    const listed = await registry.list(merchant);
    expect(listed.outcome === 'done' ? listed.value.bindings.length : listed).toBe(5_000);
  });

  it('lets several tills share a terminal, and lists them in order', async () => {
    const merchant = await registry.newMerchant();
    await registry.newTerminal(merchant, 'SN1');
    expect(await registry.list(merchant)).toEqual({ outcome: 'done', value: { bindings: [] } });
    await Promise.all(['P3', 'P1', 'P2'].map((posId) => registry.bind(merchant, posId, 'SN1')));
    expect(await registry.list(merchant)).toMatchObject({ value: { bindings: [{ posId: 'P1' }, { posId: 'P2' }, { posId: 'P3' }] } });
  });

  it('needs a terminal that was enrolled for this merchant, whoever else has one of that serial number', async () => {
    const [mine, theirs] = [await registry.newMerchant('10800000003'), await registry.newMerchant('10800000003')];
    await registry.newTerminal(theirs, 'SN1');
    expect(await registry.bind(mine, 'P1', 'SN1')).toEqual({
      outcome: 'refused',
      refusal: { name: 'terminal-unknown', detail: 'terminalSn SN1' },
    });
    expect(await registry.list(mine)).toMatchObject({ value: { bindings: [] } });
  });

  it("cannot reach another tenant's terminal even past the code", async () => {
    const [mine, theirs] = [await registry.newMerchant(), await registry.newMerchant()];
    await registry.newTerminal(mine, 'SN1');
    await registry.newTerminal(theirs, 'SN1');
    await registry.bind(mine, 'P1', 'SN1');
    const move = `update tills set terminal_uid = (select terminal_uid from terminals where client_id = $2) where client_id = $1`;
    await expect(registry.sql.query(move, [mine.clientId, theirs.clientId])).rejects.toMatchObject({ constraint: 'tills_terminal_fk' });
  });

  it('has gapless versions when many bind one till at the same time', async () => {
    const merchant = await registry.newMerchant();
    await Promise.all([registry.newTerminal(merchant, 'SN1'), registry.newTerminal(merchant, 'SN2')]);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => registry.bind(merchant, 'P1', `SN${1 + (index % 2)}`, { mayRebind: true })),
    );
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['done']));
    const versions = (await factsOf(merchant.clientId, 'terminal-bound')).map(({ version }) => version);
    expect(versions).toEqual(versions.map((_, index) => index + 1));
  });
});

describe('a terminal', () => {
  it('is known by its serial number and key, and keeps its uid when the key changes', async () => {
    const merchant = await registry.newMerchant();
    const sn = `SN${merchant.clientId}`;
    const { key } = await registry.newTerminal(merchant, sn);
    const before = await registry.authenticate(sn, key);
    expect(before).toMatchObject({ outcome: 'done', value: { clientId: merchant.clientId, merchantId: merchant.merchantId } });
    const newKey = newTerminalKey();
    expect(await registry.enrol(merchant, sn, newKey)).toEqual(CHANGED);
    expect(await registry.authenticate(sn, newKey)).toEqual(before);
    expect(await registry.authenticate(sn, key)).toMatchObject(refusedAs('terminal-unknown'));
    expect(await registry.authenticate('another', newKey)).toMatchObject(refusedAs('terminal-unknown'));
  });

  it("is not mistaken for another merchant's terminal of the same serial number", async () => {
    const [mine, theirs] = [await registry.newMerchant(), await registry.newMerchant()];
    const sn = `SN${mine.clientId}`;
    const [{ key: myKey }, { key: theirKey }] = [await registry.newTerminal(mine, sn), await registry.newTerminal(theirs, sn)];
    expect(await registry.authenticate(sn, myKey)).toMatchObject({ value: { clientId: mine.clientId } });
    expect(await registry.authenticate(sn, theirKey)).toMatchObject({ value: { clientId: theirs.clientId } });
    expect(await registry.enrol(theirs, sn, myKey)).toMatchObject(refusedAs('invalid-field'));
    expect(await registry.authenticate(sn, myKey)).toMatchObject({ value: { clientId: mine.clientId } });
  });
});

describe('in a sandbox, with two replicas', () => {
  let sandbox: TestRegistry;
  beforeAll(async () => {
    sandbox = await TestRegistry.start('sandbox');
    await sandbox.addReplica();
  }, 60_000);
  afterAll(() => sandbox.stop(), 30_000);

  it('a terminal that was never enrolled is created once, also when many tills bring it at the same time', async () => {
    const merchant = await sandbox.newMerchant();
    const posIds = Array.from({ length: 12 }, (_, index) => `P${index}`);
    const outcomes = await Promise.all(posIds.map((posId) => sandbox.bind(merchant, posId, 'SN1', { terminalId: '12345678' })));
    const uids = outcomes.map((outcome) => (outcome.outcome === 'done' ? outcome.value.terminalUid : outcome));
    expect(new Set(uids).size).toBe(1);
    const told = await sandbox.toldOf(merchant);
    expect(told.filter(({ name }) => name === 'terminal-registered').map(({ payload }) => payload)).toMatchObject([
      { terminalSn: 'SN1', terminalId: '12345678', terminalUid: uids[0] },
    ]);
    expect(told.filter(({ name }) => name === 'terminal-bound')).toHaveLength(posIds.length);
  });

  it('it cannot connect before it is enrolled, and keeps its uid when it is', async () => {
    const merchant = await sandbox.newMerchant();
    const sn = `SN${merchant.clientId}`;
    const bound = await sandbox.bind(merchant, 'P1', sn);
    expect(await sandbox.authenticate(sn, '')).toMatchObject(refusedAs('terminal-unknown'));
    const { key } = await sandbox.newTerminal(merchant, sn);
    const uid = bound.outcome === 'done' ? bound.value.terminalUid : undefined;
    expect(await sandbox.authenticate(sn, key)).toMatchObject({ outcome: 'done', value: { terminalUid: uid } });
  });
});
