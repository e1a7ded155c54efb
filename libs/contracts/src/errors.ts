/**
 * Advice for the cashier and the till's program: machines may act on it. The catalogue's advice is about a request that starts a payment;
 * an edge words it for what else it serves.
 */
export type Advice = {
  /** May the same request be sent again without danger of a second payment? */
  readonly safeToRetry: boolean;
  readonly moneyMoved: 'yes' | 'no' | 'unknown';
  readonly nextAction: string;
};

export type ErrorEntry = {
  /** The body `code` of the Paywizard dialect. */
  readonly code: number;
  readonly httpStatus: number;
  /** Public text; a detail may follow it. Never holds internals. */
  readonly text: string;
  readonly advice: Advice;
};

const BUSINESS = 200;
const nothingMoved = (nextAction: string, safeToRetry = true): Advice => ({ safeToRetry, moneyMoved: 'no', nextAction });
const maybeMoved = (nextAction: string): Advice => ({ safeToRetry: true, moneyMoved: 'unknown', nextAction });

/**
 * Every error that leaves the system, under its stable name. Business errors of the Paywizard dialect travel with HTTP 200 and this body code
 * (docs/DECISIONS.md, "HTTP and error codes"); the others with their HTTP status and the same body.
 */
export const errors = {
  'invalid-field': entry(
    40001,
    BUSINESS,
    'a field is missing, malformed or out of range',
    nothingMoved('correct the request and send it again'),
  ),
  'not-an-object': entry(40002, BUSINESS, 'the body is not a JSON object', nothingMoved('correct the request and send it again')),
  'unknown-trans-type': entry(40003, BUSINESS, 'transType is not known here', nothingMoved('use one of the documented transaction types')),
  'card-data-refused': entry(40004, BUSINESS, 'full card data is not accepted', nothingMoved('send masked card data or none')),
  'token-invalid': entry(40101, BUSINESS, 'jwt-token is missing, unknown, expired or revoked', nothingMoved('use a valid merchant token')),
  'signature-invalid': entry(
    40102,
    BUSINESS,
    'sign is missing or wrong',
    nothingMoved('sign the exact bytes of the body with the client secret'),
  ),
  'client-mismatch': entry(
    40103,
    BUSINESS,
    'clientId does not belong with this jwt-token',
    nothingMoved('use the clientId that the token was issued for'),
  ),
  'unsigned-refused': entry(
    40104,
    BUSINESS,
    'unsigned v1 calls are switched off for this developer',
    nothingMoved('use the signed v3 paths'),
  ),
  'pairing-code-invalid': entry(
    40105,
    BUSINESS,
    'the pairing code is unknown, used, revoked or expired',
    nothingMoved('ask the operator for a new pairing code', false),
  ),
  'not-yours': entry(40301, BUSINESS, 'this merchant is not open to this developer', nothingMoved('check merchantId')),
  'till-not-bound': entry(
    40401,
    BUSINESS,
    'the till is not bound to a terminal',
    nothingMoved('bind the till with registerTerminal, then send the request again'),
  ),
  // A request that is under way may still be accepted, so "not found" proves nothing about money.
  'transaction-not-found': entry(
    40402,
    BUSINESS,
    'no transaction with this tradeNo',
    maybeMoved('send the same request again under the same tradeNo, or query again'),
  ),
  'original-not-found': entry(40403, BUSINESS, 'the original transaction was not found', nothingMoved('check the original identifiers')),
  'terminal-unknown': entry(40404, BUSINESS, 'this merchant has no such terminal', nothingMoved('check terminalSn, or enrol the terminal')),
  'record-unknown': entry(40405, BUSINESS, 'there is no such record', nothingMoved('check the id', false)),
  'trade-no-reused': entry(40901, BUSINESS, 'tradeNo was already used with a different request', {
    safeToRetry: false,
    moneyMoved: 'unknown',
    nextAction: 'query this tradeNo; use a new one for a new payment',
  }),
  'terminal-busy': entry(
    40902,
    BUSINESS,
    'the terminal is busy with another transaction',
    nothingMoved('wait until the terminal is free, then send the request again'),
  ),
  'not-cancellable': entry(40903, BUSINESS, 'the transaction cannot be cancelled any more', maybeMoved('query the transaction')),
  'bound-otherwise': entry(
    40904,
    BUSINESS,
    'the till or terminal is bound otherwise',
    nothingMoved('wait for the open transaction, then bind again'),
  ),
  'original-forbids': entry(
    40905,
    BUSINESS,
    'the original transaction does not allow this',
    nothingMoved('check what is left of the original', false),
  ),
  'record-conflict': entry(
    40906,
    BUSINESS,
    'the record is in a state that does not allow this',
    nothingMoved('read the record, then decide again', false),
  ),
  'too-many-requests': entry(42901, 429, 'too many requests', nothingMoved('wait as long as Retry-After says')),
  'internal-error': entry(50001, 500, 'internal error', maybeMoved('query the tradeNo before anything else')),
  'terminal-offline': entry(50301, BUSINESS, 'the terminal is offline', nothingMoved('check the terminal, then send the request again')),
  unavailable: entry(50302, 503, 'service not available, nothing was started', nothingMoved('send the request again as Retry-After says')),
  'no-answer': entry(
    50401,
    BUSINESS,
    'no answer in time; the request may or may not have been accepted',
    maybeMoved('query the tradeNo, or send the same request again'),
  ),
  'bad-request': entry(40000, 400, 'the HTTP request cannot be read', nothingMoved('correct the HTTP request', false)),
  'path-unknown': entry(40400, 404, 'no such path', nothingMoved('check the path', false)),
  'method-not-allowed': entry(40500, 405, 'this path takes another method', nothingMoved('check the method', false)),
  'body-too-large': entry(41300, 413, 'the body is larger than 64 KiB', nothingMoved('send a smaller body', false)),
  'media-type-unsupported': entry(41500, 415, 'the body must be application/json', nothingMoved('send Content-Type: application/json')),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorName = keyof typeof errors;

function entry(code: number, httpStatus: number, text: string, advice: Advice): ErrorEntry {
  return { code, httpStatus, text, advice };
}
