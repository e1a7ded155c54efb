import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until the answer is yes, at most `withinMs`. Time is measured on the monotonic clock, so a jump of the wall clock
 * neither ends nor prolongs the wait. Returns whether the answer came in time.
 */
export async function becomesTrue(question: () => boolean | Promise<boolean>, withinMs: number, everyMs = 50): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    if (await question()) return true;
    if (performance.now() + everyMs > deadline) return false;
    await sleep(everyMs);
  }
}

/** Waits for a promise, at most `withinMs`; returns whether it settled in time. A rejection passes through. */
export async function settlesWithin(promise: Promise<unknown>, withinMs: number): Promise<boolean> {
  const late = new AbortController();
  try {
    return await Promise.race([promise.then(() => true), sleep(withinMs, false, { signal: late.signal }).catch(() => false)]);
  } finally {
    late.abort();
  }
}
