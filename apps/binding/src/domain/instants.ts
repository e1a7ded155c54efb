import { plusMs, readInstant } from '@tillbridge/kernel';

/** Is it a moment at all, and after now? */
export const isStillToCome = (instant: string, now: Date): boolean => {
  const moment = readInstant(instant);
  return moment !== undefined && moment > now;
};

/** Does it come after so long at most? */
export const isWithin = (instant: string, ms: number, now: Date): boolean => {
  const moment = readInstant(instant);
  return moment !== undefined && moment <= plusMs(now, ms);
};
