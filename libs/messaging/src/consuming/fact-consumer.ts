import type { JsMsg } from '@nats-io/jetstream';
import type { MessageHandler } from '@nestjs/microservices';
import type { FactDefinition } from '@tillbridge/contracts';
import { Defect, retryDelayMs, type RetrySchedule } from '@tillbridge/kernel';
import type { Log } from '@tillbridge/platform';
import { parseJson, readHead, type MessageHead } from '../bus/message.js';
import type { Cause } from '../bus/cause.js';
import { isTransient } from '../write-path/failures.js';
import type { WriteLane } from '../write-path/lane.js';
import type { DeadLetters } from './dead-letters.js';
import { invoke } from './handler.js';
import { claimMessages } from './inbox.js';

const OUTAGE_DELAY_MS = 1_000;
/** A bug does not heal by waiting; a hiccup does, and is over by then. */
const schedule: RetrySchedule = {
  delaysMs: [100, 500, 2_000, 5_000],
  thenEveryMs: 5_000,
  giveUpAfterMs: Number.MAX_SAFE_INTEGER,
  jitter: 0.2,
};

type FactHandler = { readonly definition: FactDefinition; readonly handler: MessageHandler };
type ReadFact = { readonly head: MessageHead; readonly cause: Cause; readonly payload: object; readonly handler: MessageHandler };

/** Hands facts to their handlers, each at most once with effect: the inbox row is written in the handler's own transaction. */
export class FactConsumer {
  private readonly handlers: ReadonlyMap<string, MessageHandler>;
  private readonly definitions: ReadonlyMap<string, FactDefinition>;

  constructor(
    private readonly consumer: string,
    handlers: readonly FactHandler[],
    private readonly parts: { lane: WriteLane; deadLetters: DeadLetters; log: Log },
  ) {
    this.handlers = new Map(handlers.map(({ definition, handler }) => [definition.type, handler]));
    this.definitions = new Map(handlers.map(({ definition }) => [definition.type, definition]));
  }

  /** Handles and settles one message. Throws only when it could not be settled. */
  async handle(message: JsMsg): Promise<void> {
    const fact = this.read(message);
    if (fact instanceof Error) return this.park(message, fact);
    try {
      await this.perform(fact);
    } catch (error) {
      return isTransient(error) ? message.nak(OUTAGE_DELAY_MS) : this.fail(message, error);
    }
    message.ack();
  }

  private perform({ head, cause, payload, handler }: ReadFact): Promise<void> {
    return this.parts.lane.run({
      keys: [head.subject],
      cause,
      perform: async (tx) => {
        const isNew = await tx.batch(claimMessages, { consumer: this.consumer, messageId: head.id });
        if (isNew) await invoke(handler, payload, { head, tx });
      },
    });
  }

  private read(message: JsMsg): ReadFact | Error {
    const found = readHead(message.headers);
    const definition = this.definitions.get(found?.head.type ?? '');
    const handler = this.handlers.get(found?.head.type ?? '');
    if (found === undefined || definition === undefined || handler === undefined)
      return new Defect('not a message that this consumer knows');
    const input = parseJson(message);
    const checked = definition.validate(input);
    if (!checked.ok) return new Defect(`${definition.type} does not fit its contract: ${JSON.stringify(checked.violations)}`);
    return { ...found, payload: checked.value, handler };
  }

  /** What cannot even be read will not become readable: no second attempt. */
  private async park(message: JsMsg, reason: Error): Promise<void> {
    await this.parts.deadLetters.record(this.consumer, message, reason, 1);
    this.parts.log.error({ err: reason, consumer: this.consumer, subject: message.subject }, 'an unreadable message was parked');
    message.term();
  }

  private async fail(message: JsMsg, error: unknown): Promise<void> {
    const { attempts, parked } = await this.parts.deadLetters.record(this.consumer, message, error);
    this.parts.log.error(
      { err: error, consumer: this.consumer, subject: message.subject, attempts, parked },
      'a fact could not be handled',
    );
    if (parked) return message.term();
    const delay = retryDelayMs(schedule, attempts, 0, Math.random());
    message.nak(delay === 'give-up' ? OUTAGE_DELAY_MS : delay);
  }
}
