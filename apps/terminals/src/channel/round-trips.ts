/** An answer that comes after more pings than these belongs to a channel that is given up anyhow. */
const MAX_REMEMBERED = 4;

/** The pings of one channel and what became of them. Times are monotonic, milliseconds. */
export class RoundTrips {
  private readonly sentAtMs = new Map<number, number>();
  private last: number | undefined;
  private sentInVain = 0;
  private heardAtMs: number;

  constructor(nowMs: number) {
    this.heardAtMs = nowMs;
  }

  /** The last round trip; undefined before the first one. */
  get lastMs(): number | undefined {
    return this.last;
  }

  /** How many pings went out since the terminal was heard. */
  get unanswered(): number {
    return this.sentInVain;
  }

  /** How long ago the terminal was heard. */
  ageMs(nowMs: number): number {
    return nowMs - this.heardAtMs;
  }

  /** Gives the `t` of a ping that leaves now. */
  ping(nowMs: number): number {
    const t = Math.round(nowMs);
    this.sentAtMs.set(t, nowMs);
    const [oldest] = this.sentAtMs.keys();
    if (this.sentAtMs.size > MAX_REMEMBERED && oldest !== undefined) this.sentAtMs.delete(oldest);
    this.sentInVain += 1;
    return t;
  }

  /** Any message of the terminal. */
  hear(nowMs: number): void {
    this.heardAtMs = nowMs;
    this.sentInVain = 0;
  }

  /** A number that was not asked, or was answered before, measures nothing: whoever makes it up must not look fast. */
  pong(t: number, nowMs: number): void {
    const sentAtMs = this.sentAtMs.get(t);
    if (sentAtMs === undefined) return;
    this.sentAtMs.delete(t);
    this.last = nowMs - sentAtMs;
  }
}
