import { Inject, Injectable } from '@nestjs/common';
import { findTransaction, type FindTransactionV1, type TransactionFoundV1, type TransactionState } from '@tillbridge/contracts';
import type { Clock } from '@tillbridge/kernel';
import { RequestClient, type Cause, type Outcome } from '@tillbridge/messaging';
import { CLOCK } from '@tillbridge/platform';
import { FinalResults } from './final-results.js';

const final: ReadonlySet<TransactionState> = new Set(['approved', 'declined', 'cancelled', 'failed']);

/** Looks for a transaction, and waits for its end if the till wants that. */
@Injectable()
export class ResultQueries {
  constructor(
    @Inject(RequestClient) private readonly client: Pick<RequestClient, 'query'>,
    @Inject(FinalResults) private readonly results: FinalResults,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * @param waitMs how long to wait for a final result; 0 answers at once. Only what is found is waited for
   * @param gone aborted when nobody is there any more to be answered
   */
  async find(query: FindTransactionV1, waitMs: number, gone: AbortSignal, cause: Cause): Promise<Outcome<TransactionFoundV1>> {
    const until = this.clock.monotonicMs() + waitMs;
    for (;;) {
      const leftMs = until - this.clock.monotonicMs();
      const wait = leftMs > 0 && !gone.aborted ? this.results.open(query) : undefined;
      const hangUp = (): void => wait?.close();
      gone.addEventListener('abort', hangUp, { once: true });
      try {
        const found = await this.client.query(findTransaction, query, cause);
        if (wait === undefined || found.outcome !== 'done' || final.has(found.value.transaction.state)) return found;
        await wait.over(leftMs);
      } finally {
        gone.removeEventListener('abort', hangUp);
        wait?.close();
      }
    }
  }
}
