import { outcomeWanted } from '@tillbridge/contracts';
import { assert, plusMs, retryDelayMs, type RetrySchedule } from '@tillbridge/kernel';
import type { Life } from './life.js';
import { flag, noticeOf, told, type Change, type Kept, type Transaction } from './transaction.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** When the terminal of an unknown transaction is asked: at once, then after these waits. When the time is over a person is asked instead. */
export const askSchedule: RetrySchedule = {
  delaysMs: [5 * SECOND_MS, 15 * SECOND_MS, 60 * SECOND_MS],
  thenEveryMs: 5 * MINUTE_MS,
  giveUpAfterMs: 72 * HOUR_MS,
  // Each row has a time of its own already, its deadline.
  jitter: 0,
};

type Unknown = Extract<Life, { state: 'unknown' }>;

/** The beginning of not knowing, with the first question. */
export const firstAsk = (now: Date): Unknown => asked({ state: 'unknown', reason: 'deadline-passed', since: now, asks: 0 }, now);

/** The next question, when it is due; a person is asked when the time for questions is over. Two replicas that both try ask once. */
export function ask(transaction: Transaction, now: Date): Change | Kept {
  const { life } = transaction;
  if (life.state !== 'unknown' || life.askAt === undefined || life.askAt > now) return { kind: 'kept' };
  if (now.getTime() - life.since.getTime() >= askSchedule.giveUpAfterMs) {
    const { state, reason, since, asks } = life;
    return flag({ ...transaction, life: { state, reason, since, asks } }, 'unresolved', now);
  }
  // No change of state: `changedAt` stays.
  const next: Transaction = { ...transaction, version: transaction.version + 1, life: asked(life, now) };
  return { kind: 'changed', next, facts: [told(outcomeWanted, noticeOf(next, now))] };
}

function asked(life: Unknown, now: Date): Unknown {
  const asks = life.asks + 1;
  const delayMs = retryDelayMs(askSchedule, asks, now.getTime() - life.since.getTime(), 0);
  assert(delayMs !== 'give-up', 'whoever asks has time for it');
  return { ...life, asks, askAt: plusMs(now, delayMs) };
}
