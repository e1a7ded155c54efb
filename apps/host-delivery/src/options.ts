import type { RetrySchedule } from '@tillbridge/kernel';
import { deliverySchedule } from './domain/outcome.js';

/** Injection token of the environment that the service runs in. */
export const ENVIRONMENT = Symbol('environment');

/** How patient deliveries are. Decided, so no setting changes it; tests pass a shorter patience. */
export type Patience = {
  readonly schedule: RetrySchedule;
  /** From connecting to the last byte of the answer that we care for. */
  readonly postTimeoutMs: number;
  /** Longer than a post and its recording take. When a process dies, its deliveries are tried again this much later. */
  readonly leaseMs: number;
};

/** Injection token of the patience. */
export const PATIENCE = Symbol('patience');

export const decidedPatience: Patience = { schedule: deliverySchedule, postTimeoutMs: 15_000, leaseMs: 30_000 };
