import type { Clock } from '@tillbridge/kernel';

type Entry<V> = { readonly value: V; readonly expiresAtMs: number };

/** Remembers values for a while, in memory only. When it is full the oldest entry goes: the next one who needs it asks again. */
export class BoundedCache<V> {
  /** In the order of insertion, so the first entry is the oldest. */
  private readonly entries = new Map<string, Entry<V>>();

  constructor(private readonly options: { maxEntries: number; keepMs: number; clock: Pick<Clock, 'monotonicMs'> }) {}

  get(key: string): V | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAtMs > this.options.clock.monotonicMs()) return entry.value;
    this.entries.delete(key);
    return undefined;
  }

  set(key: string, value: V): void {
    this.entries.delete(key);
    this.entries.set(key, { value, expiresAtMs: this.options.clock.monotonicMs() + this.options.keepMs });
    if (this.entries.size <= this.options.maxEntries) return;
    const oldest = this.entries.keys().next().value;
    if (oldest !== undefined) this.entries.delete(oldest);
  }

  /** Forgets every entry of which this is true. */
  forget(isStale: (value: V) => boolean): void {
    for (const [key, { value }] of this.entries) if (isStale(value)) this.entries.delete(key);
  }

  get size(): number {
    return this.entries.size;
  }
}
