import { expect, it } from '@jest/globals';
import { transactionStates } from '@tillbridge/contracts';
import { evidences, later, lives, now, sample } from '../../test/samples.js';
import { requestCancel } from './cancel.js';
import { isOpen } from './life.js';
import { weigh } from './weigh.js';

it.each(transactionStates.filter(isOpen))('a cancellation is noted while %s, and told each time that it is wished', (state) => {
  const wanted = requestCancel(sample({ life: lives[state] }), now);
  expect(wanted).toMatchObject({
    kind: 'changed',
    next: { version: 2, cancelRequestedAt: now, life: { state } },
    facts: [{ fact: { name: 'cancel-requested' }, payload: { version: 2, at: now.toISOString() } }],
  });
  expect(requestCancel(wanted?.next ?? sample(), later)).toMatchObject({
    next: { version: 3, cancelRequestedAt: now },
    facts: [{ payload: { version: 3 } }],
  });
});

it.each(transactionStates.filter((state) => !isOpen(state)))('there is nothing to stop in what is %s', (state) => {
  expect(requestCancel(sample({ life: lives[state] }), now)).toBeUndefined();
});

it('the card may still win', () => {
  const wanted = requestCancel(sample({ life: lives['in-progress'] }), now);
  const next = wanted?.next ?? sample();
  expect(weigh(next, evidences.approved, later)).toMatchObject({ kind: 'changed', next: { life: { state: 'approved' } } });
});
