import type { Tx } from '@tillbridge/messaging';
import type { Change } from './domain/transaction.js';
import type { TransactionStore } from './store/transaction-store.js';

/** Tells a change that has been stored in the same database transaction. */
export function tell(tx: Tx, { next, facts }: Change): void {
  for (const { fact, payload } of facts) tx.say(fact, { id: next.transactionId, version: next.version }, payload);
}

/** Stores the next version of a locked transaction and tells it: the one way in which a transaction changes after its acceptance. */
export async function save(transactions: TransactionStore, tx: Tx, change: Change): Promise<void> {
  await transactions.update(tx, change.next);
  tell(tx, change);
}
