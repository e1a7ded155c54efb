import { headers } from '@nats-io/nats-core';
import type { Log } from '@tillbridge/platform';
import type { Bus } from './bus.js';
import { COUNTERS_SUBJECT, ensureCounterStream } from './streams.js';

/** Whoever asks has a caller waiting. */
const ADD_TIMEOUT_MS = 100;
/** After a failure nobody waits for the next one: for so long the counters count as out of reach. */
const REST_MS = 1_000;

/**
 * Numbers that all replicas count together. Each is the last message of its subject in a stream that adds up by itself (`Nats-Incr`, a
 * JetStream counter): one round trip that cannot conflict, where compare-and-set on a key would be two and start again under load.
 */
export class Counters {
  private restsUntilMs = 0;

  private constructor(
    private readonly bus: Bus,
    private readonly streamReplicas: number,
    private readonly log: Log,
  ) {
    bus.onReconnect(() => void this.makeStream());
  }

  /** Creates the stream when it is not there. Without it everything works on, counting alone. */
  static async open(bus: Bus, options: { streamReplicas: number; log: Log }): Promise<Counters> {
    const counters = new Counters(bus, options.streamReplicas, options.log);
    await counters.makeStream();
    return counters;
  }

  /**
   * Adds to a counter and returns what it is then; undefined when that cannot be said within a moment.
   * @param name letters, digits, `-`, `_` and dots
   */
  async add(name: string, amount: number): Promise<number | undefined> {
    if (!this.bus.connected || performance.now() < this.restsUntilMs) return undefined;
    const message = headers();
    message.set('Nats-Incr', `+${amount}`);
    try {
      const reply = await this.bus.connection.request(`${COUNTERS_SUBJECT}.${name}`, '', { headers: message, timeout: ADD_TIMEOUT_MS });
      return totalIn(reply.json());
    } catch (error) {
      this.restsUntilMs = performance.now() + REST_MS;
      this.log.warn({ err: error }, 'the counters are out of reach; this replica counts alone');
      // A server that keeps streams in memory forgets them when it starts again.
      void this.makeStream();
      return undefined;
    }
  }

  private async makeStream(): Promise<void> {
    try {
      await ensureCounterStream(this.bus.manager, this.streamReplicas);
    } catch (error) {
      this.log.warn({ err: error }, 'the stream of counters could not be made');
    }
  }
}

function totalIn(reply: unknown): number {
  const total = typeof reply === 'object' && reply !== null && 'val' in reply ? Number(reply.val) : Number.NaN;
  if (!Number.isSafeInteger(total))
    throw new TypeError('the answer of a counter has no total: the server is older than 2.12, or refused to add');
  return total;
}
