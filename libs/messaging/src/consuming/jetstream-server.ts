import { Inject, Injectable } from '@nestjs/common';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { catalogue, REQUESTS_STREAM, requestsFilter, type Context, type FactDefinition } from '@tillbridge/contracts';
import { CLOCK, LOG, type Log } from '@tillbridge/platform';
import type { Clock } from '@tillbridge/kernel';
import { Bus } from '../bus/bus.js';
import { ensureFactStream, ensureRequestStream, type Durable } from '../bus/streams.js';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../options.js';
import { WriteLane } from '../write-path/lane.js';
import { Transactions } from '../write-path/transactions.js';
import { DeadLetters } from './dead-letters.js';
import { FactConsumer } from './fact-consumer.js';
import { Pull } from './pull.js';
import { QueryResponder } from './query-responder.js';
import { RequestConsumer } from './request-consumer.js';

/** How long the facts in the hands of a replica that died stay away. A slow handler is not in danger: it says that it is alive. */
const FACTS_ACK_WAIT_MS = 5_000;
/** Short: somebody waits. When a replica dies, another one has the request this much later, well before its `not-after`. */
const REQUESTS_ACK_WAIT_MS = 2_000;
const MAX_ACK_PENDING = 1_000;

/**
 * The NestJS transport: `@EventPattern(fact.type)` handles a fact, `@MessagePattern(request.type)` a request or a query. The handler gets the
 * validated payload and a `MessageContext`; returning means done, throwing means not done. It never acknowledges, parses or opens a transaction.
 */
@Injectable()
export class JetStreamServer extends Server implements CustomTransportStrategy {
  private readonly pulls: Pull[] = [];
  private readonly responders: QueryResponder[] = [];

  constructor(
    @Inject(Bus) private readonly bus: Bus,
    @Inject(Transactions) private readonly transactions: Transactions,
    @Inject(DeadLetters) private readonly deadLetters: DeadLetters,
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    this.open().then(
      () => callback(),
      (error: unknown) => callback(error),
    );
  }

  async close(): Promise<void> {
    await Promise.all([...this.pulls.map((pull) => pull.stop()), ...this.responders.map((responder) => responder.stop())]);
  }

  on(): never {
    throw new TypeError('this transport has no events of its own');
  }

  unwrap<T>(): T {
    return this.bus.connection as T;
  }

  private async open(): Promise<void> {
    const requests: ConstructorParameters<typeof RequestConsumer>[0][number][] = [];
    const facts: { definition: FactDefinition; handler: MessageHandler }[] = [];
    for (const [pattern, handler] of this.messageHandlers) {
      const definition = catalogue.find(pattern);
      if (definition === undefined) throw new TypeError(`no contract is called ${pattern}`);
      if (definition.kind === 'fact') facts.push({ definition, handler });
      else if (definition.kind === 'request') requests.push({ definition, handler });
      else this.responders.push(new QueryResponder(this.options.app, definition, handler, { bus: this.bus, log: this.log }));
    }
    if (requests.length > 0) this.pulls.push(this.requestPull(requests));
    const byContext = Map.groupBy(facts, ({ definition }) => definition.context);
    for (const [context, handlers] of byContext) this.pulls.push(this.factPull(context, handlers));
    this.responders.forEach((responder) => responder.start());
    await Promise.all(this.pulls.map((pull) => pull.start()));
  }

  private requestPull(handlers: ConstructorParameters<typeof RequestConsumer>[0]): Pull {
    const consumer = new RequestConsumer(handlers, {
      bus: this.bus,
      lane: new WriteLane(this.transactions),
      clock: this.clock,
      log: this.log,
    });
    return new Pull(this.bus, this.durable(REQUESTS_STREAM, 'requests', [requestsFilter(this.options.context)], REQUESTS_ACK_WAIT_MS), {
      ensureStream: () => ensureRequestStream(this.bus.manager, this.options.streamReplicas),
      handle: (message) => consumer.handle(message),
      log: this.log,
    });
  }

  private factPull(context: Context, handlers: ConstructorParameters<typeof FactConsumer>[1]): Pull {
    const stream = handlers[0]?.definition.stream ?? '';
    const durable = this.durable(
      stream,
      context.replaceAll('-', '_'),
      handlers.map(({ definition }) => definition.filter),
      FACTS_ACK_WAIT_MS,
    );
    const consumer = new FactConsumer(durable.name, handlers, {
      lane: new WriteLane(this.transactions),
      deadLetters: this.deadLetters,
      log: this.log,
    });
    return new Pull(this.bus, durable, {
      ensureStream: () => ensureFactStream(this.bus.manager, context, this.options.streamReplicas),
      handle: (message) => consumer.handle(message),
      log: this.log,
    });
  }

  private durable(stream: string, purpose: string, filters: readonly string[], ackWaitMs: number): Durable {
    return { stream, name: `${this.options.app.replaceAll('-', '_')}__${purpose}`, filters, ackWaitMs, maxAckPending: MAX_ACK_PENDING };
  }
}
