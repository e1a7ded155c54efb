/** The pause before a service that died is started again. Short the first time: a service must be back within a second. */
export const FIRST_RESTART_DELAY_MS = 100;
export const LONGEST_RESTART_DELAY_MS = 5_000;
/** A service that lived this long was sound: its next death is a first one again. */
export const SOUND_AFTER_MS = 10_000;

/** The pause before the next start, from the previous pause (undefined: it has not been restarted yet) and how long the service had run. */
export function nextRestartDelayMs(previousDelayMs: number | undefined, ranForMs: number): number {
  if (previousDelayMs === undefined || ranForMs >= SOUND_AFTER_MS) return FIRST_RESTART_DELAY_MS;
  return Math.min(previousDelayMs * 2, LONGEST_RESTART_DELAY_MS);
}
