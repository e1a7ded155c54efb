import { describe, expect, it } from '@jest/globals';
import { Secret } from '@tillbridge/kernel';
import { createLog, NestLog } from './log.js';

const PAN = '4111111111111111';
const CLIENT_SECRET = '0123456789abcdef0123456789abcdef';
const TOKEN = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
const TERMINAL_KEY = 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA';
const PASSWORD = 'hush-hush';

/** A log whose lines can be read. */
function memoryLog() {
  const lines: string[] = [];
  const log = createLog('test', 'debug', { write: (line: string) => void lines.push(line) });
  const last = (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>;
  return { log, last, all: () => lines.join('') };
}

/** As pg and TypeORM make them. */
function databaseError(): Error {
  const driver = Object.assign(new Error('duplicate key value violates unique constraint "transactions_trade_no"'), {
    code: '23505',
    detail: `Key (card)=(${PAN}) already exists.`,
    where: PASSWORD,
    parameters: [PAN, PASSWORD],
  });
  return Object.assign(new Error('the statement failed', { cause: driver }), {
    query: `insert into t values ('${PASSWORD}')`,
    parameters: [PASSWORD, CLIENT_SECRET],
    driverError: driver,
  });
}

describe('a line of the log', () => {
  it('shows the fields that it knows, and of others the name only', () => {
    const { log, last } = memoryLog();
    log.info({ correlationId: 'till-request-7', attempts: 3, clientSecret: PASSWORD, body: { a: 1 }, headers: { sign: 'x' } }, 'done');
    expect(last()).toMatchObject({ level: 'info', service: 'test', msg: 'done', correlationId: 'till-request-7', attempts: 3 });
    expect(last()).toMatchObject({ clientSecret: '***', body: '***', headers: '***' });
  });

  it('does so with what is nested', () => {
    const { log, last } = memoryLog();
    log.warn({ violations: [{ path: '/a', expected: 'text', given: PASSWORD }], context: { token: TOKEN, reason: 'x' } }, 'refused');
    expect(last()['violations']).toEqual([{ path: '/a', expected: 'text', given: '***' }]);
    expect(last()['context']).toEqual({ token: '***', reason: 'x' });
  });

  it('shows of an error what it is and where it was, and of its causes', () => {
    const { log, last } = memoryLog();
    log.error({ err: databaseError() }, 'a call met a defect');
    const err = last()['err'] as Record<string, unknown>;
    expect(Object.keys(err)).toEqual(['type', 'message', 'stack', 'cause']);
    expect(err).toMatchObject({
      type: 'Error',
      message: 'the statement failed',
      cause: { code: '23505', message: expect.stringContaining('duplicate key') },
    });
    expect(err['stack']).toContain('log.spec.ts');
  });

  it('ends with causes that go round in circles', () => {
    const { log, last } = memoryLog();
    const error = new Error('a');
    error.cause = error;
    log.error({ err: error }, 'x');
    expect(last()['msg']).toBe('x');
  });

  it('takes the message of an error that comes alone, masked', () => {
    const { log, last } = memoryLog();
    log.error(new TypeError(`no ${PAN}`));
    expect(last()).toMatchObject({ msg: 'no ****************', err: { type: 'TypeError' } });
    log.error({ err: new Error(`no ${TOKEN}`) });
    expect(last()['msg']).toBe('no ***');
  });

  it('does not show the query of a URL nor a login in one', () => {
    const { log, last } = memoryLog();
    log.warn({ url: `https://u:${PASSWORD}@host.example/hook?key=${PASSWORD}` }, 'parked');
    expect(last()['url']).toBe('https://***@host.example/hook?***');
  });
});

it('nothing secret reaches the log, whichever way it is put in', () => {
  const { log, all } = memoryLog();
  const secrets = [
    PAN,
    '4111 1111 1111 1111',
    CLIENT_SECRET,
    CLIENT_SECRET.toUpperCase(),
    TOKEN,
    TERMINAL_KEY,
    `nats://user:${PASSWORD}@10.0.0.1:4222`,
  ];
  const request = { headers: { 'jwt-token': TOKEN, sign: CLIENT_SECRET }, body: Buffer.from(PASSWORD), raw: { url: `/a?x=${PASSWORD}` } };
  for (const secret of secrets) {
    log.error({ err: new Error(`failed with ${secret}`, { cause: new Error(secret) }) }, 'x');
    log.error({ err: Object.assign(new Error('x'), { code: secret, detail: secret, response: { body: secret } }) }, `told ${secret}`);
    log.warn({ reason: secret, [secret]: 1, subject: [secret, { type: secret }], stack: `Error: ${secret}\n at x` }, secret);
    log.info({ reason: { deep: { reason: { reason: { reason: { reason: secret } } } } } }, 'x');
    new NestLog(log).error(new Error(secret), `Error: ${secret}`, secret);
    new NestLog(log).log({ secret });
  }
  log.info({ transIndexCode: Number(PAN), applied: 4111111111111111n, url: new Secret(PASSWORD) }, 'x');
  log.error({ err: databaseError(), request, req: request, parameters: [PASSWORD], detail: PASSWORD }, 'x');
  log.error(databaseError());
  for (const secret of [...secrets, PASSWORD]) expect([secret, all().includes(secret)]).toEqual([secret, false]);
  expect(all()).not.toMatch(/4111/);
});
