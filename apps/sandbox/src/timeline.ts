/** Something that happened on the way of a purchase. */
export interface Hop {
  /** ISO 8601 with milliseconds. */
  readonly at: string;
  /** What happened, in the words of who saw it. */
  readonly what: string;
  /** Who saw it: a service, the till, the host. */
  readonly by: string;
}

/**
 * The hops as a table, each with the milliseconds since the instant `since`, in the order in which they happened. All clocks are this
 * machine's. Hops of the same millisecond keep the order in which they were given.
 */
export function renderTimeline(hops: readonly Hop[], since: string): string[] {
  const begin = Date.parse(since);
  const rows = hops
    .map((hop) => ({ ...hop, afterMs: Date.parse(hop.at) - begin }))
    .sort((a, b) => a.afterMs - b.afterMs)
    .map(({ afterMs, by, what }) => ({ time: `${afterMs < 0 ? '' : '+'}${afterMs} ms`, by, what }));
  const timeWidth = Math.max(0, ...rows.map(({ time }) => time.length));
  const byWidth = Math.max(0, ...rows.map(({ by }) => by.length));
  return rows.map(({ time, by, what }) => `  ${time.padStart(timeWidth)}  ${by.padEnd(byWidth)}  ${what}`);
}
