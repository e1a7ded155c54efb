import { describe, expect, it } from '@jest/globals';
import { cursorAt, readCursor } from './cursor.js';

describe('a cursor', () => {
  it('is read back by its own list', () => expect(readCursor('tills', cursorAt('tills', '42'))).toBe('42'));
  it("is no other list's", () => expect(readCursor('tokens', cursorAt('tills', '42'))).toBeUndefined());
  it.each([
    '',
    '42',
    'tills:42',
    cursorAt('tills', ''),
    cursorAt('tills', '-1'),
    cursorAt('tills', '1'.repeat(19)),
    `${cursorAt('tills', '42')}=`,
  ])('is opaque: %j is none', (cursor) => expect(readCursor('tills', cursor)).toBeUndefined());
});
