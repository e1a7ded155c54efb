import { describe, expect, it } from '@jest/globals';
import { newClientSecret } from '@tillbridge/kernel';
import { signRequest, verifyRequest } from '@tillbridge/protocol';

/**
 * How long a refusal takes must not tell how much of a signature was right. Samples of both kinds are taken in turns, so that whatever else
 * the machine does strikes both alike, and medians are compared, so that a few slow samples do not count. It finds work that is done or left
 * out (a second hash, a lookup); that bytes are compared in constant time is `timingSafeEqual`'s promise, which no clock of ours could check.
 */
const SAMPLES = 4_000;
const WARM_UP = 500;
const BOUND = 1.5;

type Verify = (body: Uint8Array, clientId: string, clientSecret: string, sign: string) => boolean;

const body = Buffer.from(JSON.stringify({ clientId: '825429536610058240', posId: 'TILL1', tradeNo: 't1', transAmount: 1000 }));
const clientId = '825429536610058240';
const secret = newClientSecret();
const right = signRequest(body, clientId, secret);
const flip = (digit: string): string => (digit === '0' ? '1' : '0');
const signs = {
  right,
  wrongAtOnce: flip(right.charAt(0)) + right.slice(1),
  wrongAtTheEnd: right.slice(0, -1) + flip(right.slice(-1)),
  tooShort: right.slice(0, 8),
};

const median = (times: number[]): number => times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;

/** The median times of two signatures, the slower one divided by the faster one. */
function ratioOf(verify: Verify, one: string, other: string): number {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < WARM_UP + SAMPLES; round += 1) {
    for (const turn of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const begin = process.hrtime.bigint();
      verify(body, clientId, secret, turn === 0 ? one : other);
      const took = Number(process.hrtime.bigint() - begin);
      if (round >= WARM_UP) times[turn].push(took);
    }
  }
  const medians = times.map(median);
  return Math.max(...medians) / Math.max(1, Math.min(...medians));
}

describe('the time of a check', () => {
  it.each([['wrongAtOnce'], ['wrongAtTheEnd'], ['tooShort']] as const)('of a signature that is %s is that of a right one', (kind) => {
    expect(verifyRequest(body, clientId, secret, signs[kind])).toBe(false);
    expect(ratioOf(verifyRequest, signs.right, signs[kind])).toBeLessThan(BOUND);
  });

  it('would be found to differ if a comparison ended early', () => {
    /** Compares one digit after the other, as slowly as an attacker would like: each is hashed first. */
    const endsEarly: Verify = (given, id, key, sign) => {
      const expected = signRequest(given, id, key);
      for (let at = 0; at < expected.length; at += 1) {
        if (signRequest(given, expected.charAt(at), key) !== signRequest(given, sign.charAt(at), key)) return false;
      }
      return true;
    };
    expect(ratioOf(endsEarly, signs.wrongAtTheEnd, signs.wrongAtOnce)).toBeGreaterThan(BOUND);
  });
});
