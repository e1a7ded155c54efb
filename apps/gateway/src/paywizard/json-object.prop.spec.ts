import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readObject } from './json-object.js';
import { hasEscapedName, hasTwins, surveyOf } from './json-text.js';

const read = (text: string) => readObject(new TextEncoder().encode(text));
const detailOf = (text: string): string | undefined => {
  const answer = read(text);
  return answer.outcome === 'refused' ? (answer.refusal.detail ?? answer.refusal.name) : undefined;
};

/** A value with the freedom of the wire: objects are lists of members, so that a name may come twice. */
type Value = { text: string; depth: number; twins: boolean; escapes: boolean };

/** One of the spellings of a name. */
const spelling = (name: string) =>
  fc
    .boolean()
    .map((escaped) =>
      escaped
        ? `"${Array.from(name, (letter) => String.raw`\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`
        : JSON.stringify(name),
    );
const nameAndSpelling = fc
  .constantFrom('a', 'b', '__proto__', 'é', '"', '\\', '\\"')
  .chain((name) => spelling(name).map((text) => ({ name, text })));
const blank = fc.constantFrom('', ' ', '\n\t');

const plainNames = fc.constantFrom('a', 'b', '__proto__', 'é').map((name) => ({ name, text: `"${name}"` }));

const valuesWith = (names: fc.Arbitrary<{ name: string; text: string }>): fc.Arbitrary<Value> =>
  fc.letrec<{ value: Value; leaf: Value; list: Value; object: Value }>((tie) => ({
    value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, tie('leaf'), tie('list'), tie('object')),
    leaf: fc
      .oneof(
        fc.constant('null'),
        fc.integer().map(String),
        fc.string().map((text) => JSON.stringify(text)),
        fc.constantFrom('"{"', '"\\""', '"[:,"'),
      )
      .map((text) => ({ text, depth: 0, twins: false, escapes: false })),
    list: fc.array(tie('value'), { maxLength: 4 }).map((items) => ({
      text: `[${items.map(({ text }) => text).join(',')}]`,
      depth: 1 + Math.max(0, ...items.map(({ depth }) => depth)),
      twins: items.some(({ twins }) => twins),
      escapes: items.some(({ escapes }) => escapes),
    })),
    object: fc.array(fc.tuple(names, blank, tie('value')), { maxLength: 4 }).map((members) => ({
      text: `{${members.map(([{ text }, space, { text: of }]) => `${space}${text}${space}:${of}${space}`).join(',')}}`,
      depth: 1 + Math.max(0, ...members.map(([, , { depth }]) => depth)),
      twins: new Set(members.map(([{ name }]) => name)).size < members.length || members.some(([, , { twins }]) => twins),
      escapes: members.some(([{ text }, , { escapes }]) => text.includes('\\') || escapes),
    })),
  })).value;

const value = valuesWith(nameAndSpelling);

const HUGE_INTEGER = /(?<![.\d])\d{16,}(?![.\d])/;

describe('a text of JSON', () => {
  it('is found out when a name in it is written with an escape, whatever its strings hold', () => {
    fc.assert(
      fc.property(value, ({ text, escapes }) => hasEscapedName(text) === escapes),
      { numRuns: 2_000 },
    );
  });

  it('is found out when an object in it names a member twice, at whatever depth', () => {
    let found = 0;
    fc.assert(
      fc.property(valuesWith(plainNames), ({ text, twins }) => {
        found += twins ? 1 : 0;
        expect([text, hasTwins(text)]).toEqual([text, twins]);
      }),
      { numRuns: 2_000 },
    );
    expect(found).toBeGreaterThan(50);
  });

  it('is as deep as its deepest bracket, whatever its strings hold', () => {
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 25 }), ({ text, depth }, more) => {
        expect(surveyOf('['.repeat(more) + text + ']'.repeat(more)).isTooDeep).toBe(depth + more > 20);
      }),
    );
  });

  it('without doubt is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), (object) => {
        const text = JSON.stringify(object);
        fc.pre(!HUGE_INTEGER.test(text) && !hasEscapedName(text));
        expect(read(text)).toEqual({ outcome: 'done', value: JSON.parse(text) as object });
      }),
    );
  });

  it('cannot make later ones be read as something else', () => {
    read('{"b":1,"\\\\":1}');
    expect(read('{"b":1,"\\u0063":2}')).toMatchObject({ outcome: 'refused' });
    expect(read('{"b":1,"c":"\\u0063"}')).toEqual({ outcome: 'done', value: { b: 1, c: 'c' } });
  });

  it('of any other kind is refused and never thrown at', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const answer = readObject(bytes);
        return answer.outcome === 'done' || answer.refusal.name === 'not-an-object';
      }),
    );
  });
});

describe('a body is refused with what is wrong with it, and nothing of it', () => {
  it.each([
    ['', 'it is no JSON'],
    ['{"tradeNo":', 'it is no JSON'],
    ['{} {}', 'it is no JSON'],
    ['[1]', 'it is JSON of another kind'],
    ['null', 'it is JSON of another kind'],
    ['"4111111111111111"', 'it is JSON of another kind'],
    ['{"a":1,"\\u0061":2}', "a member's name is written with an escape"],
    ['{"x":[{"\\\\":1}]}', "a member's name is written with an escape"],
    ['{"\\"":1}', "a member's name is written with an escape"],
    ['{"x":[{"a":1,"b":{},"a":1}]}', 'a member is given twice'],
    ['{"__proto__":1,"__proto__":2}', 'a member is given twice'],
    ['['.repeat(21), 'it is nested more than 20 levels deep'],
    [`{"a":${'['.repeat(20)}${']'.repeat(20)}}`, 'it is nested more than 20 levels deep'],
  ])('%s', (text, detail) => expect(detailOf(text)).toBe(detail));

  it('no UTF-8', () => {
    expect(readObject(Uint8Array.from([0x7b, 0xff, 0x7d]))).toMatchObject({ refusal: { detail: 'it is no UTF-8' } });
  });

  it('at no cost, even where it is as long as a body may be', () => {
    const BODY_LENGTH = 65_536;
    for (const unit of ['[', '{"a":', '{"a":[', '\\', '"\\', '"', '{"a":1,']) {
      const begin = performance.now();
      read(unit.repeat(Math.ceil(BODY_LENGTH / unit.length)));
      expect([unit, performance.now() - begin < 250]).toEqual([unit, true]);
    }
    for (const number of [`0.${'0'.repeat(65_000)}1`, '9'.repeat(65_000), `1e${'9'.repeat(65_000)}`]) {
      const begin = performance.now();
      expect(read(`{"n":${number}}`)).toMatchObject({ outcome: 'done' });
      expect(performance.now() - begin).toBeLessThan(250);
    }
    const names = Array.from({ length: 6_000 }, (_unused, index) => `"${index}a":"\\\\"`);
    const begin = performance.now();
    expect(read(`{${names.join()}}`)).toMatchObject({ outcome: 'done' });
    expect(performance.now() - begin).toBeLessThan(500);
  });
});

describe('what a body says is what was written', () => {
  const valueOf = (literal: string): unknown => {
    const answer = read(`{"n":${literal}}`);
    return answer.outcome === 'done' ? answer.value['n'] : answer;
  };

  it.each([
    ['1000', 1000],
    ['10.5', 10.5],
    ['1e3', 1000],
    ['0.0', 0],
    ['0.1', 0.1],
    ['7.044009778881821e-283', 7.044009778881821e-283],
    ['1.050E+1', 10.5],
    ['0e5', 0],
    ['-0', -0],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['9007199254740993', 9007199254740993n],
    ['4111111111111111118', 4111111111111111118n],
    ['1e400', NaN],
    ['1e-400', NaN],
    ['1000.00000000000000001', NaN],
    ['9007199254740991.2', NaN],
  ])('the number %s', (literal, expected) => expect(valueOf(literal)).toBe(expected));

  it('a long run of digits in a text', () => expect(valueOf('"9007199254740993e9"')).toBe('9007199254740993e9'));

  it('members that look like those of every object', () => {
    const answer = read('{"__proto__":{"polluted":true},"constructor":{"prototype":1},"hasOwnProperty":1}');
    expect(answer.outcome === 'done' && Object.keys(answer.value)).toEqual(['__proto__', 'constructor', 'hasOwnProperty']);
    expect(answer.outcome === 'done' && Object.getPrototypeOf(answer.value)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
