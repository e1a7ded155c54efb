import { describe, expect, it } from '@jest/globals';
import { Defect } from '@tillbridge/kernel';
import { envelope, formatTimestamp } from './envelope.js';

const now = new Date('2024-08-12T15:47:59.999Z');

describe('the envelope', () => {
  it('without payload has neither data nor advice', () => {
    expect(JSON.stringify(envelope(200, 'success', undefined, now))).toBe('{"code":200,"msg":"success","timestamp":"2024-08-12 15:47:59"}');
  });

  it('carries an empty list as a list', () => {
    expect(envelope(200, 'success', [], now).data).toEqual([]);
  });

  it('carries advice beside the vendor’s members', () => {
    const advice = { safeToRetry: true, moneyMoved: 'no', nextAction: 'wait' } as const;
    expect(envelope(40902, 'terminal busy', undefined, now, advice)).toEqual({
      code: 40902,
      msg: 'terminal busy',
      timestamp: '2024-08-12 15:47:59',
      advice,
    });
  });
});

describe('formatTimestamp', () => {
  it('is UTC, whatever the zone of the machine', () => {
    expect(formatTimestamp(new Date('2024-01-01T00:30:00+02:00'))).toBe('2023-12-31 22:30:00');
  });

  it('is a defect for an invalid date', () => {
    expect(() => formatTimestamp(new Date('nonsense'))).toThrow(Defect);
  });
});
