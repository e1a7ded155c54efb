import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Surroundings } from '../src/surroundings.js';
import { FakeGateway, problem, TOKEN } from './fake-gateway.js';
import { runCli } from './run-cli.js';

/** Six hundred terminals are invited at once; no code that was given is ever lost on the way, however often the import is run. */

const HEADER = 'clientId,merchantId,terminalSn,terminalId';
const ROWS = 600;

let gateway: FakeGateway;
let folder: string;
beforeAll(async () => {
  gateway = await FakeGateway.start();
});
afterAll(() => gateway.stop());
beforeEach(() => {
  gateway.forget();
  folder = mkdtempSync(join(tmpdir(), 'tillbridge-import-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const serial = (index: number): string => `SN${String(index).padStart(4, '0')}`;
const rows = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `c1,m1,${serial(index)},${String(10_000_000 + index)}`);
const put = (lines: string | readonly string[]): void =>
  writeFileSync(join(folder, 'list.csv'), typeof lines === 'string' ? lines : [HEADER, ...lines, ''].join('\n'));
const importing = (more: readonly string[] = [], around: Partial<Surroundings> = {}) =>
  runCli(['admin', 'terminals', 'import', 'list.csv', ...more], { folder, admin: { url: gateway.url, token: TOKEN }, ...around });
const results = (name = 'list.result.csv'): Record<string, string>[] =>
  parse<Record<string, string>>(readFileSync(join(folder, name)), { columns: true });
const invitations = () => gateway.heard.filter(({ method }) => method === 'POST').map(({ body }) => body);

describe('an import of 600 terminals', () => {
  it('gives each a code, eight at a time, and says how far it is', async () => {
    put(rows(ROWS));
    const { code, out, notes } = await importing(['--json', '--life', '86400']);
    expect([code, JSON.parse(out)]).toEqual([
      0,
      { file: join(folder, 'list.csv'), result: join(folder, 'list.result.csv'), rows: ROWS, invited: ROWS, unchanged: 0, refused: 0 },
    ]);
    expect(notes).toContain('500 of 600 terminals: 500 invited');
    expect(gateway.most).toBeGreaterThan(1);
    expect(gateway.most).toBeLessThanOrEqual(8);
    expect(invitations()).toContainEqual({
      clientId: 'c1',
      merchantId: 'm1',
      terminalSn: 'SN0007',
      terminalId: '10000007',
      lifeSeconds: 86_400,
    });
    const codes = new Map(results().map(({ terminalSn = '', code: given = '' }) => [terminalSn, given]));
    expect(codes).toEqual(new Map(Array.from({ length: ROWS }, (_, index) => [serial(index), `CODE${serial(index)}`])));
    expect(results()[0]).toMatchObject({ merchantId: 'm1', status: 'invited', expiresAt: '2026-11-01T09:15:00.000Z', error: '' });
    expect(statSync(join(folder, 'list.result.csv')).mode & 0o777).toBe(0o600);
    expect(notes + out).not.toContain('CODESN');
  });

  it('changes nothing the second time, and leaves the codes of the first in peace', async () => {
    put(rows(20));
    await importing();
    const first = readFileSync(join(folder, 'list.result.csv'), 'utf8');
    expect(JSON.parse((await importing(['--json'])).out)).toMatchObject({
      unchanged: 20,
      invited: 0,
      result: join(folder, 'list.result-2.csv'),
    });
    expect(readFileSync(join(folder, 'list.result.csv'), 'utf8')).toBe(first);
    expect(new Set(results('list.result-2.csv').map(({ status, code }) => `${status ?? ''}${code ?? ''}`))).toEqual(new Set(['unchanged']));
    expect(await importing(['--result', 'list.result.csv'])).toMatchObject({ code: 1, notes: expect.stringContaining('exists') });
    expect(JSON.parse((await importing(['--json', '--renew'])).out)).toMatchObject({ invited: 20 });
  });

  it('goes on where an interruption ended it; between them the two runs have every code', async () => {
    put(rows(ROWS));
    const interruption = new AbortController();
    gateway.says(() => {
      if (gateway.heard.length >= 200) interruption.abort();
      return undefined;
    });
    expect(await importing([], { interrupted: interruption.signal })).toMatchObject({ code: 130 });
    const before = results();
    expect(before.length).toBe(invitations().length);
    expect(before.length).toBeLessThan(ROWS);
    gateway.says(() => undefined);
    expect((await importing()).code).toBe(0);
    const given = [...before, ...results('list.result-2.csv')]
      .filter(({ status }) => status === 'invited')
      .map(({ terminalSn }) => terminalSn);
    expect(given.sort()).toEqual(Array.from({ length: ROWS }, (_, index) => serial(index)));
  });

  it('tells which rows were refused and why, and ends with 1', async () => {
    put(rows(12));
    gateway.says(({ body }) => (body?.['terminalSn'] === 'SN0003' ? problem(403, 40301, '=not, "yours"') : undefined));
    const told = await importing();
    expect(told.code).toBe(1);
    const refused = results().filter(({ status }) => status === 'refused');
    expect(refused).toMatchObject([{ terminalSn: 'SN0003', code: '', error: '\'=not, "yours" (HTTP 403, code 40301, request request-1)' }]);
    expect(results()).toHaveLength(12);
  });

  it('waits when it is told to, and asks again', async () => {
    put(rows(3));
    const busy = [429, 503];
    gateway.says(({ method }) => {
      const status = method === 'POST' ? busy.pop() : undefined;
      return status === undefined ? undefined : problem(status, 50302, 'wait', { 'retry-after': '0' });
    });
    expect((await importing()).code).toBe(0);
    expect(invitations()).toHaveLength(5);
  });

  it('says of an answer that was lost what it may mean', async () => {
    put(rows(1));
    gateway.says(({ method }) => (method === 'POST' ? problem(504, 50401, 'no answer in time') : undefined));
    expect((await importing()).code).toBe(1);
    expect(results()).toMatchObject([{ status: 'refused', error: expect.stringContaining('--renew') }]);
    expect(invitations()).toHaveLength(1);
  });

  it('leaves no result file behind when the token is wrong', async () => {
    put(rows(3));
    expect(await importing(['--token', 'wrong'])).toMatchObject({ code: 1, notes: expect.stringContaining('admin token') });
    expect(readdirSync(folder)).toEqual(['list.csv']);
  });
});

describe('a file as spreadsheets write them', () => {
  it.each([
    ['with a byte order mark and CRLF', `\ufeff${HEADER}\r\nc1,m1,SN1,12345678\r\n`],
    ['with quotes', `"clientId","merchantId","terminalSn","terminalId"\n"c1","m1","SN1","12345678"\n`],
    ['in another order, with blank lines', 'terminalSn,terminalId,merchantId,clientId\n\nSN1,12345678,m1,c1\n\n'],
  ])('is read %s', async (_name, text) => {
    put(text);
    expect((await importing()).code).toBe(0);
    expect(invitations()).toEqual([{ clientId: 'c1', merchantId: 'm1', terminalSn: 'SN1', terminalId: '12345678' }]);
  });

  it('may leave the TID out, and have commas, quotes and umlauts in a name', async () => {
    put('clientId,merchantId,terminalSn\nc1,m1,"a ""b"", ü"\n');
    await importing();
    expect(invitations()).toEqual([{ clientId: 'c1', merchantId: 'm1', terminalSn: 'a "b", ü', terminalId: '00000000' }]);
    expect(results()[0]).toMatchObject({ terminalSn: 'a "b", ü' });
  });
});

describe('a file that is wrong is told line by line, before anything is sent', () => {
  it.each([
    ['an unknown column', 'clientId,merchantId,serial\nc,m,s\n', /line 1: the header/],
    ['semicolons', 'clientId;merchantId;terminalSn\nc;m;s\n', /with commas/],
    ['a column twice', 'clientId,merchantId,terminalSn,terminalSn\nc,m,s,s\n', /line 1/],
    ['no rows', `${HEADER}\n`, /names no terminal/],
    ['nothing', '', /is empty/],
    ['a row that is too short', `${HEADER}\nc,m,s,1\nc,m\n`, /line 3: 2 columns/],
    ['an empty serial number', `${HEADER}\nc,m,,1\n`, /line 2: terminalSn is empty/],
    ['a merchantId that is too long', `${HEADER}\nc,${'9'.repeat(41)},s,1\n`, /line 2: merchantId is longer than 40/],
    ['a tab', `${HEADER}\nc,m,s\tt,1\n`, /line 2: terminalSn has control/],
    ['a terminal twice', `${HEADER}\nc,m,s,1\nc,m,t,1\nc,m,s,2\n`, /line 4: s stands on line 2/],
    ['an open quote', `${HEADER}\nc,m,"s,1\n`, /line 2|line 3/],
  ])('%s', async (_name, text, told) => {
    put(text);
    expect(await importing()).toMatchObject({ code: 1, out: '', notes: expect.stringMatching(told) });
    expect(gateway.heard).toEqual([]);
    expect(existsSync(join(folder, 'list.result.csv'))).toBe(false);
  });

  it('another encoding, no file at all, and no more problems than a person reads', async () => {
    writeFileSync(join(folder, 'list.csv'), Buffer.from([0xff, 0xfe, 0x61]));
    expect(await importing()).toMatchObject({ code: 1, notes: expect.stringContaining('not UTF-8') });
    rmSync(join(folder, 'list.csv'));
    expect(await importing()).toMatchObject({ code: 1, notes: expect.stringContaining('cannot be read') });
    put(Array.from({ length: 30 }, () => 'c,m,,1'));
    expect((await importing()).notes).toContain('and 10 more');
  });
});
