import { beforeEach, describe, expect, it } from '@jest/globals';
import { MAX_ATTEMPTS_PER_WINDOW, PairingAttempts, WINDOW_MS } from './pairing-attempts.js';

let nowMs = 0;
let attempts: PairingAttempts;
beforeEach(() => {
  nowMs = 0;
  attempts = new PairingAttempts({ monotonicMs: () => nowMs });
});
const isFree = (terminalSn: string, address: string): boolean => attempts.begin(terminalSn, address).waitMs === 0;
const times = (count: number, attempt: (index: number) => boolean): boolean[] =>
  Array.from({ length: count }, (_, index) => attempt(index));

describe('attempts to pair', () => {
  it.each<[string, (index: number) => [string, string]]>([
    ['for one terminal, wherever they come from', (index) => ['SN', `10.0.0.${index}`]],
    ['from one address, whichever terminal they are for', (index) => [`SN${index}`, '10.0.0.1']],
    ['from one network of IPv6', (index) => [`SN${index}`, `2001:db8::${index.toString(16)}`]],
  ])('are limited %s, and free again when the minute is over', (_case, who) => {
    expect(times(MAX_ATTEMPTS_PER_WINDOW, (index) => isFree(...who(index)))).not.toContain(false);
    nowMs = 20_000;
    expect(attempts.begin(...who(MAX_ATTEMPTS_PER_WINDOW))).toEqual({ waitMs: WINDOW_MS - 20_000 });
    expect(isFree('another', '192.0.2.1')).toBe(true);
    nowMs = WINDOW_MS;
    expect(isFree(...who(MAX_ATTEMPTS_PER_WINDOW))).toBe(true);
  });

  it('that succeed are not counted, so a whole shop can pair behind one address', () => {
    for (let index = 0; index < 50; index += 1) {
      const attempt = attempts.begin(`SN${index}`, '10.0.0.1');
      expect(attempt.waitMs).toBe(0);
      if ('succeeded' in attempt) attempt.succeeded();
    }
  });

  it('fill no memory', () => {
    for (let index = 0; index < 30_000; index += 1) isFree(`SN${index}`, `10.0.${index >> 8}.${index & 255}`);
    expect(attempts.size).toBe(20_000);
  });
});
