import { beforeEach, describe, expect, it } from '@jest/globals';
import { LIFE_MS, TerminalBench, THINK_MS } from '../test/terminal-bench.js';
import type { Plan } from './plan.js';

let bench: TerminalBench;
beforeEach(() => void (bench = new TerminalBench()));

const start = (plan: Plan = {}, members: Record<string, unknown> = {}, lifeMs = LIFE_MS): void => {
  bench.plans.push(plan);
  bench.hear(bench.command('1', members, lifeMs));
};
const cancel = (transIndexCode = '1'): void => bench.hear({ type: 'cancel', transIndexCode });
const askStatus = (transIndexCode = '1'): void => bench.hear({ type: 'status', transIndexCode });
const reprint = (): void => bench.hear({ type: 'operation', operationId: 'o', operation: 'reprint-last' });
const result = (respCode: string): unknown[] => ['result', '1', respCode];

describe('cancel', () => {
  it.each([0, THINK_MS / 2])('stops a payment that is not with its bank yet, after %d ms', (afterMs) => {
    start();
    bench.pass(afterMs);
    bench.heardSince();
    cancel();
    bench.pass(10 * THINK_MS);
    expect(bench.heardSince()).toEqual([['cancel-answer', '1', true], result('FF')]);
    expect([bench.executions(), bench.core.openTransIndexCode]).toEqual([[], null]);
    expect(bench.core.journal.find('1')?.response['RespDesc']).toBe('TRANSACTION CANCELLED');
  });

  it('cannot stop one that is with its bank: its result stands', () => {
    start();
    bench.pass(THINK_MS * 0.75);
    bench.heardSince();
    cancel();
    bench.pass(THINK_MS);
    expect(bench.heardSince()).toEqual([['cancel-answer', '1', false], result('00')]);
    expect(bench.executions()).toEqual([['1', true, 1]]);
  });

  it('of one that is over says its result again', () => {
    start();
    bench.pass(THINK_MS);
    bench.heardSince();
    cancel();
    expect(bench.heardSince()).toEqual([['cancel-answer', '1', false], result('00')]);
  });

  it('of one that it does not know, or while another runs, stops nothing', () => {
    start();
    bench.heardSince();
    cancel('2');
    expect(bench.heardSince()).toEqual([['cancel-answer', '2', false]]);
    expect(bench.core.openTransIndexCode).toBe('1');
  });
});

describe('status', () => {
  it('is running, then the result', () => {
    start();
    bench.heardSince();
    askStatus();
    expect(bench.heardSince()).toEqual([['status-answer', '1', 'running']]);
    bench.pass(THINK_MS);
    bench.heardSince();
    askStatus();
    expect(bench.heardSince()).toEqual([result('00')]);
  });

  it('never-seen is a promise: the command does not start any more, though its time is not over', () => {
    askStatus();
    bench.hear(bench.command('1'));
    bench.pass(THINK_MS);
    expect(bench.heardSince()).toEqual([['status-answer', '1', 'never-seen'], ['ack'], result('-EXPIRED')]);
    expect(bench.executions()).toEqual([]);
  });
});

describe('reprint-last', () => {
  it('is done as soon as there is a receipt', () => {
    reprint();
    start();
    bench.pass(THINK_MS);
    bench.heardSince();
    reprint();
    expect(bench.heardSince()).toEqual([['operation-answer', true]]);
  });

  it('is not done without one', () => {
    reprint();
    expect(bench.heardSince()).toEqual([['operation-answer', false]]);
  });
});

describe('the stages', () => {
  it.each([
    ['Purchase', [['progress', 'card-presented'], ['progress', 'online'], result('00')]],
    ['Settle', [['progress', 'online'], result('00')]],
    ['ReadCard', [['progress', 'card-presented'], result('00')]],
    ['PrintTotal', [result('00')]],
  ])('of a %s', (TransType, told) => {
    start({}, { TransType });
    bench.pass(THINK_MS);
    expect(bench.heardSince()).toEqual([['ack'], ...told]);
  });

  it('an unknown type is refused at once', () => {
    start({}, { TransType: 'WorldPay only' });
    expect(bench.heardSince()).toEqual([['ack'], result('-UNSUPPORTED')]);
  });
});

describe('a script', () => {
  it.each([
    [{ outcome: 'approve' }, '9001', '00', true],
    [{ outcome: 'approve', respCode: '08' }, '1000', '08', true],
    [{ outcome: 'decline' }, '1000', '05', false],
    [{ outcome: 'decline', respCode: '61' }, '1000', '61', false],
    [{ outcome: 'approve', respCode: '08' }, '1000000000', '13', false],
  ] as const)('%j of %s says %s', (plan, TransAmount, respCode, approved) => {
    start(plan, { TransAmount });
    bench.pass(THINK_MS);
    expect(bench.heardSince().at(-1)).toEqual(result(respCode));
    expect(bench.executions()).toEqual([['1', approved, 1]]);
  });

  it.each([
    [{ outcome: 'cancel-by-buyer' }, 'FF', /cancel/i],
    [{ outcome: 'cancel-by-buyer', respCode: '-7' }, '-7', /cancel/i],
    [{ outcome: 'no-card' }, 'FF', /timeout/i],
  ] as const)('%j ends with %s before the card is asked', (plan, respCode, text) => {
    start(plan);
    bench.pass(THINK_MS);
    expect(bench.heardSince()).toEqual([['ack'], result(respCode)]);
    expect(bench.core.journal.find('1')?.response['RespDesc']).toMatch(text);
    expect(bench.executions()).toEqual([]);
  });

  it('has its own time, and its tip', () => {
    start({ outcome: 'approve', thinkMs: 4000, tipMinor: 50 });
    bench.pass(3999);
    expect(bench.all('result')).toEqual([]);
    bench.pass(1);
    expect(bench.core.ledger.entries()).toMatchObject([{ amountMinor: 1050, effect: 'captured', transType: 'Purchase' }]);
  });

  it('hang runs on until it is cancelled', () => {
    start({ outcome: 'hang' });
    bench.pass(LIFE_MS * 10);
    askStatus();
    cancel();
    expect(bench.heardSince()).toEqual([['ack'], ['status-answer', '1', 'running'], ['cancel-answer', '1', true], result('FF')]);
  });

  it('is not used up by a command that only finds the terminal busy', () => {
    start({ outcome: 'hang' });
    bench.plans.push({ outcome: 'decline' });
    bench.hear(bench.command('2'));
    cancel();
    bench.hear(bench.command('3'));
    bench.pass(THINK_MS);
    expect(bench.all('result').map(({ response }) => response['RespCode'])).toEqual(['-BUSY', 'FF', '05']);
  });
});

describe('a power cycle', () => {
  it('ends what was running as not executed, writes it down, and says so on the next channel', () => {
    start({ outcome: 'hang' });
    bench.heardSince();
    bench.core.powerCycle();
    expect([bench.core.openTransIndexCode, bench.isPlugged]).toEqual([null, false]);
    bench.plugIn();
    expect(bench.heardSince()).toEqual([result('-EXPIRED')]);
    bench.hear(bench.command('1'));
    bench.pass(THINK_MS);
    expect(bench.heardSince()).toEqual([['ack'], result('-EXPIRED')]);
    expect(bench.executions()).toEqual([]);
  });

  it('does not end what is over, and keeps receipts and results', () => {
    start();
    bench.pass(THINK_MS);
    bench.heardSince();
    bench.core.powerCycle();
    bench.plugIn();
    reprint();
    expect(bench.heardSince()).toEqual([result('00'), ['operation-answer', true]]);
  });

  it('while the bank is asked means that the card was not charged', () => {
    start();
    bench.pass(THINK_MS * 0.9);
    bench.core.powerCycle();
    bench.pass(LIFE_MS);
    bench.plugIn();
    expect(bench.all('result').map(({ response }) => response['RespCode'])).toEqual(['-EXPIRED']);
    expect(bench.executions()).toEqual([]);
  });
});

describe('a fault', () => {
  it('drop-ack: the first acknowledgement is lost, the payment goes on', () => {
    start({ fault: 'drop-ack' });
    expect(bench.heardSince()).toEqual([]);
    bench.hear(bench.command('1'));
    bench.pass(THINK_MS);
    expect(bench.heardSince()).toEqual([['ack'], ['progress', 'card-presented'], ['progress', 'online'], result('00')]);
    expect(bench.executions()).toEqual([['1', true, 1]]);
  });

  it('drop-result: the journal sends it again after a while', () => {
    start({ fault: 'drop-result' });
    bench.pass(THINK_MS);
    expect(bench.all('result')).toEqual([]);
    bench.hear({ type: 'ping', t: 1 });
    expect(bench.all('result')).toEqual([]);
    bench.pass(5000);
    bench.hear({ type: 'ping', t: 2 });
    expect(bench.all('result')).toHaveLength(1);
  });

  it('duplicate-result: it comes twice, under one number', () => {
    start({ fault: 'duplicate-result' });
    bench.pass(THINK_MS);
    expect(bench.all('result').map(({ journalNo }) => journalNo)).toEqual([1, 1]);
  });

  it('late-result: nobody hears of it before its time, asked or not', () => {
    start({ fault: 'late-result', lateByMs: 500 });
    bench.pass(LIFE_MS + 499);
    bench.heardSince();
    askStatus();
    cancel();
    bench.hear(bench.command('1'));
    bench.hear({ type: 'ping', t: 1 });
    bench.plugIn();
    expect(bench.heardSince()).toEqual([['status-answer', '1', 'running'], ['cancel-answer', '1', false], ['ack'], ['pong']]);
    expect(bench.executions()).toEqual([['1', true, 1]]);
    bench.pass(1);
    expect(bench.heardSince()).toEqual([result('00')]);
  });

  it('late-result over a power cycle: it still comes, and comes true', () => {
    start({ fault: 'late-result', lateByMs: 500 });
    bench.pass(THINK_MS);
    bench.core.powerCycle();
    bench.pass(LIFE_MS);
    bench.plugIn();
    expect(bench.heardSince().at(-1)).toEqual(result('00'));
  });

  it('late-result dies with a terminal that is switched off', () => {
    start({ fault: 'late-result', lateByMs: 500 });
    bench.pass(THINK_MS);
    bench.core.stop();
    bench.pass(LIFE_MS * 2);
    expect(bench.all('result')).toEqual([]);
  });

  it('die-after-approval: charged and written down, the result comes with the next channel', () => {
    start({ fault: 'die-after-approval' });
    bench.pass(THINK_MS);
    expect([bench.all('result'), bench.isPlugged, bench.executions()]).toEqual([[], false, [['1', true, 1]]]);
    bench.heardSince();
    bench.plugIn();
    expect(bench.heardSince()).toEqual([result('00')]);
  });

  it('die-after-approval needs an approval', () => {
    start({ fault: 'die-after-approval', outcome: 'decline' });
    bench.pass(THINK_MS);
    expect([bench.all('result').length, bench.isPlugged]).toEqual([1, true]);
  });

  it('never-answer-status: neither while it runs nor afterwards, and only of this transaction', () => {
    start({ fault: 'never-answer-status' });
    bench.heardSince();
    askStatus();
    bench.pass(THINK_MS);
    askStatus();
    askStatus('2');
    expect(bench.heardSince()).toEqual([
      ['progress', 'card-presented'],
      ['progress', 'online'],
      result('00'),
      ['status-answer', '2', 'never-seen'],
    ]);
  });

  it.each([
    [LIFE_MS, LIFE_MS, '-EXPIRED'],
    [LIFE_MS - 1, LIFE_MS, '00'],
    [-5000, -4999, '00'],
    [-5000, -5000, '-EXPIRED'],
  ])('clock-skew of %d ms, %d ms before the end: %s', (skewMs, lifeMs, respCode) => {
    start({ fault: 'clock-skew', skewMs }, {}, lifeMs);
    bench.pass(THINK_MS);
    expect(bench.heardSince().at(-1)).toEqual(result(respCode));
  });
});
