import { expect, it } from '@jest/globals';
import { transactionStates } from '@tillbridge/contracts';
import { evidences, later, lives, now, sample } from '../../test/samples.js';
import { requestCancel } from './cancel.js';
import { isOpen } from './life.js';
import { weigh } from './weigh.js';

it.each(transactionStates.filter(isOpen))('a cancellation is noted once while %s, and told', (state) => {
  const wanted = requestCancel(sample({ life: lives[state] }), now);
  expect(wanted).toMatchObject({
    kind: 'changed',
    next: { version: 2, cancelRequestedAt: now, life: { state } },
    facts: [{ fact: { name: 'cancel-requested' }, payload: { version: 2, at: now.toISOString() } }],
  });
  expect(wanted?.kind === 'changed' ? requestCancel(wanted.next, later) : undefined).toEqual({ kind: 'kept' });
});

it.each(transactionStates.filter((state) => !isOpen(state)))('there is nothing to stop in what is %s', (state) => {
  expect(requestCancel(sample({ life: lives[state] }), now)).toBeUndefined();
});

it('the card may still win', () => {
  const wanted = requestCancel(sample({ life: lives['in-progress'] }), now);
  const next = wanted?.kind === 'changed' ? wanted.next : sample();
  expect(weigh(next, evidences.approved, later)).toMatchObject({ kind: 'changed', next: { life: { state: 'approved' } } });
});
