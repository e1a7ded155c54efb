import { describe, expect, it } from '@jest/globals';
import { assert, Defect, unreachable } from './assert.js';

describe('assert', () => {
  it('lets truth pass and narrows the type', () => {
    const value: string | undefined = ['a'][0];
    assert(value !== undefined, 'there is one');
    expect(value.length).toBe(1);
  });

  it.each([false, 0, '', null, undefined])('throws a Defect with its message for %p', (condition) => {
    expect(() => assert(condition, 'must hold')).toThrow(new Defect('must hold'));
  });

  it('unreachable names the thing and the value that got there', () => {
    expect(() => unreachable('sideways' as never, 'direction')).toThrow(new Defect('unexpected direction: sideways'));
  });

  it('a Defect is told from other errors by its class and its name', () => {
    expect(new Defect('x')).toBeInstanceOf(Error);
    expect(new Defect('x').name).toBe('Defect');
  });
});
