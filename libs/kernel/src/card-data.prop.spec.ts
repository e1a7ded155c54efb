import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findCardData } from './card-data.js';
import { looksLikeFullPan } from './cards.js';

const PAN = '4111111111111111';
const exempt = new Set(['tradeNo', 'transAmount']);
const find = (value: unknown) => findCardData(value, exempt);

describe('card data is found', () => {
  it.each([
    ['in a text', { callerName: 'Ann 4111 1111 1111 1111' }, 'callerName'],
    ['as a number', { note: 4_111_111_111_111_111 }, 'note'],
    ['as a number that is too long for a double', { note: 6222023456789012342n }, 'note'],
    ['deep inside', { a: { list: ['x', { memo: `card ${PAN}` }] } }, 'a.list[1].memo'],
    ['in a list', [PAN], '[0]'],
    ['as the name of a member, which is not repeated', { x: { [PAN]: 1 } }, 'x.?'],
    ['in the name of a member', { [`card ${PAN}`]: 1 }, '?'],
    ['under a name that is no name, which is not repeated', { 'my secret is 1234': PAN }, '?'],
    ['in an exempt member that is not at the top', { a: { tradeNo: PAN } }, 'a.tradeNo'],
    ['escaped in a URL', { callBackUrl: 'https://a.example/?c=4111%201111+1111%2D1111' }, 'callBackUrl'],
    ['with escaped digits', { callBackUrl: 'https://a.example/%34111111111111111' }, 'callBackUrl'],
    ['as track 1', { note: '%B4000000000000000^DOE/JANE^29121010000000000000?' }, 'note'],
    ['as track 1 in an exempt member', { tradeNo: `%B${PAN}^DOE/JANE^2912101?` }, 'tradeNo'],
    ['as track 2, of a number that is of no issuer', { note: ';1234567890123456=29121010000?' }, 'note'],
    ['as track 2 in an exempt member', { tradeNo: `;${PAN}=29121010000?` }, 'tradeNo'],
    ['as track 2 without sentinels in an exempt member', { tradeNo: `${PAN}=29121010000` }, 'tradeNo'],
    ['as track 2 of a chip', { tradeNo: `${PAN}D29121010000` }, 'tradeNo'],
    ...['cvv', 'CVC', 'cvv2', 'CID', 'pin', 'PIN_BLOCK', 'pin-block', 'pinBlock', 'Track1', 'track_2', 'TRACK-3', 'pan', 'card_number'].map(
      (name) => [`by the name ${name}`, { extra: { [name]: '1' } }, `extra.${name}`] as const,
    ),
    ['by its name, whatever stands there', { cvv: { value: 123 } }, 'cvv'],
    ['by its name, as a number', { pin: 0 }, 'pin'],
  ])('%s', (_name, value, path) => {
    expect(find(value)).toEqual({ path });
  });

  it('wherever it stands, by a path that holds nothing of it', () => {
    const name = fc.oneof(fc.string(), fc.constantFrom('note', 'a', PAN));
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<unknown>(PAN, `x ${PAN} y`),
        fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
        fc.dictionary(name, tie('tree'), { minKeys: 1, maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const found = find({ value });
        expect(found).toBeDefined();
        expect(looksLikeFullPan(found?.path ?? '')).toBe(false);
        expect(found?.path).not.toContain('4111');
      }),
    );
  });
});

describe('left alone is', () => {
  it.each([
    ['an identifier that looks like a card', { tradeNo: PAN, transAmount: 4_222_222_222_222 }],
    ['a masked number', { note: '411111******1111', cardNo: '************1111' }],
    ['a sensitive name without data', { cvv: '', pin: null, track2: [], pan: {}, pinBlock: false }],
    ['a name that only begins like one', { pinpadModel: 'x', companyId: '1', cidr: '10.0.0.0/8', span: 3 }],
    ['a URL with parameters', { callBackUrl: 'https://shop.example/cb;v=1?id=123456789012&t=2912101000' }],
    ['nothing', null],
    ['text', 'Corner Shop'],
  ])('%s', (_name, value) => {
    expect(find(value)).toBeUndefined();
  });

  it('whatever has no digits', () => {
    const letters = fc.string({ unit: fc.constantFrom(...Array.from('abc xyzé%^;=?')) });
    fc.assert(fc.property(fc.dictionary(letters, fc.oneof(letters, fc.boolean())), (value) => find(value) === undefined));
  });
});

it('the longest body that there can be is searched in a moment', () => {
  const BODY_LENGTH = 65_536;
  for (const unit of ['4', '%B4', '%B4111111111111111^', ';4111111111111112=', '41111111111111121=', '+%20', '%', '4111 1111 1111 1112 ']) {
    const text = unit.repeat(Math.ceil(BODY_LENGTH / unit.length)).slice(0, BODY_LENGTH);
    const begin = performance.now();
    find({ note: text, tradeNo: text });
    expect([unit, performance.now() - begin < 1_000]).toEqual([unit, true]);
  }
});
