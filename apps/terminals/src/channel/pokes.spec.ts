import { describe, expect, it } from '@jest/globals';
import { readPoke } from './pokes.js';

describe('a poke', () => {
  it.each([{ kind: 'command' }, { kind: 'replaced', sessionId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a003', version: 4 }])(
    'is read: %j',
    (poke) => {
      expect(readPoke(JSON.stringify(poke))).toEqual(poke);
    },
  );

  it.each(['', 'command', 'null', '[]', '{"kind":"later"}', '{"kind":"replaced"}', '{"kind":"replaced","sessionId":"a","version":"4"}'])(
    'that is not known here is passed over: %s',
    (text) => {
      expect(readPoke(text)).toBeUndefined();
    },
  );
});
