import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { createInbox, errors as natsErrors, type Msg, type Subscription } from '@nats-io/nats-core';
import type { QueryDefinition, Reply, RequestDefinition } from '@tillbridge/contracts';
import { newId, plusMs, type Clock } from '@tillbridge/kernel';
import { CLOCK, type Log, LOG } from '@tillbridge/platform';
import { Bus } from '../bus/bus.js';
import type { Cause } from '../bus/cause.js';
import { parseJson, setRequestHeaders, writeHead } from '../bus/message.js';

/** A reply, or none: then a request may or may not have been executed. */
export type Outcome<A extends object> = Reply<A> | { readonly outcome: 'no-answer' };

/** Longer than the owner needs after the death of a replica, shorter than the tills in the field wait (15 s). */
export const REQUEST_TIMEOUT_MS = 10_000;
/** How much earlier the owner must have committed: "no answer" is said only when nothing new can happen any more. */
const LAST_COMMIT_BEFORE_MS = 2_000;
export const QUERY_TIMEOUT_MS = 4_000;
const MAX_PENDING_REQUESTS = 10_000;
const RETRY_AFTER_MS = 1_000;

type Pending = { readonly resolve: (outcome: Outcome<object>) => void; readonly timer: NodeJS.Timeout };

/** How an edge asks. Only edges do: services tell. */
@Injectable()
export class RequestClient implements OnApplicationBootstrap {
  private readonly inbox = createInbox();
  private readonly pending = new Map<string, Pending>();
  private subscription: Subscription | undefined;

  constructor(
    @Inject(Bus) private readonly bus: Bus,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    // One subscription for all answers; the last token tells whose it is.
    this.subscription = this.bus.connection.subscribe(`${this.inbox}.*`, {
      callback: (error, message) => {
        if (error === null) this.settle(message);
        else this.log.error({ err: error }, 'the reply inbox failed');
      },
    });
  }

  /** Not a hook of its own: answers must still come in while the HTTP server finishes its calls. */
  async close(): Promise<void> {
    await this.subscription?.drain();
  }

  /**
   * Asks the owner to do something. Published without a publish acknowledgement: the answer is the acknowledgement. `unavailable` means that
   * nothing was started; `no-answer` that nobody knows, so the caller asks again under the same domain key.
   */
  request<P extends object, A extends object>(
    definition: RequestDefinition<P, A>,
    payload: P,
    cause: Cause,
    timeoutMs = REQUEST_TIMEOUT_MS,
  ): Promise<Outcome<A>> {
    if (!this.bus.connected || this.pending.size >= MAX_PENDING_REQUESTS) return Promise.resolve(unavailable);
    const id = newId();
    const now = this.clock.now();
    const head = { id, type: definition.type, source: 'pos.edge', subject: definition.keysOf(payload)[0] ?? id, time: now.toISOString() };
    const headers = writeHead({ ...head, subject: encodeURIComponent(head.subject) }, cause);
    setRequestHeaders(headers, {
      notAfter: plusMs(now, Math.max(timeoutMs - LAST_COMMIT_BEFORE_MS, timeoutMs / 2)),
      replyTo: `${this.inbox}.${id}`,
    });
    return new Promise<Outcome<A>>((resolve) => {
      const timer = setTimeout(() => {
        this.pending.delete(id);
        resolve({ outcome: 'no-answer' });
      }, timeoutMs);
      this.pending.set(id, { resolve: resolve as Pending['resolve'], timer });
      this.bus.connection.publish(definition.type, JSON.stringify(payload), { headers });
    });
  }

  /** Asks the owner for something it knows. */
  async query<P extends object, A extends object>(
    definition: QueryDefinition<P, A>,
    payload: P,
    cause: Cause,
    timeoutMs = QUERY_TIMEOUT_MS,
  ): Promise<Reply<A>> {
    if (!this.bus.connected) return unavailable;
    const id = newId();
    const headers = writeHead({ id, type: definition.type, source: 'pos.edge', subject: id, time: this.clock.now().toISOString() }, cause);
    try {
      const reply = await this.bus.connection.request(definition.type, JSON.stringify(payload), { timeout: timeoutMs, headers });
      return reply.json<Reply<A>>();
    } catch (error) {
      if (!isBusFailure(error)) throw error;
      this.log.warn({ reason: error instanceof Error ? error.message : undefined, type: definition.type }, 'a query found no answer');
      return unavailable;
    }
  }

  private settle(message: Msg): void {
    const id = message.subject.slice(this.inbox.length + 1);
    const waiting = this.pending.get(id);
    // Nobody waits any more: the caller was told that there is no answer, and will ask again.
    if (waiting === undefined) return;
    clearTimeout(waiting.timer);
    this.pending.delete(id);
    const reply = parseJson(message) as Reply<object> | undefined;
    waiting.resolve(reply ?? { outcome: 'no-answer' });
  }
}

const unavailable = { outcome: 'unavailable', retryAfterMs: RETRY_AFTER_MS } as const;

const isBusFailure = (error: unknown): boolean =>
  error instanceof natsErrors.TimeoutError ||
  error instanceof natsErrors.NoRespondersError ||
  error instanceof natsErrors.RequestError ||
  error instanceof natsErrors.ClosedConnectionError ||
  error instanceof natsErrors.DrainingConnectionError;
