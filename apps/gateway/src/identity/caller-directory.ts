import { Inject, Injectable } from '@nestjs/common';
import { findCaller, type CallerV1, type Reply } from '@tillbridge/contracts';
import { sha256Hex, type Clock } from '@tillbridge/kernel';
import { RequestClient, type Cause } from '@tillbridge/messaging';
import { CLOCK } from '@tillbridge/platform';
import { BoundedCache } from './bounded-cache.js';

/** A revoked token or an exchanged secret works on for no longer than this. */
export const KEEP_CALLERS_MS = 30_000;
const MAX_CALLERS = 10_000;

/**
 * Who calls. Answers of the owner are kept for seconds, in memory only. Refusals are not kept: a caller that was just registered must not wait,
 * and guessing fills no memory.
 */
@Injectable()
export class CallerDirectory {
  private readonly known: BoundedCache<CallerV1>;
  /** Lookups under way: many calls of one busy merchant make one query, also at the moment when its entry expires. */
  private readonly underWay = new Map<string, Promise<Reply<CallerV1>>>();

  constructor(
    @Inject(RequestClient) private readonly client: Pick<RequestClient, 'query'>,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.known = new BoundedCache({ maxEntries: MAX_CALLERS, keepMs: KEEP_CALLERS_MS, clock });
  }

  /** @param token the `jwt-token` as it came; only its hash travels and is kept */
  async find(clientId: string, token: string, cause: Cause): Promise<Reply<CallerV1>> {
    const tokenHash = sha256Hex(token);
    const key = `${tokenHash}/${clientId}`;
    const known = this.known.get(key);
    if (known !== undefined) return { outcome: 'done', value: known };
    const pending = this.underWay.get(key) ?? this.lookUp(key, { clientId, tokenHash }, cause);
    return pending;
  }

  private lookUp(key: string, query: { clientId: string; tokenHash: string }, cause: Cause): Promise<Reply<CallerV1>> {
    const lookup = this.client
      .query(findCaller, query, cause)
      .then((reply) => {
        if (reply.outcome === 'done') this.known.set(key, reply.value);
        return reply;
      })
      .finally(() => this.underWay.delete(key));
    this.underWay.set(key, lookup);
    return lookup;
  }
}
