import { expect, it } from '@jest/globals';
import { isStorable } from './text.js';

it.each([
  ['', true],
  ['演示商户 😀', true],
  ['a\tb\n', true],
  ['a\0b', false],
  ['\ud83d', false],
  ['\ude00a', false],
])('%j can be kept: %p', (text, kept) => expect(isStorable(text)).toBe(kept));
