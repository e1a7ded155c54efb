import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  addClientSecret,
  bindTill,
  changeDeveloper,
  changeMerchant,
  changeTerminal,
  changeTill,
  enrolTerminal,
  inviteTerminal,
  issueMerchantToken,
  listAuditEntries,
  listDevelopers,
  listMerchants,
  listMerchantTokens,
  listPairingCodes,
  listTerminals,
  listTills,
  pairTerminal,
  registerDeveloper,
  registerMerchant,
  removeClientSecret,
  revokeMerchantToken,
  revokePairingCode,
  unbindTill,
  type Page,
  type PageRequestV1,
  type PairingCodeState,
  type QueryDefinition,
} from '@tillbridge/contracts';
import { newClientSecret, newId, newMerchantToken, newPairingCode, newPlatformId, newTerminalKey, sha256Hex } from '@tillbridge/kernel';
import { keyOf, TestRegistry, type Merchant } from './test-registry.js';

const CHANGED = { outcome: 'done', value: { changed: true } };
const UNCHANGED = { outcome: 'done', value: { changed: false }, replayed: true };
const refusedAs = (name: string): object => ({ outcome: 'refused', refusal: { name } });
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

let registry: TestRegistry;
beforeAll(async () => {
  registry = await TestRegistry.start('production');
  await registry.addReplica();
}, 60_000);
afterAll(() => registry.stop(), 30_000);

const bindingFacts = async ({ clientId }: Merchant) =>
  (await registry.toldOf({ clientId }))
    .filter(({ name }) => name === 'terminal-bound' || name === 'terminal-unbound')
    .map(({ name, version, payload }) => [name, version, payload['posId'], payload['terminalSn']]);

describe('a merchant', () => {
  it('decides about late results and deadlines; that is kept, told and listed', async () => {
    const merchant = await registry.newMerchant();
    const policies = { lateResults: 'auto-void', deadlineSeconds: 600 } as const;
    expect(await registry.ask(changeMerchant, { ...keyOf(merchant), ...policies })).toEqual(CHANGED);
    expect(await registry.ask(changeMerchant, { ...keyOf(merchant), ...policies })).toEqual(UNCHANGED);
    const told = (await registry.toldOf({ clientId: merchant.clientId })).filter(({ name }) => name === 'merchant-registered');
    expect(told.map(({ payload }) => [payload['lateResults'], payload['deadlineSeconds']])).toEqual([
      ['attach', 180],
      ['auto-void', 600],
    ]);
    expect(await registry.readAll(listMerchants, { clientId: merchant.clientId }, 5)).toMatchObject([policies]);
  });
});

describe('a till', () => {
  it('is not taken off its terminal by the way: rebinding has to be asked for', async () => {
    const merchant = await registry.newMerchant();
    await Promise.all(['SN1', 'SN2'].map((sn) => registry.newTerminal(merchant, sn)));
    await registry.bind(merchant, 'P1', 'SN1');
    expect(await registry.bind(merchant, 'P1', 'SN2')).toMatchObject(refusedAs('bound-otherwise'));
    expect(await registry.bind(merchant, 'P1', 'SN2', { mayRebind: true })).toMatchObject({ outcome: 'done' });
    expect(await bindingFacts(merchant)).toEqual([
      ['terminal-bound', 1, 'P1', 'SN1'],
      ['terminal-bound', 2, 'P1', 'SN2'],
    ]);
  });

  it('brings up a terminal that was never enrolled where the merchant lets it', async () => {
    const merchant = await registry.newMerchant();
    expect(await registry.bind(merchant, 'P1', 'SN1')).toMatchObject(refusedAs('terminal-unknown'));
    await registry.ask(changeMerchant, { ...keyOf(merchant), terminalPolicy: 'create-on-register' });
    expect(await registry.bind(merchant, 'P1', 'SN1')).toMatchObject({ outcome: 'done' });
  });

  it('is unbound by its posId, whatever else is said, and can be bound again', async () => {
    const merchant = await registry.newMerchant();
    await registry.newTerminal(merchant, 'SN1');
    await registry.bind(merchant, 'P1', 'SN1');
    const request = { ...keyOf(merchant), posId: 'P1', terminalId: '99999999' };
    expect(await registry.ask(unbindTill, request)).toEqual(CHANGED);
    expect(await registry.ask(unbindTill, request)).toEqual(UNCHANGED);
    expect(await registry.find(merchant, 'P1')).toMatchObject(refusedAs('till-not-bound'));
    expect(await registry.ask(unbindTill, { ...keyOf(merchant), posId: 'P9' })).toEqual({
      outcome: 'refused',
      refusal: { name: 'till-not-bound', detail: 'posId P9' },
    });
    await registry.bind(merchant, 'P1', 'SN1');
    expect(await bindingFacts(merchant)).toEqual([
      ['terminal-bound', 1, 'P1', 'SN1'],
      ['terminal-unbound', 2, 'P1', 'SN1'],
      ['terminal-bound', 3, 'P1', 'SN1'],
    ]);
    expect((await registry.audited(merchant)).slice(-3).map(({ by, action }) => [by, action])).toEqual([
      ['till', 'bind-till'],
      ['till', 'unbind-till'],
      ['till', 'bind-till'],
    ]);
  });

  it('is unbound by the TID of its terminal only when no other till is meant by it', async () => {
    const [merchant, other] = [await registry.newMerchant('10800000003'), await registry.newMerchant('10800000003')];
    for (const each of [merchant, other]) {
      await registry.enrol(each, 'SN1', newTerminalKey(), { terminalId: '11111111' });
      await registry.bind(each, 'P1', 'SN1');
    }
    await registry.bind(merchant, 'P2', 'SN1');
    const request = { ...keyOf(merchant), terminalId: '11111111' };
    const found = (count: number) => ({
      outcome: 'refused',
      refusal: { name: 'invalid-field', detail: `terminalId: expected the TID of exactly one bound till, found ${count}` },
    });
    expect(await registry.ask(unbindTill, request)).toEqual(found(2));
    await registry.ask(unbindTill, { ...keyOf(merchant), posId: 'P2' });
    expect(await registry.ask(unbindTill, request)).toEqual(CHANGED);
    expect(await registry.ask(unbindTill, request)).toEqual(found(0));
    expect(await registry.list(merchant)).toMatchObject({ value: { bindings: [] } });
    expect(await registry.list(other)).toMatchObject({ value: { bindings: [{ posId: 'P1' }] } });
  });

  it('that is suspended is bound for nobody, and has its terminal again when it works again', async () => {
    const merchant = await registry.newMerchant();
    await registry.newTerminal(merchant, 'SN1');
    const bound = await registry.bind(merchant, 'P1', 'SN1');
    const tillUid = bound.outcome === 'done' ? bound.value.tillUid : '';
    expect(await registry.ask(changeTill, { tillUid, standing: 'suspended', by: 'olga' })).toEqual(CHANGED);
    expect(await registry.ask(changeTill, { tillUid, standing: 'suspended', by: 'olga' })).toEqual(UNCHANGED);
    expect(await registry.find(merchant, 'P1')).toMatchObject(refusedAs('till-not-bound'));
    expect(await registry.list(merchant)).toMatchObject({ value: { bindings: [] } });
    expect(await registry.bind(merchant, 'P1', 'SN1')).toMatchObject(refusedAs('bound-otherwise'));
    expect(await registry.readAll(listTills, { id: tillUid })).toMatchObject([{ standing: 'suspended', terminalSn: 'SN1' }]);
    expect(await registry.ask(changeTill, { tillUid, standing: 'active' })).toEqual(CHANGED);
    expect(await registry.find(merchant, 'P1')).toMatchObject({ value: { terminalSn: 'SN1' } });
    expect(await bindingFacts(merchant)).toEqual([
      ['terminal-bound', 1, 'P1', 'SN1'],
      ['terminal-unbound', 2, 'P1', 'SN1'],
      ['terminal-bound', 3, 'P1', 'SN1'],
    ]);
  });
});

/** A terminal that was invited, and the code that it was invited with. */
async function invited(merchant: Merchant, more: { renew?: boolean; expiresAt?: string; terminalSn?: string } = {}) {
  const [code, codeUid, terminalSn] = [newPairingCode(), newId(), `SN${merchant.clientId}`];
  const terminal = { terminalUid: newId(), ...keyOf(merchant), terminalSn, terminalId: '12345678' };
  const request = { ...terminal, codeUid, codeHash: sha256Hex(code), expiresAt: inMs(900_000), ...more };
  return { code, codeUid, terminalSn: request.terminalSn, request, outcome: await registry.ask(inviteTerminal, request) };
}
const pair = (terminalSn: string, code: string, key: string) =>
  registry.ask(pairTerminal, { terminalSn, codeHash: sha256Hex(code), keyHash: sha256Hex(key) });
const stateOf = async (codeUid: string): Promise<PairingCodeState | undefined> =>
  (await registry.readAll(listPairingCodes, { id: codeUid }))[0]?.state;

describe('a pairing code', () => {
  it('works once, however many show it at the same moment', async () => {
    const merchant = await registry.newMerchant();
    const { code, codeUid, terminalSn } = await invited(merchant);
    const keys = Array.from({ length: 24 }, newTerminalKey);
    const outcomes = await Promise.all(keys.map((key) => pair(terminalSn, code, key)));
    const winners = keys.filter((_key, index) => outcomes[index]!.outcome === 'done');
    expect(winners).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === 'refused')).toHaveLength(23);
    for (const key of keys)
      expect(await registry.authenticate(terminalSn, key)).toMatchObject(
        winners.includes(key) ? { outcome: 'done' } : refusedAs('terminal-unknown'),
      );
    expect(await pair(terminalSn, code, winners[0]!)).toMatchObject({ outcome: 'done', replayed: true, value: { terminalId: '12345678' } });
    expect(await stateOf(codeUid)).toBe('used');
    const told = (await registry.toldOf(merchant)).map(({ name, version }) => `${name} ${version}`);
    expect(told.slice(3)).toEqual(['terminal-registered 1', 'terminal-registered 2', 'credentials-changed 2']);
    expect((await registry.audited(merchant)).slice(-2)).toMatchObject([
      { by: 'operator', action: 'invite-terminal', after: { hasKey: false, codeUid } },
      { by: 'terminal', action: 'pair-terminal', before: { hasKey: false }, after: { hasKey: true, codeUid } },
    ]);
  });

  it('that is wrong, another terminal’s, revoked, expired or of a suspended merchant is answered in one and the same way', async () => {
    const merchant = await registry.newMerchant();
    const { code, codeUid, terminalSn } = await invited(merchant);
    const invalid = { outcome: 'refused', refusal: { name: 'pairing-code-invalid' } };
    expect(await pair(terminalSn, newPairingCode(), newTerminalKey())).toEqual(invalid);
    expect(await pair('another', code, newTerminalKey())).toEqual(invalid);
    await registry.ask(changeMerchant, { ...keyOf(merchant), standing: 'suspended' });
    expect(await pair(terminalSn, code, newTerminalKey())).toEqual(invalid);
    await registry.ask(changeMerchant, { ...keyOf(merchant), standing: 'active' });
    expect(await registry.ask(revokePairingCode, { codeUid })).toEqual(CHANGED);
    expect(await registry.ask(revokePairingCode, { codeUid })).toEqual(UNCHANGED);
    expect(await pair(terminalSn, code, newTerminalKey())).toEqual(invalid);
    const short = await invited(merchant, { expiresAt: inMs(300) });
    expect(short.outcome).toMatchObject({ value: { invited: true } });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await pair(terminalSn, short.code, newTerminalKey())).toEqual(invalid);
    expect([await stateOf(codeUid), await stateOf(short.codeUid)]).toEqual(['revoked', 'expired']);
  });

  it('is open once per terminal, also in the database, and a new one ends the one before', async () => {
    const merchant = await registry.newMerchant();
    const first = await invited(merchant);
    expect((await invited(merchant)).outcome).toMatchObject({ value: { invited: false } });
    const renewed = await invited(merchant, { renew: true });
    expect(renewed.outcome).toMatchObject({ value: { invited: true } });
    expect([await stateOf(first.codeUid), await stateOf(renewed.codeUid)]).toEqual(['revoked', 'open']);
    expect(await pair(first.terminalSn, first.code, newTerminalKey())).toMatchObject(refusedAs('pairing-code-invalid'));
    const many = await Promise.all(Array.from({ length: 12 }, () => invited(merchant, { renew: true })));
    expect(new Set(many.map(({ outcome }) => outcome.outcome))).toEqual(new Set(['done']));
    const states = (await registry.readAll(listPairingCodes, keyOf(merchant))).map(({ state }) => state);
    expect(states.filter((state) => state === 'open')).toHaveLength(1);
    const second = `insert into pairing_codes (code_uid, client_id, merchant_id, terminal_uid, code_hash, created_at, expires_at)
      select gen_random_uuid(), client_id, merchant_id, terminal_uid, 'x', created_at, expires_at from pairing_codes where code_uid = $1`;
    await expect(registry.sql.query(second, [first.codeUid])).rejects.toMatchObject({ constraint: 'pairing_codes_one_open' });
  });

  it('leaves the key of a terminal alone until it is used, and is ended by an enrolment by hand', async () => {
    const merchant = await registry.newMerchant();
    const sn = `SN${merchant.clientId}`;
    const { key } = await registry.newTerminal(merchant, sn);
    expect((await invited(merchant)).outcome).toMatchObject({ value: { invited: false } });
    const renewed = await invited(merchant, { renew: true });
    expect(await registry.authenticate(sn, key)).toMatchObject({ outcome: 'done' });
    await registry.enrol(merchant, sn, newTerminalKey());
    expect(await pair(sn, renewed.code, newTerminalKey())).toMatchObject(refusedAs('pairing-code-invalid'));
    const again = await invited(merchant, { renew: true });
    expect(await pair(sn, again.code, newTerminalKey())).toMatchObject({ outcome: 'done' });
    expect(await registry.authenticate(sn, key)).toMatchObject(refusedAs('terminal-unknown'));
    expect(await registry.ask(revokePairingCode, { codeUid: again.codeUid })).toMatchObject(refusedAs('record-conflict'));
    expect(await registry.ask(revokePairingCode, { codeUid: newId() })).toMatchObject(refusedAs('record-unknown'));
  });
});

describe('every request', () => {
  it('that is delivered twice changes, tells and is on record once; and no secret is anywhere', async () => {
    const clientId = newPlatformId(new Date());
    const merchant = { clientId, merchantId: '10800000003' };
    const [first, second, token, key, otherKey, code] = [
      ...[newClientSecret(), newClientSecret(), newMerchantToken()],
      ...[newTerminalKey(), newTerminalKey(), newPairingCode()],
    ] as const;
    const [secretUid, tokenUid, terminalUid, codeUid] = [newId(), newId(), newId(), newId()];
    const terminal = { terminalUid, ...merchant, terminalSn: `SN${clientId}`, terminalId: '11111111' };
    const till = { ...merchant, posId: 'P1', terminalSn: terminal.terminalSn, terminalId: '00000000' };
    const pairing = { terminalSn: terminal.terminalSn, codeHash: sha256Hex(code), keyHash: sha256Hex(otherKey) };
    const invitation = { ...terminal, codeUid, codeHash: sha256Hex(code), expiresAt: inMs(60_000), renew: true };
    const tillUid = async () => (await registry.readAll(listTills, merchant))[0]!.tillUid;
    const twice: (() => Promise<object[]>)[] = [
      () => registry.deliverTwice(registerDeveloper, { clientId, name: 'Demo', clientSecret: first, secretUid }),
      () => registry.deliverTwice(changeDeveloper, { clientId, unsignedAllowed: false }),
      () => registry.deliverTwice(addClientSecret, { clientId, secretUid: codeUid, clientSecret: second }),
      () => registry.deliverTwice(removeClientSecret, { clientId, secretUid }),
      () => registry.deliverTwice(registerMerchant, { ...merchant, name: 'Shop', currencyCode: '840' }),
      () => registry.deliverTwice(changeMerchant, { ...merchant, currencyCode: '978' }),
      () => registry.deliverTwice(issueMerchantToken, { tokenUid, ...merchant, channel: 'Terminal', tokenHash: sha256Hex(token) }),
      () => registry.deliverTwice(revokeMerchantToken, { tokenUid }),
      () => registry.deliverTwice(enrolTerminal, { ...terminal, keyHash: sha256Hex(key) }),
      () => registry.deliverTwice(changeTerminal, { terminalUid, terminalId: '22222222' }),
      () => registry.deliverTwice(inviteTerminal, { ...invitation, terminalId: '22222222' }),
      () => registry.deliverTwice(pairTerminal, pairing),
      () => registry.deliverTwice(bindTill, till),
      async () => registry.deliverTwice(changeTill, { tillUid: await tillUid(), standing: 'suspended' }),
      async () => registry.deliverTwice(changeTill, { tillUid: await tillUid(), standing: 'active' }),
      () => registry.deliverTwice(unbindTill, { ...merchant, terminalId: '22222222' }),
    ];
    for (const [index, deliver] of twice.entries()) {
      const facts = (await registry.toldOf(merchant)).length;
      const replies = await deliver();
      expect(replies).toMatchObject([{ outcome: 'done' }, { outcome: 'done', replayed: true }]);
      expect(await registry.audited(merchant)).toHaveLength(index + 1);
      const told = (await registry.toldOf(merchant)).slice(facts).map(({ name }) => name);
      expect([told, new Set(told).size]).toEqual([told, told.length]);
    }
    const dump = await registry.dump();
    for (const secret of [first, second, token, key, otherKey, code]) expect(dump).not.toContain(secret);
    const audit = JSON.stringify(await registry.audited(merchant));
    const { rows } = await registry.sql.query<{ sealed: string }>(
      'select sealed from client_secrets where client_id = $1 and sealed is not null',
      [clientId],
    );
    const hashes = [token, key, otherKey, code].map(sha256Hex);
    for (const secret of [first, second, token, key, otherKey, code, ...hashes, ...rows.map(({ sealed }) => sealed)])
      expect(audit).not.toContain(secret);
  });
});

describe('a list', () => {
  it('is complete page by page, without gaps or repeats, while more is added', async () => {
    const merchant = await registry.newMerchant();
    const { clientId } = merchant;
    await registry.newTerminal(merchant, 'SN0');
    for (let index = 1; index < 7; index += 1) {
      await registry.registerMerchant({ clientId, merchantId: `M${index}` });
      await registry.issueToken(merchant, newMerchantToken());
      await registry.newTerminal(merchant, `SN${index}`);
      await registry.bind(merchant, `P${index}`, 'SN0');
    }
    const admitted = await registry.readAll(listTerminals, { clientId }, 3);
    expect(admitted.map(({ terminalSn }) => terminalSn)).toEqual(['SN0', 'SN1', 'SN2', 'SN3', 'SN4', 'SN5', 'SN6']);
    expect((await registry.readAll(listTills, { clientId }, 1)).map(({ posId }) => posId)).toEqual(['P1', 'P2', 'P3', 'P4', 'P5', 'P6']);
    const numbers = (await registry.readAll(listMerchants, { clientId }, 2)).map(({ merchantId }) => merchantId);
    expect([...numbers].sort()).toEqual(numbers);
    expect(numbers).toHaveLength(7);
    expect(await registry.readAll(listMerchantTokens, keyOf(merchant), 4)).toHaveLength(7);
    const audit = await registry.readAll(listAuditEntries, { clientId }, 5);
    expect(audit.map(({ auditId }) => Number(auditId))).toEqual(audit.map(({ auditId }) => Number(auditId)).sort((a, b) => b - a));
    expect(new Set(audit.map(({ auditId }) => auditId)).size).toBe(3 + 1 + 6 * 4);

    const first = await registry.read(listTills, { clientId, limit: 4 });
    await registry.bind(merchant, 'P0', 'SN0');
    const after = first.outcome === 'done' ? first.value.next! : '';
    expect(await registry.read(listTills, { clientId, limit: 4, after })).toMatchObject({
      value: { items: [{ posId: 'P5' }, { posId: 'P6' }, { posId: 'P0' }] },
    });
    expect((await registry.readAll(listDevelopers, {}, 1)).map((each) => each.clientId)).toContain(clientId);
  });

  const lists: [string, QueryDefinition<PageRequestV1, Page<object>>][] = [
    listDevelopers,
    listMerchants,
    listMerchantTokens,
    listTerminals,
    listTills,
    listPairingCodes,
    listAuditEntries,
  ].map((list) => [list.name, list as unknown as QueryDefinition<PageRequestV1, Page<object>>]);
  it.each(lists)('%s has only what fits all filters, and takes no cursor that is none of its own', async (_name, list) => {
    const [mine, theirs] = [await registry.newMerchant('10800000003'), await registry.newMerchant('10800000003')];
    for (const merchant of [mine, theirs]) {
      const sn = `SN${merchant.clientId}`;
      await registry.newTerminal(merchant, sn);
      await registry.bind(merchant, 'P1', sn);
      await invited(merchant, { terminalSn: `${sn}b` });
    }
    const all = (await registry.readAll(list, {})) as Record<string, unknown>[];
    const ours = (await registry.readAll(list, keyOf(mine), 1)) as Record<string, unknown>[];
    expect(ours).toEqual(all.filter((each) => each['clientId'] === mine.clientId && 'merchantId' in each === 'merchantId' in ours[0]!));
    expect(ours.length).toBeGreaterThan(0);
    expect(await registry.readAll(list, { merchantId: 'none' })).toEqual([]);
    expect(await registry.readAll(list, { id: 'none' })).toEqual([]);
    const other = list.name === 'list-tills' ? 'terminals' : 'tills';
    for (const cursor of ['x', Buffer.from(`${other}:1`).toString('base64url')]) {
      expect(await registry.read(list, { limit: 1, after: cursor })).toMatchObject(refusedAs('invalid-field'));
    }
  });
});
