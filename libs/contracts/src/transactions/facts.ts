import { defineFact, type FactDefinition } from '../define/define.js';
import type { TransactionState } from '../values.js';
import {
  sampleInstruction,
  sampleNotice,
  sampleResult,
  sampleTransaction,
  TransactionCorrectedV1,
  TransactionNoticeV1,
  TransactionRequestedV1,
  TransactionV1,
} from './transaction.js';

export const transactionRequested = defineFact({
  context: 'transactions',
  name: 'transaction-requested',
  version: 1,
  meaning: 'A till asked for a transaction and it was accepted; the terminal is to be told.',
  payload: TransactionRequestedV1,
  sample: { ...sampleTransaction('accepted', 1), instruction: sampleInstruction },
});

export const transactionDispatched = transition(
  'transaction-dispatched',
  'dispatched',
  2,
  'The command is on its way to the terminal; from now on only proof can say that nothing was charged.',
);
export const transactionAcknowledged = transition('transaction-acknowledged', 'acknowledged', 3, 'The terminal has the command.');
export const transactionInProgress = transition(
  'transaction-in-progress',
  'in-progress',
  4,
  'A card was presented, or the terminal is online with its host.',
);
export const transactionUnknown = transition(
  'transaction-unknown',
  'unknown',
  5,
  'The deadline passed without proof of an outcome; money may have moved.',
  { reason: 'deadline-passed' },
);
export const transactionApproved = transition('transaction-approved', 'approved', 5, 'The terminal proved an approval. Final.', {
  result: sampleResult,
});
export const transactionDeclined = transition(
  'transaction-declined',
  'declined',
  5,
  'The terminal proved that the payment was refused. Final.',
  {
    result: { approved: false, respCode: '51', respDesc: 'INSUFFICIENT FUNDS' },
  },
);
export const transactionCancelled = transition(
  'transaction-cancelled',
  'cancelled',
  5,
  'The terminal proved that buyer or till cancelled before a charge. Final.',
  {
    result: { approved: false, respDesc: 'CANCELLED' },
  },
);
export const transactionFailed = transition('transaction-failed', 'failed', 2, 'It is proven that the terminal never started it. Final.', {
  reason: 'terminal-unreachable',
});

export const transactionCorrected = defineFact({
  context: 'transactions',
  name: 'transaction-corrected',
  version: 1,
  meaning: "The terminal's proof came after a final state that it contradicts, and the merchant lets it count: this is the outcome now.",
  payload: TransactionCorrectedV1,
  sample: { ...sampleTransaction('approved', 6, { result: sampleResult }), previousState: 'failed' },
});

export const reviewWanted = transition(
  'review-wanted',
  'failed',
  6,
  'A person has to look at this transaction; `review` says why. Its state has not changed.',
  { reason: 'terminal-unreachable', review: 'late-result' },
);

export const cancelRequested = defineFact({
  context: 'transactions',
  name: 'cancel-requested',
  version: 1,
  meaning: 'The till wants this transaction stopped. What it comes to is still for the terminal to say.',
  payload: TransactionNoticeV1,
  sample: sampleNotice(4),
});

export const outcomeWanted = defineFact({
  context: 'transactions',
  name: 'outcome-wanted',
  version: 1,
  meaning: 'The outcome of this transaction is unknown: its terminal is to be asked.',
  payload: TransactionNoticeV1,
  sample: sampleNotice(5),
});

function transition(
  name: string,
  state: TransactionState,
  version: number,
  meaning: string,
  more: Partial<TransactionV1> = {},
): FactDefinition<TransactionV1> {
  return defineFact({
    context: 'transactions',
    name,
    version: 1,
    meaning,
    payload: TransactionV1,
    sample: sampleTransaction(state, version, more),
  });
}
