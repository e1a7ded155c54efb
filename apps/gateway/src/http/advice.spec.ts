import { describe, expect, it } from '@jest/globals';
import { errors, refused, type Advice, type ErrorName } from '@tillbridge/contracts';
import { answerFor } from './dialect-answer.js';
import { operation, type Operation } from './semi-open.paths.js';

const now = new Date('2026-11-01T10:00:00.500Z');
const names = Object.keys(errors) as ErrorName[];
const everywhere = Object.values(operation).flatMap((each) => names.map((name) => [each, name] as const));

/** The advice beside the answer to a refusal of this name. */
function adviceOf(each: Operation | undefined, name: ErrorName): Advice | undefined {
  return answerFor(refused(name), () => undefined, { operation: each, now }).body.advice;
}

describe('advice speaks about the operation that was called', () => {
  it.each(everywhere)('%s, %s', (each, name) => {
    const advice = adviceOf(each, name);
    expect(advice?.nextAction).toMatch(/^[a-z]/);
    if (each === 'getCashierAgentResult' || each === 'terminalOperations' || each === 'subscribeCashierAgentResult')
      expect(advice).toMatchObject({ moneyMoved: 'unknown', safeToRetry: true });
    else if (each === 'internetTrans') expect(advice).toMatchObject({ moneyMoved: errors[name].advice.moneyMoved });
    else expect(advice).toMatchObject({ moneyMoved: 'no' });
  });

  it.each([...(['unavailable', 'till-not-bound', 'terminal-busy', 'terminal-offline', 'original-not-found', 'original-forbids'] as const)])(
    'a payment refused as %s: this attempt started nothing, an earlier one has to be queried',
    (name) => {
      expect(adviceOf('internetTrans', name)).toMatchObject({
        moneyMoved: 'no',
        safeToRetry: errors[name].advice.safeToRetry,
        nextAction: expect.stringMatching(/this attempt started nothing; if the tradeNo was sent before, query it first; else .+/),
      });
    },
  );

  it.each(['unavailable', 'no-answer', 'internal-error', 'terminal-offline'] as const)(
    'a query that fails as %s is asked again',
    (name) => {
      expect(adviceOf('getCashierAgentResult', name)?.nextAction).toMatch(/^query again/);
    },
  );

  it('nobody is sent to query a payment who asked for none', () => {
    for (const name of names) {
      if (errors[name].advice.moneyMoved === 'no') continue;
      expect(adviceOf('registerTerminal', name)?.nextAction).toBe('send the same request again');
      expect(adviceOf('queryTerminalList', name)?.nextAction).toBe('send the same request again');
    }
  });

  it('a payment that is not found may still be accepted', () => {
    expect(adviceOf('getCashierAgentResult', 'transaction-not-found')).toEqual({
      safeToRetry: true,
      moneyMoved: 'unknown',
      nextAction: 'send the same request again under the same tradeNo, or query again',
    });
    expect(errors['transaction-not-found'].advice.moneyMoved).toBe('unknown');
  });

  it('a cancel that found nothing does not send anybody to start the payment again', () => {
    expect(adviceOf('terminalOperations', 'transaction-not-found')?.nextAction).toBe(
      'check posId: nothing was started there; else query the tradeNo',
    );
    expect(adviceOf('terminalOperations', 'not-cancellable')?.nextAction).toBe('query the transaction');
  });

  it('a report is sent again, unless it was wrong', () => {
    expect(adviceOf('subscribeCashierAgentResult', 'no-answer')?.nextAction).toBe('send the same report again');
    expect(adviceOf('subscribeCashierAgentResult', 'transaction-not-found')?.nextAction).toBe('check transIndexCode and the merchant');
    expect(adviceOf('subscribeCashierAgentResult', 'card-data-refused')?.nextAction).toBe('send masked card data or none');
  });

  it('where no operation was called it is that of the catalogue', () => {
    expect(adviceOf(undefined, 'path-unknown')).toEqual(errors['path-unknown'].advice);
  });
});
