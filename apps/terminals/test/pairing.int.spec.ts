import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { done, refused, type PairTerminalV1 } from '@tillbridge/contracts';
import { newId, newPairingCode, sha256Hex } from '@tillbridge/kernel';
import { CHANNEL_CLOSE } from '@tillbridge/protocol';
import { eventually } from '@tillbridge/testkit';
import { setTimeout as delay } from 'node:timers/promises';
import { MAX_ATTEMPTS_PER_WINDOW } from '../src/http/pairing-attempts.js';
import { TestEdge } from './test-edge.js';
import { helloOf, TestTerminal, type TerminalIdentity } from './test-terminal.js';

const SOON_MS = 5_000;
/** Within this time an answer of binding would have closed a channel. */
const QUIET_MS = 600;

let edge: TestEdge;
/** Attempts are counted by each replica: each test has one of its own. */
let url: string;
/** Codes that are open, by what binding knows of them. */
const open = new Map<string, { terminalSn: string; keyHash?: string }>();
let silences = 0;

beforeAll(async () => {
  edge = await TestEdge.start();
  edge.answerPairings((request) => answerTo(request));
}, 30_000);
beforeEach(async () => {
  await Promise.all(edge.replicas.splice(0).map((app) => app.close()));
  url = await edge.addReplica();
}, 30_000);
afterAll(() => edge.stop(), 30_000);

function answerTo({ terminalSn, codeHash, keyHash }: PairTerminalV1) {
  const code = open.get(codeHash);
  if (code?.terminalSn !== terminalSn || (code.keyHash !== undefined && code.keyHash !== keyHash)) return refused('pairing-code-invalid');
  code.keyHash = keyHash;
  if (silences > 0) {
    silences -= 1;
    return undefined;
  }
  return done({ terminalUid: newId(), merchantId: '10800000003', terminalId: '12345678' });
}

function invited(): { code: string; terminalSn: string } {
  const invitation = { code: newPairingCode(), terminalSn: `WP${newId()}` };
  open.set(sha256Hex(invitation.code), { terminalSn: invitation.terminalSn });
  return invitation;
}
const post = (body: unknown, path = '/terminal/v1/pairing'): Promise<Response> =>
  fetch(new URL(path, url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('pairing', () => {
  it('gives a terminal its key once, however the code is typed, and tells nobody else the key or the code', async () => {
    const { code, terminalSn } = invited();
    const response = await post({ code: ` ${code.slice(0, 4).toLowerCase()}-${code.slice(4)} `, terminalSn });
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const paired = (await response.json()) as { key: string };
    expect(paired).toEqual({ terminalId: '12345678', merchantId: '10800000003', key: expect.stringMatching(/^[\w-]{43}$/) });
    expect(edge.pairings.at(-1)).toEqual({ terminalSn, codeHash: sha256Hex(code), keyHash: sha256Hex(paired.key) });
    expect((await post({ code, terminalSn })).status).toBe(404);
  });

  it('says the very same of every code that does not work', async () => {
    const { code, terminalSn } = invited();
    const answers = await Promise.all([
      post({ code: newPairingCode(), terminalSn }),
      post({ code, terminalSn: 'another' }),
      post({ code: 'x', terminalSn }),
    ]);
    for (const answer of answers) {
      expect([answer.status, answer.headers.get('content-type')]).toEqual([404, expect.stringContaining('application/problem+json')]);
      expect(await answer.json()).toEqual({ title: 'the pairing code is unknown, used, revoked or expired', status: 404 });
    }
  });

  it.each([
    [400, 'no object', '[]'],
    [400, 'no JSON', '{'],
    [400, 'no code', { terminalSn: 'WP1' }],
    [400, 'no text as code', { code: 12345678, terminalSn: 'WP1' }],
    [400, 'too long a code', { code: 'A'.repeat(33), terminalSn: 'WP1' }],
    [400, 'too long a serial number', { code: 'AAAA', terminalSn: 'W'.repeat(65) }],
    [400, 'a NUL', { code: 'AAAA', terminalSn: 'W\0' }],
    [400, 'half a character', { code: 'AAAA', terminalSn: 'W\ud800' }],
    [400, 'more than is asked for', { code: 'AAAA', terminalSn: 'WP1', key: 'mine' }],
    [413, 'more than a kilobyte', { code: 'A'.repeat(2_000), terminalSn: 'WP1' }],
  ])('refuses with %i what has %s, and asks nobody', async (status, _case, body) => {
    const asked = edge.pairings.length;
    const answer = await post(body);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, expect.stringContaining('application/problem+json')]);
    expect(edge.pairings).toHaveLength(asked);
  });

  it('cannot be guessed: after ten refusals a minute nobody is asked any more, also when they come at the same moment', async () => {
    const { code, terminalSn } = invited();
    const asked = edge.pairings.length;
    const guesses = await Promise.all(Array.from({ length: 30 }, () => post({ code: newPairingCode(), terminalSn })));
    expect(guesses.filter(({ status }) => status === 404)).toHaveLength(MAX_ATTEMPTS_PER_WINDOW);
    const late = await post({ code, terminalSn });
    expect([late.status, late.headers.get('content-type')]).toEqual([429, expect.stringContaining('application/problem+json')]);
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(50);
    expect((await post({ code: newPairingCode(), terminalSn: 'another' })).status).toBe(429);
    expect(edge.pairings).toHaveLength(asked + MAX_ATTEMPTS_PER_WINDOW);
  });

  it('lets many terminals pair from one address', async () => {
    const answers = await Promise.all(Array.from({ length: MAX_ATTEMPTS_PER_WINDOW }, () => post(invited())));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await post(invited())).status).toBe(200);
  });

  it('asks again with the same key when the owner’s answer is lost, for the code is used up then', async () => {
    silences = 1;
    const { code, terminalSn } = invited();
    const response = await post({ code, terminalSn });
    expect(response.status).toBe(200);
    const { key } = (await response.json()) as { key: string };
    const asked = { terminalSn, codeHash: sha256Hex(code), keyHash: sha256Hex(key) };
    expect(edge.pairings.slice(-2)).toEqual([asked, asked]);
  }, 20_000);
});

describe('a channel', () => {
  const closedCode = (terminal: TestTerminal): Promise<number> => terminal.closes();
  async function connected(...identities: TerminalIdentity[]): Promise<TestTerminal[]> {
    return Promise.all(identities.map((identity) => TestTerminal.connect(url, identity)));
  }

  it('is closed at once when its terminal may not connect any more, and no other one with it', async () => {
    const [suspended, neighbour] = [edge.enrol(), edge.enrol()];
    const [gone, stays] = await connected(suspended, neighbour);
    edge.expel(suspended);
    edge.tellCredentialsChanged({ clientId: 'c', merchantId: 'm', terminalUid: suspended.terminalUid });
    expect(await closedCode(gone!)).toBe(CHANNEL_CLOSE.notAuthorised);
    const refusedOne = await TestTerminal.open(url);
    refusedOne.say(helloOf(suspended));
    expect(await closedCode(refusedOne)).toBe(CHANNEL_CLOSE.notAuthorised);
    edge.readmit(suspended);
    await TestTerminal.connect(url, suspended);
    expect(stays!.closedWith).toBeUndefined();
  });

  it.each([
    ['merchant', { clientId: 'c1', merchantId: 'm1' }, ['m1']],
    ['developer', { clientId: 'c1' }, ['m1', 'm2']],
  ])('of a suspended %s is closed, and none of another one', async (_whose, change, closed) => {
    const own = ['m1', 'm2'].map((merchantId) => edge.enrol({ clientId: 'c1', merchantId }));
    const other = edge.enrol({ clientId: 'c2', merchantId: 'm1' });
    const [first, second, foreign] = await connected(...own, other);
    // All are unknown by now, so whoever is asked about is closed.
    for (const identity of [...own, other]) edge.expel(identity);
    edge.tellCredentialsChanged(change);
    const mine = [first!, second!].filter((_terminal, index) => closed.includes(`m${index + 1}`));
    expect(await Promise.all(mine.map(closedCode))).toEqual(mine.map(() => CHANNEL_CLOSE.notAuthorised));
    await delay(QUIET_MS);
    expect([first!, second!].filter((terminal) => terminal.closedWith === undefined)).toHaveLength(2 - closed.length);
    expect(foreign!.closedWith).toBeUndefined();
  });

  it('stays when the terminal may go on: a developer that rotates its secret throws nobody out; and tokens are no business of terminals', async () => {
    const [kept, expelled] = [edge.enrol(), edge.enrol({ clientId: 'c3' })];
    const [terminal, other] = await connected(kept, expelled);
    edge.tellCredentialsChanged({ clientId: 'c' });
    edge.expel(expelled);
    edge.tellCredentialsChanged({ clientId: 'c3', merchantId: 'm', tokenUid: newId() });
    await delay(QUIET_MS);
    expect([terminal!.closedWith, other!.closedWith]).toEqual([undefined, undefined]);
  });

  it('is looked at when facts may have been missed, and closed only if it has to be', async () => {
    const identities = Array.from({ length: 40 }, () => edge.enrol());
    const terminals = await connected(...identities);
    for (const identity of identities.slice(0, 20)) edge.expel(identity);
    edge.tellNonsense();
    await Promise.all(terminals.slice(0, 20).map(closedCode));
    await delay(QUIET_MS);
    expect(terminals.slice(20).map(({ closedWith }) => closedWith)).toEqual(Array.from({ length: 20 }, () => undefined));
  });

  it('stays as long as nobody can tell, and is closed when somebody can', async () => {
    const identity = edge.enrol();
    const [terminal] = await connected(identity);
    edge.expel(identity);
    await edge.silenceBinding();
    edge.tellCredentialsChanged({ clientId: 'c' });
    await delay(QUIET_MS);
    expect(terminal!.closedWith).toBeUndefined();
    edge.answerForBinding();
    expect(await closedCode(terminal!)).toBe(CHANNEL_CLOSE.notAuthorised);
  });

  it('that is closed loses neither the command that is open nor its result', async () => {
    const identity = edge.enrol();
    const [terminal] = await connected(identity);
    const { transIndexCode, transactionId } = await edge.request(identity);
    await terminal!.hears('command');
    edge.expel(identity);
    edge.tellCredentialsChanged({ clientId: 'c', terminalUid: identity.terminalUid });
    await closedCode(terminal!);

    edge.readmit(identity);
    const again = await TestTerminal.connect(url, identity);
    expect(await again.hears('command')).toMatchObject({ transIndexCode });
    again.say({ type: 'result', journalNo: 1, transIndexCode, response: { TransResult: true, RespCode: '00' } });
    expect(await again.hears('result-ack')).toMatchObject({ journalNo: 1 });
    await eventually(async () => expect(await edge.namesTold(transactionId)).toContain('terminal-reported'), SOON_MS);
  });
});
