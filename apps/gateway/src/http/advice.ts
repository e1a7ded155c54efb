import { errors, type Advice, type ErrorName } from '@tillbridge/contracts';
import type { Operation } from './semi-open.paths.js';

/** What is wrong with the call itself: the catalogue's action fits whatever the call was for. */
const wrongCalls: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'invalid-field',
  'not-an-object',
  'unknown-trans-type',
  'card-data-refused',
  'token-invalid',
  'signature-invalid',
  'client-mismatch',
  'unsigned-refused',
  'not-yours',
  'too-many-requests',
  'bad-request',
  'path-unknown',
  'method-not-allowed',
  'body-too-large',
  'media-type-unsupported',
]);

/** What a refused attempt to start a payment cannot know: whether an earlier attempt under the same number was accepted. */
const EARLIER_ATTEMPTS = 'this attempt started nothing; if the tradeNo was sent before, query it first';
const startedNothing: Partial<Record<ErrorName, string>> = {
  'till-not-bound': `${EARLIER_ATTEMPTS}; else bind the till with registerTerminal, then send the request again`,
  'terminal-busy': `${EARLIER_ATTEMPTS}; else wait until the terminal is free, then send the request again`,
  'terminal-offline': `${EARLIER_ATTEMPTS}; else check the terminal, then send the request again`,
  'original-not-found': `${EARLIER_ATTEMPTS}; else check the identifiers of the original`,
  'original-forbids': `${EARLIER_ATTEMPTS}; else query the original to see what is left of it`,
  unavailable: `${EARLIER_ATTEMPTS}; else send the request again as Retry-After says`,
};

/** The advice that goes with an error of this operation; without one, the catalogue's own. */
export function adviceFor(name: ErrorName, operation: Operation | undefined): Advice {
  switch (operation) {
    case 'getCashierAgentResult':
      return adviceForQuery(name);
    case 'terminalOperations':
      return adviceForOperation(name);
    case 'subscribeCashierAgentResult':
      return adviceForReport(name);
    case 'queryTerminalList':
    case 'registerTerminal':
    case 'unbindTerminal':
    case 'generateAccessToken':
      return adviceWithoutMoney(name);
    case 'internetTrans':
      return { ...errors[name].advice, nextAction: startedNothing[name] ?? errors[name].advice.nextAction };
    case undefined:
      return errors[name].advice;
  }
}

/** That a query failed says nothing about the payment, and asking again never starts one. */
function adviceForQuery(name: ErrorName): Advice {
  return { safeToRetry: true, moneyMoved: 'unknown', nextAction: queryAction(name) };
}

function queryAction(name: ErrorName): string {
  if (name === 'unavailable') return 'query again as Retry-After says';
  return wrongCalls.has(name) || name === 'transaction-not-found' ? errors[name].advice.nextAction : 'query again';
}

const operationActions: Partial<Record<ErrorName, string>> = {
  'transaction-not-found': 'check posId: nothing was started there; else query the tradeNo',
  'till-not-bound': 'check posId, or bind the till with registerTerminal',
  'terminal-unknown': 'check sn, or leave it out',
};

/** A stop, a look or a receipt starts no payment, however often it is asked for; what it says of one is that it has to be queried. */
const adviceForOperation = (name: ErrorName): Advice => ({
  safeToRetry: true,
  moneyMoved: 'unknown',
  nextAction: operationActions[name] ?? errors[name].advice.nextAction,
});

/** A report tells of a payment that is over: sent again it changes nothing. */
function adviceForReport(name: ErrorName): Advice {
  const action = name === 'transaction-not-found' ? 'check transIndexCode and the merchant' : 'send the same report again';
  return {
    safeToRetry: true,
    moneyMoved: 'unknown',
    nextAction: wrongCalls.has(name) || name === 'unavailable' ? errors[name].advice.nextAction : action,
  };
}

/** These operations start no payment and ask for none, whatever becomes of them. */
function adviceWithoutMoney(name: ErrorName): Advice {
  const { moneyMoved, safeToRetry, nextAction } = errors[name].advice;
  if (moneyMoved === 'no') return { moneyMoved, safeToRetry, nextAction };
  return { moneyMoved: 'no', safeToRetry: true, nextAction: 'send the same request again' };
}
