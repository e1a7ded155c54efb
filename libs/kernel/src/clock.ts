import { performance } from 'node:perf_hooks';

/**
 * Two kinds of time. `now` is the wall clock: it may jump, and is only for what people and other machines read. `monotonicMs` never goes
 * back and is the only one to measure waits with; its zero point is arbitrary and differs between processes.
 */
export type Clock = {
  now(): Date;
  monotonicMs(): number;
};

/** The instant that lies so many milliseconds after another one. For pure code, which may not make instants of its own. */
export const plusMs = (instant: Date, ms: number): Date => new Date(instant.getTime() + ms);

/** The instant that a text of the form `2026-11-01T09:00:00.000Z` names; undefined when there is none, as on 30 February. */
export function readInstant(text: string): Date | undefined {
  const instant = new Date(text);
  return !Number.isNaN(instant.getTime()) && instant.toISOString() === text ? instant : undefined;
}

/** The clock of this machine. Tests pass their own. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
};
