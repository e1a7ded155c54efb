import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '@tillbridge/platform';
import { readConfig } from '../../config.js';
import { nameOfOperator } from './operators.js';

const read = (tokens: string, more: object = {}) =>
  readConfig({ TILLBRIDGE_NATS_URL: 'nats://127.0.0.1:4222', TILLBRIDGE_ADMIN_TOKEN: tokens, ...more }).operators;
const named = (tokens: string): [string, string][] =>
  read(tokens, { TILLBRIDGE_ENVIRONMENT: 'sandbox' }).map(({ name, token }) => [name, token.reveal()]);

describe('the admin tokens', () => {
  it.each([
    ['secret', [['operator', 'secret']]],
    ['c2VjcmV0LXNlY3JldA==', [['operator', 'c2VjcmV0LXNlY3JldA==']]],
    ['alice=c2VjcmV0==', [['alice', 'c2VjcmV0==']]],
    [
      'alice=one, bob=two,three',
      [
        ['alice', 'one'],
        ['bob', 'two'],
        ['operator', 'three'],
      ],
    ],
  ])('%s', (text, operators) => {
    expect(named(text)).toEqual(operators);
  });

  it.each(['a b', 'alice=', 'bob=', 'alice==', 'a=x,a=y', 'a=x,b=x', 'x,y', ',', 'é', 'x'.repeat(257)])(
    'refuses %p and shows it to nobody',
    (text) => {
      const problems = (): unknown => {
        try {
          return read(text, { TILLBRIDGE_ENVIRONMENT: 'sandbox' });
        } catch (error) {
          return error instanceof ConfigurationError && error.problems;
        }
      };
      expect(problems()).toEqual([expect.stringMatching(/^TILLBRIDGE_ADMIN_TOKEN must/)]);
    },
  );

  it('are long enough in production', () => {
    expect(() => read('alice=0123456789abcde')).toThrow('16 characters');
    expect(read('alice=0123456789abcdef')).toHaveLength(1);
    expect(JSON.stringify(read('alice=0123456789abcdef'))).not.toContain('0123');
  });

  it('tell who calls', () => {
    const operators = read('alice=0123456789abcdef,bob=0123456789abcdeF');
    expect(nameOfOperator('0123456789abcdeF', operators)).toBe('bob');
    expect(nameOfOperator('', operators)).toBeUndefined();
    expect(nameOfOperator('bob', operators)).toBeUndefined();
  });
});
