import { Inject, Injectable } from '@nestjs/common';
import { findBinding, initiateTransaction, type InitiateTransactionV1, type TransactionAcceptedV1 } from '@tillbridge/contracts';
import { RequestClient, type Cause, type Outcome } from '@tillbridge/messaging';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a fact may take from one service to the next; each wait is followed by one more try. */
const WAITS_MS = [50, 150, 400, 1_000];

/** Asks for a transaction, with patience for a till that was bound a moment ago. */
@Injectable()
export class Initiation {
  constructor(@Inject(RequestClient) private readonly client: RequestClient) {}

  /**
   * The owner of transactions learns of a binding by a fact, some milliseconds after the till was told that it is bound. So "not bound" is
   * believed at once only when the owner of bindings says so too; else the same request, which left no trace, is repeated.
   */
  async initiate(request: InitiateTransactionV1, cause: Cause): Promise<Outcome<TransactionAcceptedV1>> {
    let outcome = await this.client.request(initiateTransaction, request, cause);
    if (!saysNotBound(outcome) || !(await this.isBound(request, cause))) return outcome;
    for (const waitMs of WAITS_MS) {
      await sleep(waitMs);
      outcome = await this.client.request(initiateTransaction, request, cause);
      if (!saysNotBound(outcome)) return outcome;
    }
    return outcome;
  }

  private async isBound({ clientId, merchantId, posId }: InitiateTransactionV1, cause: Cause): Promise<boolean> {
    const found = await this.client.query(findBinding, { clientId, merchantId, posId }, cause);
    return found.outcome === 'done';
  }
}

const saysNotBound = (outcome: Outcome<TransactionAcceptedV1>): boolean =>
  outcome.outcome === 'refused' && outcome.refusal.name === 'till-not-bound';
