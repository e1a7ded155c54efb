import { performance } from 'node:perf_hooks';

/**
 * Two kinds of time. `now` is the wall clock: it may jump, and is only for what people and other machines read. `monotonicMs` never goes
 * back and is the only one to measure waits with; its zero point is arbitrary and differs between processes.
 */
export type Clock = {
  now(): Date;
  monotonicMs(): number;
};

/** The clock of this machine. Tests pass their own. */
/** The instant that lies so many milliseconds after another one. For pure code, which may not make instants of its own. */
export const plusMs = (instant: Date, ms: number): Date => new Date(instant.getTime() + ms);

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
};
