import type { Cause } from '@tillbridge/messaging';

/** A terminal works on one payment at a time, so the last few are enough. */
const MAX_REMEMBERED = 8;

/** The causes of the commands that were last sent to a terminal, so that its answers need not look them up. */
export class RecentCauses {
  private readonly causes = new Map<string, Cause>();

  remember(transIndexCode: string, cause: Cause): void {
    this.causes.delete(transIndexCode);
    this.causes.set(transIndexCode, cause);
    const [oldest] = this.causes.keys();
    if (this.causes.size > MAX_REMEMBERED && oldest !== undefined) this.causes.delete(oldest);
  }

  find(transIndexCode: string): Cause | undefined {
    return this.causes.get(transIndexCode);
  }
}
