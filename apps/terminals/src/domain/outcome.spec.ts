import { describe, expect, it } from '@jest/globals';
import { outcomeOf } from './outcome.js';

describe('what a terminal’s answer proves', () => {
  it.each([
    ['approved', { approved: true, respCode: '00', authCode: '012345' }],
    ['approved', { approved: true, respDesc: 'CANCELLED' }],
    ['not-executed', { approved: false, respCode: '-EXPIRED' }],
    ['not-executed', { approved: false, respCode: '-BUSY', respDesc: 'another transaction is running' }],
    ['not-executed', { approved: false, respCode: '-UNSUPPORTED' }],
    ['cancelled', { approved: false, respDesc: 'USER CANCEL' }],
    ['cancelled', { approved: false, respDesc: 'Transaction canceled' }],
    ['cancelled', { approved: false, respCode: 'CANCELLED' }],
    ['declined', { approved: false, respDesc: 'CANCELLED', authCode: '012345' }],
    ['declined', { approved: false, respCode: '51', respDesc: 'INSUFFICIENT FUNDS' }],
    ['declined', { approved: false, respCode: 'EXPIRED' }],
    ['declined', { approved: false }],
  ] as const)('%s: %j', (outcome, result) => {
    expect(outcomeOf(result)).toBe(outcome);
  });
});
