import { equalInConstantTime, Secret } from '@tillbridge/kernel';
import type { Setting } from '@tillbridge/platform';

/** Who may use the operators' API: each name is what the audit log says, each token opens the API. */
export type Operator = { readonly name: string; readonly token: Secret };

/** Injection token of the operators. */
export const OPERATORS = Symbol('operators');

/** Shorter tokens can be guessed in a time that somebody may have. */
export const MIN_PRODUCTION_TOKEN_LENGTH = 16;
const MAX_TOKEN_LENGTH = 256;
const NAMELESS = 'operator';

/** A name, then a token as RFC 6750 writes it. Its `=` may only stand at the end, so that a token without a name is not taken for one with it. */
const ENTRY = /^(?:([A-Za-z0-9._-]{1,64})=)?([A-Za-z0-9._~+/-]+=*)$/;

/** `alice=token,bob=token`; a token without a name is that of `operator`. */
export const operatorsSetting = (variable: string): Setting<readonly Operator[]> => ({ variable, read: readOperators });

function readOperators(text: string): Operator[] {
  const operators = text.split(',').map((entry) => {
    const [, name, token] = ENTRY.exec(entry.trim()) ?? [];
    if (token === undefined || token.length > MAX_TOKEN_LENGTH || (name === undefined && isUnfinished(token))) {
      throw new TypeError('must be a token (RFC 6750: letters, digits, -._~+/), or name=token, several with commas');
    }
    return { name: name ?? NAMELESS, token: new Secret(token) };
  });
  const isTwice = (values: readonly string[]): boolean => new Set(values).size < values.length;
  if (isTwice(operators.map(({ name }) => name))) throw new TypeError('must name each operator once');
  if (isTwice(operators.map(({ token }) => token.reveal()))) throw new TypeError('must give each operator a token of its own');
  return operators;
}

/** `alice=`, whose token was forgotten, must not become the token `alice=`: padding makes a text of base64 a multiple of four long. */
const isUnfinished = (token: string): boolean =>
  token.endsWith('=') && (token.length % 4 !== 0 || token.length < MIN_PRODUCTION_TOKEN_LENGTH);

/** The name of the operator with this token. Every token is compared, also after a match, so that the time tells nothing. */
export function nameOfOperator(shown: string, operators: readonly Operator[]): string | undefined {
  const matches = operators.filter(({ token }) => equalInConstantTime(shown, token.reveal()));
  return matches[0]?.name;
}

/** What is wrong with these operators in this environment, as one line for the operator of the service; undefined: nothing. */
export function problemOfOperators(operators: readonly Operator[], environment: 'sandbox' | 'production'): string | undefined {
  const isShort = operators.some(({ token }) => token.reveal().length < MIN_PRODUCTION_TOKEN_LENGTH);
  if (environment !== 'production' || !isShort) return undefined;
  return `TILLBRIDGE_ADMIN_TOKEN must have at least ${String(MIN_PRODUCTION_TOKEN_LENGTH)} characters in each token`;
}
