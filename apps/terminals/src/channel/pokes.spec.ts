import { describe, expect, it } from '@jest/globals';
import { readPoke, readQuestion } from './pokes.js';

describe('a poke', () => {
  it.each([{ kind: 'command' }, { kind: 'outcome' }, { kind: 'replaced', sessionId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a003', version: 4 }])(
    'is read: %j',
    (poke) => {
      expect([readPoke(JSON.stringify(poke)), readQuestion(JSON.stringify(poke))]).toEqual([poke, undefined]);
    },
  );
});

describe('a question', () => {
  it.each([{ kind: 'liveness' }, { kind: 'operate', operation: 'reprint-last' }])('is read: %j', (question) => {
    expect([readPoke(JSON.stringify(question)), readQuestion(JSON.stringify(question))]).toEqual([undefined, question]);
  });
});

describe('what is not known here', () => {
  it.each([
    ...['', 'command', 'null', '[]', '{"kind":"later"}', '{"kind":"replaced"}', '{"kind":"replaced","sessionId":"a","version":"4"}'],
    ...['{"kind":"operate"}', '{"kind":"operate","operation":"charge-again"}'],
  ])('is passed over: %s', (text) => {
    expect([readPoke(text), readQuestion(text)]).toEqual([undefined, undefined]);
  });
});
