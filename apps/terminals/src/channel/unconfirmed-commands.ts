/** More than are ever sent at once; what no longer fits is sent again early, which is harmless. */
const MAX_UNCONFIRMED = 64;

/**
 * The commands that were sent on a channel while no acknowledgement of them is recorded. Either the terminal never got them, or what it said
 * could not be recorded: both times they have to be sent again. `nowMs`: monotonic.
 */
export class UnconfirmedCommands {
  private readonly sentAtMs = new Map<string, number>();

  sent(transIndexCode: string, nowMs: number): void {
    this.sentAtMs.delete(transIndexCode);
    this.sentAtMs.set(transIndexCode, nowMs);
    const [oldest] = this.sentAtMs.keys();
    if (this.sentAtMs.size > MAX_UNCONFIRMED && oldest !== undefined) this.sentAtMs.delete(oldest);
  }

  /** An acknowledgement or a result was recorded. */
  confirm(transIndexCode: string): void {
    this.sentAtMs.delete(transIndexCode);
  }

  /** Was it sent so lately that its acknowledgement may still come? */
  has(transIndexCode: string): boolean {
    return this.sentAtMs.has(transIndexCode);
  }

  /** Forgets what was sent `limitMs` ago or earlier. True when there was any. */
  giveUpWaiting(nowMs: number, limitMs: number): boolean {
    const overdue = [...this.sentAtMs].filter(([, sentAtMs]) => nowMs - sentAtMs >= limitMs);
    for (const [transIndexCode] of overdue) this.sentAtMs.delete(transIndexCode);
    return overdue.length > 0;
  }
}
