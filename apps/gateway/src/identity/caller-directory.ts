import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { credentialsChanged, findCaller, isAbout, type CallerV1, type Reply } from '@tillbridge/contracts';
import { sha256Hex, type Clock } from '@tillbridge/kernel';
import { FactListener, RequestClient, type Cause } from '@tillbridge/messaging';
import { CLOCK } from '@tillbridge/platform';
import { BoundedCache } from './bounded-cache.js';

/** A revoked token works on for no longer than this, even when the news of its end is lost. */
export const KEEP_CALLERS_MS = 30_000;
const MAX_CALLERS = 10_000;

/**
 * Who calls. Answers of the owner are kept for seconds, in memory only, and forgotten at once when the owner says that they changed. Refusals
 * are not kept: a caller that was just registered must not wait, and guessing fills no memory.
 */
@Injectable()
export class CallerDirectory implements OnModuleInit {
  private readonly known: BoundedCache<CallerV1>;
  /** Lookups under way: many calls of one busy merchant make one query, also at the moment when its entry expires. */
  private underWay = new Map<string, Promise<Reply<CallerV1>>>();

  constructor(
    @Inject(RequestClient) private readonly client: Pick<RequestClient, 'query'>,
    @Inject(FactListener) private readonly facts: Pick<FactListener, 'listen'>,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.known = new BoundedCache({ maxEntries: MAX_CALLERS, keepMs: KEEP_CALLERS_MS, clock });
  }

  onModuleInit(): void {
    this.facts.listen(
      credentialsChanged,
      (changed) => this.forget((caller) => isAbout(changed, caller)),
      () => this.forget(() => true),
    );
  }

  /**
   * At once when it is remembered, else a promise.
   * @param token the `jwt-token` as it came; only its hash travels and is kept
   */
  find(clientId: string, token: string, cause: Cause): Reply<CallerV1> | Promise<Reply<CallerV1>> {
    const tokenHash = sha256Hex(token);
    const key = `${tokenHash}/${clientId}`;
    const known = this.known.get(key);
    if (known !== undefined) return { outcome: 'done', value: known };
    return this.underWay.get(key) ?? this.lookUp(key, { clientId, tokenHash }, cause);
  }

  private lookUp(key: string, query: { clientId: string; tokenHash: string }, cause: Cause): Promise<Reply<CallerV1>> {
    const { underWay } = this;
    const lookup = this.client
      .query(findCaller, query, cause)
      .then((reply) => {
        // An answer that was on its way while something changed may be of before: it serves those who waited for it, and nobody else.
        if (reply.outcome === 'done' && underWay === this.underWay) this.known.set(key, reply.value);
        return reply;
      })
      .finally(() => underWay.delete(key));
    underWay.set(key, lookup);
    return lookup;
  }

  private forget(isStale: (caller: CallerV1) => boolean): void {
    this.known.forget(isStale);
    this.underWay = new Map();
  }
}
