import { done, refused, replayed, type Answer, type RecordedV1 } from '@tillbridge/contracts';
import { unreachable } from '@tillbridge/kernel';
import type { Changed, Created, Decision } from '../domain/decision.js';

/** Writes and tells what was decided, if anything changes, and answers that it was done or why it was not. */
export async function carryOut<State, News extends Created<State> | Changed<State>>(
  decision: Exclude<Decision<State>, { kind: 'create' | 'change' }> | News,
  write: (news: News) => Promise<void>,
): Promise<Answer<RecordedV1>> {
  switch (decision.kind) {
    case 'refuse':
      return refused(decision.name, decision.detail);
    case 'keep':
      return replayed({ changed: false });
    case 'create':
    case 'change':
      await write(decision);
      return done({ changed: true });
    default:
      return unreachable(decision);
  }
}

/** What the record was before; nothing for a new one. */
export const beforeOf = <State>(news: Created<State> | Changed<State>): State | undefined =>
  news.kind === 'change' ? news.before : undefined;
