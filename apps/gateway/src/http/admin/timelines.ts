import { Inject, Injectable } from '@nestjs/common';
import { findCommandHistory, findTimeline, findTimelineById, type TimelineV1 } from '@tillbridge/contracts';
import { RequestClient, type Outcome } from '@tillbridge/messaging';
import { valueOrProblem } from '../problem-answer.js';
import type { Timeline } from './answers.js';
import type { AdminCall } from './given.js';

/** Puts together what each owner has recorded of a transaction. */
@Injectable()
export class Timelines {
  constructor(@Inject(RequestClient) private readonly client: RequestClient) {}

  async byTradeNo(clientId: string, tradeNo: string, call: AdminCall): Promise<Timeline> {
    return this.completed(await this.client.query(findTimeline, { clientId, tradeNo }, call.cause), call);
  }

  /** @param id the transactionId or the transIndexCode */
  async byId(id: string, call: AdminCall): Promise<Timeline> {
    return this.completed(await this.client.query(findTimelineById, { id }, call.cause), call);
  }

  /** The transaction has to be found. What another owner knows of it may be missing, and then its name is told: half a story is better than none. */
  private async completed(found: Outcome<TimelineV1>, { cause }: AdminCall): Promise<Timeline> {
    const timeline = valueOrProblem(found);
    const history = await this.client.query(findCommandHistory, { transactionId: timeline.transactionId }, cause);
    if (history.outcome !== 'done') return { ...timeline, missing: ['terminals'] };
    // The sort is stable, so what one owner recorded within a millisecond keeps its order.
    const hops = [...timeline.hops, ...history.value.hops].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
    return { ...timeline, hops };
  }
}
