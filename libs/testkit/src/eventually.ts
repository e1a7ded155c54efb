import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 250;

/**
 * Repeats an assertion until it passes, and returns what it returned. When it has not passed within `withinMs`, its last failure is
 * thrown. For what happens soon, but not at once: never sleep for a fixed time instead.
 */
export async function eventually<T>(assertion: () => T | Promise<T>, withinMs: number): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await assertion();
    } catch (error) {
      if (performance.now() + pauseMs >= deadline) throw error;
    }
    await sleep(pauseMs);
  }
}
