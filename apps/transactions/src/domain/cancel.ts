import { cancelRequested } from '@tillbridge/contracts';
import { isOpen } from './life.js';
import { noticeOf, told, type Change, type Transaction } from './transaction.js';

/**
 * Notes that the till wants it stopped; undefined when it is over, and then there is nothing to stop. What it comes to the terminal says. Each wish is told:
 * a terminal that could not stop it a moment ago may be able to now.
 */
export function requestCancel(transaction: Transaction, now: Date): Change | undefined {
  if (!isOpen(transaction.life.state)) return undefined;
  const { cancelRequestedAt = now } = transaction;
  const next: Transaction = { ...transaction, version: transaction.version + 1, changedAt: now, cancelRequestedAt };
  return { kind: 'changed', next, facts: [told(cancelRequested, noticeOf(next, now))] };
}
