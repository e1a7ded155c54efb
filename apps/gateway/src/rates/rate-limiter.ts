import { sha256Hex, type Clock } from '@tillbridge/kernel';
import type { Counters } from '@tillbridge/messaging';

/** How often something may happen: so many times in each window, for each key. */
export type RatePolicy = { readonly name: string; readonly limit: number; readonly windowMs: number };

/** How a key stands under a policy after it was asked. */
export type Standing = {
  readonly allowed: boolean;
  readonly limit: number;
  /** What is left of the window's limit; another replica may be spending it just now. */
  readonly remaining: number;
  /** Until the next window begins. */
  readonly resetMs: number;
};

/** What this replica knows of one key in one window. */
type Share = {
  readonly policy: RatePolicy;
  readonly counter: string;
  readonly window: number;
  /** How often it was allowed here. */
  spent: number;
  /** How often it may be allowed here before more is leased. */
  granted: number;
  /** How much of the limit all replicas have leased, as far as this one knows. */
  leased: number;
  /** There is nothing more to lease. */
  exhausted: boolean;
  leasing?: Promise<void>;
};

/**
 * Into so many chunks a window's limit is leased. It bounds both what a busy key costs (so many round trips to NATS in a window, however many
 * calls) and what may lie idle at a replica that leased it and gets no more calls (one chunk).
 */
const CHUNKS_PER_WINDOW = 32;
/** Of all policies together; about 20 MB. When there are more the oldest go, and lease anew when they are asked again. */
const MAX_SHARES = 50_000;
/** The longest clientId. What is longer is kept by its hash. */
const MAX_KEY_LENGTH = 64;
/** Half of a SHA-256: nobody can find two keys that share a counter. */
const COUNTER_NAME_LENGTH = 32;

/**
 * Limits that all replicas keep together, in fixed windows. A replica leases a chunk of the window's limit from a counter that all share and
 * spends it by itself. While the counters are out of reach it grants itself the limit: limited by each replica alone, but never unlimited, and
 * nobody waits for NATS.
 */
export class RateLimiter {
  /** In the order in which they were begun, so the first is the oldest. */
  private readonly shares = new Map<string, Share>();

  constructor(
    private readonly counters: Pick<Counters, 'add'>,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /** Counts one and says whether it is allowed. Only ask for keys that are known or bounded: each costs memory for a while. */
  async take(policy: RatePolicy, key: string): Promise<Standing> {
    const share = this.shareOf(policy, key, this.nowMs());
    while (mustLease(share)) await this.lease(share);
    return spend(share, this.nowMs());
  }

  /** The same without waiting; undefined, and nothing is counted, where something has to be leased first. */
  takeAtOnce(policy: RatePolicy, key: string): Standing | undefined {
    const nowMs = this.nowMs();
    const share = this.shareOf(policy, key, nowMs);
    return mustLease(share) ? undefined : spend(share, nowMs);
  }

  /** How the key stands, without counting. What other replicas have spent shows only once this one has asked for more itself. */
  look(policy: RatePolicy, key: string): Standing {
    const nowMs = this.nowMs();
    const share = this.shareOf(policy, key, nowMs);
    return standingOf(share, !share.exhausted || share.spent < share.granted, nowMs);
  }

  get size(): number {
    return this.shares.size;
  }

  private nowMs(): number {
    return this.clock.now().getTime();
  }

  private shareOf(policy: RatePolicy, key: string, nowMs: number): Share {
    const id = `${policy.name}/${key.length > MAX_KEY_LENGTH ? sha256Hex(key) : key}`;
    const window = Math.floor(nowMs / policy.windowMs);
    const known = this.shares.get(id);
    if (known?.window === window) return known;
    const counter = `${policy.name}.${sha256Hex(key).slice(0, COUNTER_NAME_LENGTH)}.${window}`;
    const share: Share = { policy, counter, window, spent: 0, granted: 0, leased: 0, exhausted: false };
    this.shares.delete(id);
    this.shares.set(id, share);
    const oldest = this.shares.keys().next().value;
    if (this.shares.size > MAX_SHARES && oldest !== undefined) this.shares.delete(oldest);
    return share;
  }

  /** One at a time: whoever comes meanwhile waits for the same. */
  private lease(share: Share): Promise<void> {
    share.leasing ??= this.leaseNow(share).finally(() => delete share.leasing);
    return share.leasing;
  }

  private async leaseNow(share: Share): Promise<void> {
    const { limit } = share.policy;
    const chunk = Math.max(1, Math.floor(limit / CHUNKS_PER_WINDOW));
    const total = await this.counters.add(share.counter, chunk);
    const before = total === undefined ? 0 : total - chunk;
    // Alone it has what it was granted in this window already, and the rest of the limit.
    share.granted = total === undefined ? limit : share.granted + Math.min(chunk, Math.max(0, limit - before));
    share.leased = total === undefined ? limit : total;
    share.exhausted = share.leased >= limit;
  }
}

function spend(share: Share, nowMs: number): Standing {
  const allowed = share.spent < share.granted;
  if (allowed) share.spent += 1;
  return standingOf(share, allowed, nowMs);
}

function standingOf({ policy, window, spent, granted, leased }: Share, allowed: boolean, nowMs: number): Standing {
  const used = Math.min(policy.limit, leased) - (granted - spent);
  const resetMs = (window + 1) * policy.windowMs - nowMs;
  return { allowed, limit: policy.limit, remaining: Math.max(0, policy.limit - used), resetMs: Math.max(0, resetMs) };
}

const mustLease = ({ spent, granted, exhausted }: Share): boolean => spent >= granted && !exhausted;
