import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import type { Log } from '@tillbridge/platform';
import type { Bus } from '../bus/bus.js';
import { ensureDurable, type Durable } from '../bus/streams.js';

const RETRY_MS = 500;
/** Stalled pulls are noticed after two of these. */
const IDLE_HEARTBEAT_MS = 5_000;
/** What takes longer than this is stuck: another replica shall have it. */
const MAX_HOLD_MS = 60_000;
const PULL_EXPIRES_MS = 30_000;

/**
 * Pulls from one durable for as long as the service lives. When the durable or its stream is gone (a memory stream goes with its server; an
 * operator may reset a consumer) it makes them again and goes on.
 */
export class Pull {
  private messages: ConsumerMessages | undefined;
  private stopping = false;
  private running: Promise<void> | undefined;
  private readonly inHand = new Map<JsMsg, number>();
  private readonly heartbeat: NodeJS.Timeout;

  constructor(
    private readonly bus: Bus,
    private readonly durable: Durable,
    private readonly options: { ensureStream: () => Promise<void>; handle: (message: JsMsg) => Promise<void>; log: Log },
  ) {
    // A slow handler says that it is alive, or the server would hand its message to another replica.
    this.heartbeat = setInterval(() => this.sayWorking(), durable.ackWaitMs / 3);
    this.heartbeat.unref();
  }

  /** Resolves when the first pull is under way. */
  async start(): Promise<void> {
    await this.open();
    this.running = this.run();
  }

  /** Takes no more messages and waits for those in hand. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.messages?.close();
    await this.running;
    while (this.inHand.size > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    clearInterval(this.heartbeat);
  }

  private async open(): Promise<void> {
    await this.options.ensureStream();
    await ensureDurable(this.bus.manager, this.durable);
    const consumer = await this.bus.stream.consumers.get(this.durable.stream, this.durable.name);
    this.messages = await consumer.consume({
      max_messages: this.durable.maxAckPending,
      expires: PULL_EXPIRES_MS,
      idle_heartbeat: IDLE_HEARTBEAT_MS,
      abort_on_missing_resource: true,
      callback: (message) => void this.take(message),
    });
  }

  private sayWorking(): void {
    const oldest = performance.now() - MAX_HOLD_MS;
    this.inHand.forEach((since, message) => {
      if (since > oldest) message.working();
    });
  }

  private async take(message: JsMsg): Promise<void> {
    this.inHand.set(message, performance.now());
    try {
      await this.options.handle(message);
    } catch (error) {
      // Unsettled, it comes again after its ack wait.
      this.options.log.error({ err: error, subject: message.subject }, 'a message could not be settled');
    } finally {
      this.inHand.delete(message);
    }
  }

  private async run(): Promise<void> {
    for (;;) {
      const reason = await this.messages?.closed();
      if (this.stopping) return;
      this.options.log.warn(
        { durable: this.durable.name, reason: reason instanceof Error ? reason.message : undefined },
        'a pull ended; opening it again',
      );
      await this.reopen();
    }
  }

  private async reopen(): Promise<void> {
    while (!this.stopping) {
      try {
        await this.open();
        return;
      } catch (error) {
        this.options.log.warn({ err: error, durable: this.durable.name }, 'a pull could not be opened yet');
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}
