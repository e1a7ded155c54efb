import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/nats-core';
import { REQUESTS_STREAM, streamOf, type Context } from '@tillbridge/contracts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Long enough to repair a consumer after a bad fortnight; PostgreSQL's `events` remember for ever. */
const FACTS_MAX_AGE_MS = 14 * DAY_MS;
const DUPLICATE_WINDOW_MS = 2 * 60 * 1000;
/** Longer than any `not-after`; what is older can only be refused. */
const REQUESTS_MAX_AGE_MS = 60_000;
const REQUESTS_MAX_BYTES = 128 * 1024 * 1024;

const STREAM_NAME_IN_USE = 10_058;

type StreamShape = Parameters<JetStreamManager['streams']['add']>[0];

/** The stream of a context's facts. Creation is idempotent; a stream that exists with another storage or retention is refused, never rebuilt. */
export async function ensureFactStream(manager: JetStreamManager, context: Context, replicas: number): Promise<void> {
  await ensureStream(manager, {
    name: streamOf(context),
    subjects: [`pos.${context}.>`],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: nanos(FACTS_MAX_AGE_MS),
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
    num_replicas: replicas,
    allow_atomic: true,
    allow_direct: true,
  });
}

/** The stream of requests: in memory, because losing an unanswered request is safe and a disk flush for each is not cheap. */
export async function ensureRequestStream(manager: JetStreamManager, replicas: number): Promise<void> {
  await ensureStream(manager, {
    name: REQUESTS_STREAM,
    subjects: ['pos.requests.>'],
    storage: StorageType.Memory,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: nanos(REQUESTS_MAX_AGE_MS),
    max_bytes: REQUESTS_MAX_BYTES,
    num_replicas: replicas,
  });
}

/** Counters of all replicas: `<COUNTERS_SUBJECT>.<name of the counter>`. */
export const COUNTERS_SUBJECT = 'pos.counters';
/** Longer than anything is counted for: names hold the time that they count, so an old counter is never asked again. */
const COUNTERS_MAX_AGE_MS = 5 * 60 * 1000;
/** Some 70 bytes each, so 14 MB. When there are more the oldest go, and counting there begins anew. */
const MAX_COUNTERS = 200_000;
const COUNTER_MAX_BYTES = 1_024;

/** The stream of counters: in memory, for what is lost with it is only how much was counted in the last seconds. */
export async function ensureCounterStream(manager: JetStreamManager, replicas: number): Promise<void> {
  await ensureStream(manager, {
    name: 'POS_COUNTERS',
    subjects: [`${COUNTERS_SUBJECT}.>`],
    storage: StorageType.Memory,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: nanos(COUNTERS_MAX_AGE_MS),
    max_msgs: MAX_COUNTERS,
    max_msgs_per_subject: 1,
    // No limit on all of them together: the server would set so much aside, and asks for the same again whenever a replica names the stream.
    max_msg_size: COUNTER_MAX_BYTES,
    num_replicas: replicas,
    allow_msg_counter: true,
    allow_direct: true,
  });
}

async function ensureStream(manager: JetStreamManager, wanted: StreamShape): Promise<void> {
  try {
    await manager.streams.add(wanted);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== STREAM_NAME_IN_USE) throw error;
    const { config } = await manager.streams.info(wanted.name);
    if (config.storage !== wanted.storage || config.retention !== wanted.retention) {
      throw new Error(`stream ${wanted.name} exists as ${config.storage}/${config.retention}: moving it is a decision for a person`, {
        cause: error,
      });
    }
    await manager.streams.update(wanted.name, { ...config, ...wanted });
  }
}

export type Durable = {
  readonly stream: string;
  readonly name: string;
  readonly filters: readonly string[];
  /** How long the server waits for a sign of life before it hands the message to another replica. */
  readonly ackWaitMs: number;
  readonly maxAckPending: number;
};

/** A durable pull consumer. `max_deliver` stays unlimited and `backoff` unset: the first gives up in silence, the second overrides `ack_wait`. */
export async function ensureDurable(manager: JetStreamManager, durable: Durable): Promise<void> {
  const [only, ...more] = durable.filters;
  if (only === undefined) throw new TypeError(`durable ${durable.name} filters nothing`);
  await manager.consumers.add(durable.stream, {
    durable_name: durable.name,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(durable.ackWaitMs),
    max_ack_pending: durable.maxAckPending,
    max_deliver: -1,
    ...(more.length === 0 ? { filter_subject: only } : { filter_subjects: [...durable.filters] }),
  });
}
