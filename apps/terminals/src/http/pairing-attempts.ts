import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@tillbridge/kernel';
import { CLOCK, networkOf } from '@tillbridge/platform';

export const MAX_ATTEMPTS_PER_WINDOW = 10;
export const WINDOW_MS = 60_000;
/** Of each kind. When it is full the oldest goes, so that many names cannot fill the memory. */
const MAX_REMEMBERED = 10_000;

type Window = { attempts: number; readonly endsMs: number };

/**
 * How often somebody may show a pairing code: so many times a minute for one terminal and from one address, counted by each replica in memory.
 * A code has 8.5 × 10^11 forms; at this pace guessing is hopeless as long as it is valid. What succeeds is not counted, so that a whole
 * shop can pair behind one address; it is counted while it is under way, or many at the same moment would all be free.
 */
@Injectable()
export class PairingAttempts {
  private readonly windows = new Map<string, Window>();

  constructor(@Inject(CLOCK) private readonly clock: Pick<Clock, 'monotonicMs'>) {}

  /** Counts an attempt; gives how long to wait when there were too many, and `succeeded` to take it out of the count. */
  begin(terminalSn: string, address: string): { readonly waitMs: number } | { readonly waitMs: 0; readonly succeeded: () => void } {
    const windows = [this.windowOf(`terminal ${terminalSn}`), this.windowOf(`address ${networkOf(address)}`)];
    const full = windows.filter((window) => window.attempts >= MAX_ATTEMPTS_PER_WINDOW);
    if (full.length > 0) return { waitMs: Math.max(...full.map((window) => window.endsMs - this.clock.monotonicMs())) };
    for (const window of windows) window.attempts += 1;
    const succeeded = (): void => {
      for (const window of windows) window.attempts -= 1;
    };
    return { waitMs: 0, succeeded };
  }

  get size(): number {
    return this.windows.size;
  }

  private windowOf(key: string): Window {
    const nowMs = this.clock.monotonicMs();
    const known = this.windows.get(key);
    if (known !== undefined && known.endsMs > nowMs) return known;
    // In the order of their beginning, so the first is the oldest.
    this.windows.delete(key);
    const window = { attempts: 0, endsMs: nowMs + WINDOW_MS };
    this.windows.set(key, window);
    const oldest = this.windows.size > 2 * MAX_REMEMBERED ? this.windows.keys().next().value : undefined;
    if (oldest !== undefined) this.windows.delete(oldest);
    return window;
  }
}
