import type { MessageHandler } from '@nestjs/microservices';
import type { Msg, Subscription } from '@nats-io/nats-core';
import type { QueryDefinition, Reply } from '@tillbridge/contracts';
import { newId } from '@tillbridge/kernel';
import { Unavailable, type Log } from '@tillbridge/platform';
import type { Bus } from '../bus/bus.js';
import { parseJson, readHead } from '../bus/message.js';
import { isConnectionFailure } from '../write-path/failures.js';
import { asAnswer, invoke } from './handler.js';

/** Beyond this a replica says that it is busy instead of building up a backlog of reads nobody waits for any more. */
const MAX_CONCURRENT_QUERIES = 256;
const RETRY_AFTER_MS = 1_000;

/** Answers one kind of query over core NATS; the replicas share the work in a queue group. Nothing is stored. */
export class QueryResponder {
  private subscription: Subscription | undefined;
  private underWay = 0;

  constructor(
    private readonly app: string,
    private readonly definition: QueryDefinition,
    private readonly handler: MessageHandler,
    private readonly parts: { bus: Bus; log: Log },
  ) {}

  start(): void {
    this.subscription = this.parts.bus.connection.subscribe(this.definition.type, {
      queue: this.app,
      callback: (error, message) => {
        if (error === null) void this.respond(message);
        else this.parts.log.error({ err: error, type: this.definition.type }, 'a subscription failed');
      },
    });
  }

  async stop(): Promise<void> {
    await this.subscription?.drain();
  }

  private async respond(message: Msg): Promise<void> {
    this.underWay += 1;
    const reply = this.underWay > MAX_CONCURRENT_QUERIES ? busy : await this.answer(message);
    this.underWay -= 1;
    if (!this.send(message, reply)) this.send(message, { outcome: 'defect', correlationId: newId() });
  }

  /** False when the answer could not be sent, most likely because it is larger than the server takes. */
  private send(message: Msg, reply: Reply<object>): boolean {
    try {
      message.respond(JSON.stringify(reply));
      return true;
    } catch (error) {
      this.parts.log.error({ err: error, type: this.definition.type }, 'an answer could not be sent');
      return false;
    }
  }

  private async answer(message: Msg): Promise<Reply<object>> {
    const correlationId = readHead(message.headers)?.cause.correlationId ?? newId();
    try {
      const payload = this.definition.validate(parseJson(message));
      if (!payload.ok) throw new TypeError(`${this.definition.type} does not fit its contract: ${JSON.stringify(payload.violations)}`);
      return asAnswer(await invoke(this.handler, payload.value, undefined));
    } catch (error) {
      if (error instanceof Unavailable || isConnectionFailure(error)) return busy;
      this.parts.log.error({ err: error, type: this.definition.type, correlationId }, 'a query met a defect');
      return { outcome: 'defect', correlationId };
    }
  }
}

const busy: Reply<never> = { outcome: 'unavailable', retryAfterMs: RETRY_AFTER_MS };
