import { cancelRequested } from '@tillbridge/contracts';
import { isOpen } from './life.js';
import { noticeOf, told, type Change, type Kept, type Transaction } from './transaction.js';

/** Notes that the till wants it stopped, once; undefined when it is over, and then there is nothing to stop. What it comes to the terminal says. */
export function requestCancel(transaction: Transaction, now: Date): Change | Kept | undefined {
  if (!isOpen(transaction.life.state)) return undefined;
  if (transaction.cancelRequestedAt !== undefined) return { kind: 'kept' };
  const next: Transaction = { ...transaction, version: transaction.version + 1, changedAt: now, cancelRequestedAt: now };
  return { kind: 'changed', next, facts: [told(cancelRequested, noticeOf(next, now))] };
}
