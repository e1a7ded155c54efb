import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { deliveryExhausted, deliverySucceeded, type DeliveryV1 } from '@tillbridge/contracts';
import type { Clock } from '@tillbridge/kernel';
import { Transactions, WriteLane, type Tx } from '@tillbridge/messaging';
import { CLOCK, LOG, Loop, type Log, type StepOutcome } from '@tillbridge/platform';
import { conductOf, nextAfter, type Conduct } from '../domain/outcome.js';
import { PATIENCE, type Patience } from '../options.js';
import type { ClaimedDelivery, RecordedAttempt } from '../store/delivery-row.js';
import { DeliveryStore } from '../store/delivery-store.js';
import { EndpointStore } from '../store/endpoint-store.js';
import { Courier } from './courier.js';
import { HttpPoster, type Posted } from './http-poster.js';
import { Lanes } from './lanes.js';

/** Finds what became due by time, and what a lost wake-up left behind. */
const TICK_MS = 500;
const MAX_POSTS = 32;
const MAX_POSTS_PER_LANE = 4;
/** Below the service's own limit for shutting down. What is still under way then is left to its lease. */
const DRAIN_LIMIT_MS = 10_000;

/**
 * Pushes what is due: claims in one short transaction, posts outside any, records through the write path. A process that dies in between leaves
 * its leases to run out; the host then gets the same result again, under the same id.
 */
@Injectable()
export class Pusher implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly lanes = new Lanes(MAX_POSTS, MAX_POSTS_PER_LANE);
  private readonly underWay = new Set<Promise<void>>();
  private readonly lane: WriteLane;
  private readonly loop: Loop;
  private stopping = false;

  constructor(
    @Inject(Transactions) transactions: Transactions,
    @Inject(DeliveryStore) private readonly deliveries: DeliveryStore,
    @Inject(EndpointStore) private readonly endpoints: EndpointStore,
    @Inject(Courier) private readonly courier: Courier,
    @Inject(HttpPoster) private readonly poster: HttpPoster,
    @Inject(PATIENCE) private readonly patience: Patience,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.lane = new WriteLane(transactions);
    this.loop = new Loop('pusher', () => this.step(), { tickMs: TICK_MS, log });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
    const limit = new Promise((resolve) => setTimeout(resolve, DRAIN_LIMIT_MS).unref());
    await Promise.race([Promise.all(this.underWay), limit]);
    // From here on a failure is our own doing: the database and the connections are about to be closed.
    this.stopping = true;
  }

  /** Something became due. */
  wake(): void {
    this.loop.wake();
  }

  private async step(): Promise<StepOutcome> {
    this.poster.closeIdle();
    if (this.lanes.room === 0) return 'idle';
    const now = this.clock.now();
    const { claimed, givenUp } = await this.deliveries.claim(now, later(now, this.patience.leaseMs), this.lanes.load);
    if (givenUp.length > 0) this.log.error({ deliveryIds: givenUp }, 'deliveries were parked: how they went could not be recorded');
    claimed.forEach((delivery) => this.start(delivery));
    return claimed.length + givenUp.length > 0 ? 'more' : 'idle';
  }

  private start(delivery: ClaimedDelivery): void {
    this.lanes.enter(delivery);
    const push = this.push(delivery).then((conduct) => {
      this.underWay.delete(push);
      if (this.lanes.leave(delivery, conduct)) this.wake();
    });
    this.underWay.add(push);
  }

  /** One attempt, from its start to its record; gives how the receiver behaved. Never throws: what could not be recorded comes again when its lease has run out. */
  private async push(delivery: ClaimedDelivery): Promise<Conduct | undefined> {
    const startedAt = this.clock.now();
    const startedMs = this.clock.monotonicMs();
    let conduct: Conduct | undefined;
    try {
      const posted = await this.courier.attempt(delivery);
      const durationMs = Math.round(this.clock.monotonicMs() - startedMs);
      conduct = conductOf(posted, durationMs);
      if (!this.stopping) await this.record(delivery, posted, { startedAt, durationMs });
    } catch (error) {
      this.log.error({ err: error, deliveryId: delivery.deliveryId }, 'a push could not be recorded');
    }
    return conduct;
  }

  private async record(delivery: ClaimedDelivery, posted: Posted, timing: { startedAt: Date; durationMs: number }): Promise<void> {
    const endedAt = this.clock.now();
    const next = nextAfter(delivery, posted, endedAt, this.patience.schedule, Math.random());
    const attempt = {
      ...{ deliveryId: delivery.deliveryId, version: delivery.version, endedAt, next, ...timing },
      ...(posted.kind === 'answered' ? { status: posted.status } : {}),
      ...(posted.excerpt === undefined ? {} : { excerpt: posted.excerpt }),
    };
    await this.lane.run({ keys: [delivery.deliveryId], cause: delivery.cause, perform: (tx) => this.write(tx, delivery, attempt) });
    if (next.state === 'parked')
      this.log.warn({ deliveryId: delivery.deliveryId, url: delivery.url, error: next.error }, 'a delivery was parked');
  }

  private async write(tx: Tx, delivery: ClaimedDelivery, attempt: RecordedAttempt): Promise<void> {
    const isOurs = await this.deliveries.record(tx, attempt);
    if (!isOurs) return this.log.warn({ deliveryId: delivery.deliveryId }, 'a push outlived its lease and was recorded by another attempt');
    const { next } = attempt;
    if (next.state === 'parked' && next.disableEndpoint && delivery.endpointId !== undefined)
      await this.endpoints.disable(tx, delivery.endpointId);
    if (next.state === 'pending') return;
    const fact = next.state === 'delivered' ? deliverySucceeded : deliveryExhausted;
    const told = toldOf(delivery, attempt);
    tx.say(fact, { id: told.deliveryId, version: told.version }, told);
  }
}

const later = (now: Date, ms: number): Date => new Date(now.getTime() + ms);

const toldOf = (delivery: ClaimedDelivery, { endedAt, status }: RecordedAttempt): DeliveryV1 => ({
  deliveryId: delivery.deliveryId,
  version: delivery.version + 1,
  ...(delivery.endpointId === undefined ? {} : { endpointId: delivery.endpointId }),
  transactionId: delivery.transactionId,
  attempts: delivery.attempts + 1,
  at: endedAt.toISOString(),
  ...(status === undefined ? {} : { lastStatus: status }),
});
