import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { format, inspect } from 'node:util';
import { Defect } from './assert.js';
import {
  equalInConstantTime,
  newClientSecret,
  newMerchantToken,
  newPairingCode,
  newPlatformId,
  newTerminalKey,
  normalisePairingCode,
  randomToken,
  Secret,
  SecretBox,
  sha256Hex,
} from './secrets.js';

describe('Secret', () => {
  const secret = new Secret('hunter2');

  it('does not show itself in any usual way of printing', () => {
    const prints = [
      String(secret),
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ deep: [secret] }),
      format('%s %o %j', secret, secret, secret),
    ];
    for (const print of prints) {
      expect(print).toContain('***');
      expect(print).not.toContain('hunter2');
    }
    expect(Object.values(secret)).toEqual([]);
  });

  it('is there when asked for', () => {
    expect(secret.reveal()).toBe('hunter2');
  });
});

describe('hashes and comparison', () => {
  it('sha256Hex gives the standard’s value for "abc"', () => {
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('equalInConstantTime is equality', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => equalInConstantTime(a, b) === (a === b) && equalInConstantTime(a, a)));
  });
});

describe('tokens', () => {
  it.each([
    ['merchant token', newMerchantToken, /^[A-Z0-9]{32}$/],
    ['client secret', newClientSecret, /^[0-9a-f]{32}$/],
    ['terminal key', newTerminalKey, /^[A-Za-z0-9_-]{43}$/],
    ['pairing code', newPairingCode, /^[A-HJKMNP-Z2-9]{8}$/],
    ['platform id', () => newPlatformId(new Date('2026-11-23T00:00:00Z')), /^[1-9]\d{17}$/],
  ])('a %s has its form and is new each time', (_, make, form) => {
    const made = Array.from({ length: 50 }, make);
    for (const token of made) expect(token).toMatch(form);
    expect(new Set(made).size).toBe(made.length);
  });

  it('a pairing code is the same however a person types it', () => {
    const blank = fc.constantFrom('', ' ', '-', '\t', ' - ');
    fc.assert(
      fc.property(fc.array(fc.tuple(blank, fc.boolean()), { minLength: 8, maxLength: 8 }), blank, (ways, end) => {
        const code = newPairingCode();
        const typed = ways.map(([before, small], place) => before + (small ? code.charAt(place).toLowerCase() : code.charAt(place)));
        return normalisePairingCode(typed.join('') + end) === code && normalisePairingCode(code) === code;
      }),
    );
  });

  it('randomToken draws from the whole alphabet and refuses one that is none', () => {
    expect(new Set(randomToken(200, 'ab'))).toEqual(new Set('ab'));
    expect(() => randomToken(5, 'a')).toThrow(Defect);
  });
});

describe('SecretBox', () => {
  const oldKey = randomBytes(32);
  const box = new SecretBox(new Map([['2026', oldKey]]), '2026');

  it('opens what it sealed, and seals the same text differently each time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (plain) => {
        const sealed = box.seal(plain);
        return box.open(sealed).reveal() === plain && sealed !== box.seal(plain);
      }),
    );
  });

  it('the sealed value names its key and hides its content', () => {
    const sealed = box.seal('9fb645400aabaa33ee0e423405d8c676');
    expect(sealed).toMatch(/^v1\.2026\.[A-Za-z0-9_-]+$/);
    expect(sealed).not.toContain('9fb645400aab');
  });

  it('after a rotation old values still open and new ones use the new key', () => {
    const rotated = new SecretBox(
      new Map([
        ['2026', oldKey],
        ['2027', randomBytes(32)],
      ]),
      '2027',
    );
    expect(rotated.open(box.seal('kept')).reveal()).toBe('kept');
    expect(rotated.seal('new')).toMatch(/^v1\.2027\./);
    expect(() => box.open(rotated.seal('new'))).toThrow(new Defect('no key with id 2027'));
  });

  it('any changed character is a defect', () => {
    const sealed = box.seal('a secret text');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.constantFrom(...Array.from(alphabet)), (place, character) => {
        fc.pre(sealed.charAt(place) !== character);
        expect(() => box.open(sealed.slice(0, place) + character + sealed.slice(place + 1))).toThrow(Defect);
      }),
    );
  });

  it('any shortened or foreign text is a defect', () => {
    const sealed = box.seal('a secret text');
    fc.assert(fc.property(fc.nat(sealed.length - 1), (length) => expect(() => box.open(sealed.slice(0, length))).toThrow(Defect)));
    fc.assert(fc.property(fc.string(), (text) => expect(() => box.open(text)).toThrow(Defect)));
  });

  it('a value moved under another key id does not open, even when both ids name the same key', () => {
    const twins = new SecretBox(
      new Map([
        ['one', oldKey],
        ['two', oldKey],
      ]),
      'one',
    );
    expect(() => twins.open(twins.seal('x').replace('v1.one.', 'v1.two.'))).toThrow(Defect);
  });

  it('refuses keys of a wrong length, bad ids and a missing current key', () => {
    expect(() => new SecretBox(new Map([['k', randomBytes(16)]]), 'k')).toThrow(Defect);
    expect(() => new SecretBox(new Map([['k.1', oldKey]]), 'k.1')).toThrow(Defect);
    expect(() => new SecretBox(new Map(), 'k')).toThrow(Defect);
  });
});
