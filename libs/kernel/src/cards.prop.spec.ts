import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newTransIndexCode } from './ids.js';
import { looksLikeFullPan, maskCardNumber, maskFullPans, passesLuhn } from './cards.js';

/** Published test numbers of the schemes. */
const testPans = [
  '4111111111111111',
  '4222222222222',
  '5555555555554444',
  '2223003122003222',
  '378282246310005',
  '30569309025904',
  '6011111111111117',
  '3530111333300000',
  '6200000000000005',
  '6759649826438453',
];

const digits = (minLength: number, maxLength: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength, maxLength }).map((all) => all.join(''));

describe('maskCardNumber', () => {
  it.each([
    ['4111111111111111', '411111******1111'],
    ['4111 1111 1111 1111', '411111******1111'],
    ['4111-1111-1111-1111', '411111******1111'],
    ['4222222222222', '422222***2222'],
    ['411111******1111', '411111******1111'],
    ['411111XXXXXX1111', '411111******1111'],
    ['************1111', '************1111'],
    ['****1111', '****1111'],
    ['411111***1111', '411111***1111'],
    ['41111111*1111111', '411111******1111'],
    ['', ''],
    ['UNKNOWN', 'UNKNOWN'],
    ['123456789012', '************'],
    ['41111111111111111111', '********************'],
    ['4111111111111111=2912', '****************=****'],
  ])('%p becomes %p', (pan, masked) => {
    expect(maskCardNumber(pan)).toBe(masked);
  });

  it('of 13 to 19 digits shows the first six and the last four and nothing between, and masking again changes nothing', () => {
    fc.assert(
      fc.property(digits(13, 19), (pan) => {
        const masked = maskCardNumber(pan);
        expect(masked).toHaveLength(pan.length);
        expect(masked.slice(0, 6) + masked.slice(-4)).toBe(pan.slice(0, 6) + pan.slice(-4));
        expect(masked.slice(6, -4)).toMatch(/^\*+$/);
        expect(maskCardNumber(masked)).toBe(masked);
      }),
    );
  });

  it('never shows more than ten digits, whatever it gets', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('0123456789*xX- =A')) }), (text) => {
        expect(maskCardNumber(text).replace(/\D/g, '').length).toBeLessThanOrEqual(10);
      }),
    );
  });
});

describe('passesLuhn', () => {
  it.each(testPans)('%s passes', (pan) => expect(passesLuhn(pan)).toBe(true));

  it('finds every single wrong digit', () => {
    fc.assert(
      fc.property(fc.constantFrom(...testPans), fc.nat(18), fc.integer({ min: 1, max: 9 }), (pan, at, by) => {
        const place = at % pan.length;
        const wrong = (Number(pan.charAt(place)) + by) % 10;
        return !passesLuhn(pan.slice(0, place) + String(wrong) + pan.slice(place + 1));
      }),
    );
  });

  it.each(['', '4111 1111 1111 1111', 'abc', '411111******1111', '-0'])('%p is no number to check', (text) => {
    expect(passesLuhn(text)).toBe(false);
  });
});

describe('looksLikeFullPan', () => {
  it.each(testPans)('finds %s alone, in a sentence, in JSON, in groups, on a track', (pan) => {
    const groups = pan.match(/.{1,4}/g)!;
    for (const text of [
      pan,
      `card ${pan}, please`,
      JSON.stringify({ note: pan }),
      groups.join(' '),
      groups.join('-'),
      groups.join('.'),
      groups.join('/'),
      groups.join(' - '),
      groups.join('\u00a0'),
      `${groups.join(' ')} 12 26`,
      `12 ${groups.join(' ')}`,
      `;${pan}=29121010000`,
      `%B${pan}^DOE/JANE^2912`,
    ]) {
      expect([text, looksLikeFullPan(text)]).toEqual([text, true]);
    }
  });

  it('does not find masked numbers', () => {
    fc.assert(fc.property(digits(13, 19), (pan) => !looksLikeFullPan(maskCardNumber(pan))));
  });

  it('does not take our own platform numbers for cards', () => {
    const date = fc.date({ min: new Date('2024-01-01T00:00:00Z'), max: new Date('2030-12-31T00:00:00Z'), noInvalidDate: true });
    fc.assert(fc.property(date, (now) => !looksLikeFullPan(newTransIndexCode(now))));
    // Each of these passes the check digit rule, so that only its length and its first digits tell it from a card.
    for (const number of ['220000000000000004', '303200000000000006', '353000000000000003']) {
      expect([number, passesLuhn(number), looksLikeFullPan(number)]).toEqual([number, true, false]);
    }
  });

  it.each([
    '',
    '2024-08-12 15:47:59',
    '1733208430104',
    '2024081210800000003001',
    '4111111111111112',
    '14111111111111111111',
    '0000000000000000',
  ])('leaves %p alone', (text) => {
    expect(looksLikeFullPan(text)).toBe(false);
  });

  it('reads the longest body that there can be in a moment', () => {
    const BODY_LENGTH = 65_536;
    for (const unit of ['4', '4 ', '41 ', '4111111111111112 ', '4. - ', ' ', '4111-']) {
      const text = unit.repeat(Math.ceil(BODY_LENGTH / unit.length)).slice(0, BODY_LENGTH);
      const begin = performance.now();
      looksLikeFullPan(text);
      expect([unit, performance.now() - begin < 1_000]).toEqual([unit, true]);
    }
  });
});

describe('maskFullPans', () => {
  it('masks what looksLikeFullPan finds, and nothing else', () => {
    expect(maskFullPans('paid 1000 by 4111 1111-1111.1111, terminal 848981718949036032 at 2024-08-12 15:47')).toBe(
      'paid 1000 by **** ****-****.****, terminal 848981718949036032 at 2024-08-12 15:47',
    );
  });

  it('leaves nothing to find', () => {
    const part = fc.oneof(fc.constantFrom(...testPans), fc.string());
    fc.assert(fc.property(fc.array(part), (parts) => !looksLikeFullPan(maskFullPans(parts.join(' ')))));
  });
});
