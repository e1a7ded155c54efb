import { Inject, Injectable } from '@nestjs/common';
import { bindTill, findOpenTransaction, refused, type BindTillV1, type TillBoundV1 } from '@tillbridge/contracts';
import { RequestClient, type Cause, type Outcome } from '@tillbridge/messaging';

/** Binds a till, also one that is bound to another terminal, unless a payment is under way on it. */
@Injectable()
export class Registration {
  constructor(@Inject(RequestClient) private readonly client: RequestClient) {}

  /**
   * The owner of bindings does not know of transactions, so it refuses to bind anew until somebody has looked. A transaction that begins
   * between the look and the binding is not lost: it keeps the terminal that it was sent to.
   */
  async register(request: BindTillV1, cause: Cause): Promise<Outcome<TillBoundV1>> {
    const outcome = await this.client.request(bindTill, request, cause);
    if (outcome.outcome !== 'refused' || outcome.refusal.name !== 'bound-otherwise') return outcome;
    const { clientId, merchantId, posId } = request;
    const open = await this.client.query(findOpenTransaction, { clientId, merchantId, posId }, cause);
    if (open.outcome !== 'done') return open;
    const { tradeNo } = open.value;
    if (tradeNo !== undefined) return refused('bound-otherwise', `tradeNo ${tradeNo} is open on posId ${posId}`);
    return this.client.request(bindTill, { ...request, mayRebind: true }, cause);
  }
}
