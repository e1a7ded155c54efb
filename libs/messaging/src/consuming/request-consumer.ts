import type { JsMsg } from '@nats-io/jetstream';
import type { MessageHandler } from '@nestjs/microservices';
import type { Answer, Reply, RequestDefinition } from '@tillbridge/contracts';
import type { Clock } from '@tillbridge/kernel';
import { Unavailable, type Log } from '@tillbridge/platform';
import type { Bus } from '../bus/bus.js';
import type { Cause } from '../bus/cause.js';
import { parseJson, readHead, readRequestHeaders, type MessageHead } from '../bus/message.js';
import { OutcomeUnknown } from '../write-path/failures.js';
import type { WriteLane } from '../write-path/lane.js';
import { asAnswer, invoke } from './handler.js';

/** After a commit whose outcome is unknown the request is looked at again: its handler is idempotent and will find what was done. */
const LOOK_AGAIN_MS = 300;

/** Thrown before the commit, so that everything is rolled back. */
class TooLate extends Error {
  override readonly name = 'TooLate';
}

type RequestHandler = { readonly definition: RequestDefinition; readonly handler: MessageHandler };
type ReadRequest = RequestHandler & {
  readonly head: MessageHead;
  readonly cause: Cause;
  readonly payload: object;
  readonly notAfter: Date;
  readonly replyTo: string;
};

/**
 * Executes requests and answers their inbox after the commit. Past its `not-after` a request is refused and never executed: the caller has
 * gone, and a payment must not start behind its back. A request that comes twice is executed twice; handlers are idempotent by domain key.
 */
export class RequestConsumer {
  private readonly handlers: ReadonlyMap<string, RequestHandler>;

  constructor(
    handlers: readonly RequestHandler[],
    private readonly parts: { bus: Bus; lane: WriteLane; clock: Clock; log: Log },
  ) {
    this.handlers = new Map(handlers.map((each) => [each.definition.type, each]));
  }

  async handle(message: JsMsg): Promise<void> {
    const request = this.read(message);
    if (request === undefined) return message.term();
    const reply = await this.execute(request, message.redelivered);
    if (reply === 'look-again') return message.nak(LOOK_AGAIN_MS);
    this.reply(request.replyTo, reply);
    message.ack();
  }

  /** What cannot be read was not sent by an edge of ours; it is answered, if it says where, and thrown away. */
  private read(message: JsMsg): ReadRequest | undefined {
    const found = readHead(message.headers);
    const envelope = readRequestHeaders(message.headers);
    if (found === undefined || envelope === undefined) {
      this.parts.log.error({ subject: message.subject }, 'a message that is no request was thrown away');
      return undefined;
    }
    const known = this.handlers.get(found.head.type);
    const payload = known?.definition.validate(parseJson(message));
    if (known !== undefined && payload?.ok === true) return { ...known, ...found, ...envelope, payload: payload.value };
    this.parts.log.error(
      { subject: message.subject, violations: payload?.ok === false ? payload.violations : 'unknown type' },
      'an unreadable request was thrown away',
    );
    this.reply(envelope.replyTo, { outcome: 'defect', correlationId: found.cause.correlationId });
    return undefined;
  }

  /**
   * A redelivered request may have been committed by whoever had it before, so of such a one "nothing was done" is never said: it is looked at
   * again for as long as it may be executed, and then nobody knows.
   */
  private async execute(request: ReadRequest, redelivered: boolean): Promise<Reply<object> | 'look-again'> {
    const { head, cause, payload, definition, handler } = request;
    const perform = (): Promise<Answer<object> | 'expired'> =>
      this.parts.lane.run({
        keys: definition.keysOf(payload),
        cause,
        perform: async (tx) => {
          // Looked at here, not on arrival: it may have waited in the lane; and once more before the commit: it may have waited for a lock.
          if (this.isExpired(request)) return 'expired';
          const answer = asAnswer(await invoke(handler, payload, { head, tx }));
          if (this.isExpired(request)) throw new TooLate('the request expired while it was executed');
          return answer;
        },
      });
    try {
      const answer = await perform();
      return answer === 'expired' ? { outcome: 'expired' } : answer;
    } catch (error) {
      if (error instanceof TooLate) return { outcome: 'expired' };
      if (error instanceof OutcomeUnknown || (error instanceof Unavailable && redelivered)) {
        return this.isExpired(request) ? { outcome: 'expired' } : 'look-again';
      }
      if (error instanceof Unavailable) return { outcome: 'unavailable', retryAfterMs: error.retryAfterMs };
      this.parts.log.error({ err: error, type: head.type, correlationId: cause.correlationId }, 'a request met a defect');
      return { outcome: 'defect', correlationId: cause.correlationId };
    }
  }

  private isExpired(request: ReadRequest): boolean {
    return this.parts.clock.now() > request.notAfter;
  }

  /** Never throws: what was committed is settled, also when its answer cannot be sent; the caller will ask again. */
  private reply(replyTo: string, reply: Reply<object>): void {
    try {
      this.parts.bus.connection.publish(replyTo, JSON.stringify(reply));
    } catch (error) {
      this.parts.log.error({ err: error }, 'an answer could not be sent');
    }
  }
}
