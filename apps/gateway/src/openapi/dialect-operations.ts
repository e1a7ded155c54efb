import { errors, type ErrorName, type JsonSchema, type PayloadClass } from '@tillbridge/contracts';
import type { Endpoint, Operation as OperationName } from '../http/semi-open.paths.js';
import {
  GenerateAccessTokenV1,
  generateAccessTokenRules,
  GetCashierAgentResultV3,
  getCashierAgentResultRules,
  InternetTransV3,
  internetTransRules,
  QueryTerminalListV3,
  queryTerminalListRules,
  RegisterTerminalV3,
  registerTerminalRules,
  UnbindTerminalV3,
  unbindTerminalRules,
} from '../paywizard/requests.js';
import { SubscribeCashierAgentResultV1, subscribeCashierAgentResultRules } from '../paywizard/report-request.js';
import { TerminalOperationsV3, terminalOperationsRules } from '../paywizard/terminal-requests.js';
import { transTypes, type TransTypeRule } from '../paywizard/trans-types.js';
import type { FieldRule } from '../paywizard/wire-fields.js';
import { AccessToken, BoundTill, DialectEnvelope, TerminalOperationResult, TransactionResult } from './dialect-answers.js';
import { headersOf, sharedParameters, toldErrors, type Operation } from './parts.js';
import { memberOf, membersOf, type SchemaBook } from './schema-book.js';

type Dialect = {
  readonly summary: string;
  readonly detail?: string;
  readonly body: PayloadClass<object>;
  readonly rules: Readonly<Record<string, FieldRule>>;
  readonly sample: object;
  /** The class of `data`, or of its elements; absent: a success has no `data`. */
  readonly answer?: { readonly of: PayloadClass<object>; readonly list: boolean };
  readonly errors: readonly ErrorName[];
};

const who = { clientId: '825429536610058240', merchantId: '10800000003' };
const till = { ...who, posId: 'D31231234567890' };
const number = { tradeNo: '2024081210800000003001', transType: 'Purchase' };

/** The types by what they need, as they are checked. */
function toldTypes(): string {
  const named = (fits: (rule: TransTypeRule) => boolean): string =>
    transTypes()
      .filter(fits)
      .map(({ transType }) => `\`${transType}\``)
      .join(', ');
  return [
    `An amount is needed by ${named(({ money }) => money === 'needed')}; ${named(({ money }) => money === 'tip-or-total')} needs a tip or the new total`,
    `it may be left out of ${named(({ money }) => money === 'optional')}, and is refused with ${named(({ money }) => money === 'none')}`,
    `an original is needed by ${named(({ original }) => original === 'needed')}.`,
  ].join('; ');
}

/** One entry for each operation that is served: one without an entry does not compile. */
const dialect: Readonly<Record<OperationName, Dialect>> = {
  generateAccessToken: {
    summary: 'Get the tokens of a merchant',
    detail: 'Deprecated by the vendor; version 1 only. The same tokens each time, until one of them is revoked.',
    body: GenerateAccessTokenV1,
    rules: generateAccessTokenRules,
    sample: { ...who, clientSecret: '00000000000000000000000000000000', channelName: 'epx' },
    answer: { of: AccessToken, list: true },
    errors: [],
  },
  registerTerminal: {
    summary: 'Bind a till to a terminal',
    detail:
      'The same binding again changes nothing. A till that is bound to another terminal is bound anew unless a transaction is open on it.',
    body: RegisterTerminalV3,
    rules: registerTerminalRules,
    sample: { ...till, terminalId: '12345678', terminalSn: 'WP123987987897' },
    errors: ['terminal-unknown', 'bound-otherwise'],
  },
  queryTerminalList: {
    summary: 'List the bound tills of the merchant',
    body: QueryTerminalListV3,
    rules: queryTerminalListRules,
    sample: who,
    answer: { of: BoundTill, list: true },
    errors: [],
  },
  unbindTerminal: {
    summary: 'Take a till off its terminal',
    detail: 'By `posId`; without one by a `terminalId` that exactly one bound terminal has.',
    body: UnbindTerminalV3,
    rules: unbindTerminalRules,
    sample: till,
    errors: ['till-not-bound'],
  },
  internetTrans: {
    summary: 'Start a transaction on the terminal of the till',
    detail:
      'Success means accepted, not paid. A `tradeNo` starts one transaction at most: the same request again gets the first answer, with the ' +
      'header `x-idempotent-replay`; another request under the same number is refused. Types that follow up another transaction name it by one ' +
      `\`ori…\` member at least; what is left of it is decided before the terminal is asked.\n\n${toldTypes()}`,
    body: InternetTransV3,
    rules: internetTransRules,
    sample: { ...till, ...number, transAmount: 1000, currencyCode: '840' },
    errors: [
      ...(['unknown-trans-type', 'card-data-refused', 'till-not-bound', 'trade-no-reused'] as const),
      ...(['original-not-found', 'original-forbids', 'terminal-offline', 'terminal-busy'] as const),
    ],
  },
  getCashierAgentResult: {
    summary: 'Ask how a transaction stands',
    body: GetCashierAgentResultV3,
    rules: getCashierAgentResultRules,
    sample: { ...who, ...number },
    answer: { of: TransactionResult, list: false },
    errors: ['transaction-not-found'],
  },
  terminalOperations: {
    summary: 'Cancel what the till has under way, ask how its terminal is, or print the last receipt again',
    detail:
      'Version 3 only. The merchant is that of the token. A cancel that was taken says only that the terminal is asked to stop: query the transaction ' +
      'for what came of it. What is over already is 40903, with its result as `data`.',
    body: TerminalOperationsV3,
    rules: terminalOperationsRules,
    sample: { clientId: who.clientId, posId: till.posId, sn: 'WP123987987897', operationType: 3 },
    answer: { of: TerminalOperationResult, list: false },
    errors: ['card-data-refused', 'till-not-bound', 'terminal-unknown', 'transaction-not-found', 'terminal-offline', 'not-cancellable'],
  },
  subscribeCashierAgentResult: {
    summary: 'Publish the result of a transaction, as a terminal',
    detail:
      'Version 1 only, and for terminals without our channel. The first result of a transaction counts; the same report again is a success and changes ' +
      'nothing. What cannot be read of the other members is left out.',
    body: SubscribeCashierAgentResultV1,
    rules: subscribeCashierAgentResultRules,
    sample: {
      ...{ ...who, ...number, transIndexCode: '848981718949036032', transResult: true, respCode: '00', cardNum: '411111******1111' },
      ...{ transID: '1733208430104', transAmount: 1000, transDate: '20240812', transTime: '154759' },
    },
    errors: ['card-data-refused', 'transaction-not-found'],
  },
};

const always: readonly ErrorName[] = ['not-an-object', 'invalid-field', 'client-mismatch', 'not-yours', 'no-answer'];
const withStatus: readonly ErrorName[] = ['body-too-large', 'media-type-unsupported', 'too-many-requests', 'internal-error', 'unavailable'];

/** An operation of the Paywizard dialect. */
export function dialectOperation({ operation, version }: Endpoint, path: string, book: SchemaBook): Operation {
  const { summary, detail, body, rules, sample, errors: own } = dialect[operation];
  const hasToken = operation !== 'generateAccessToken';
  const callers: ErrorName[] = [
    ...(hasToken ? (['token-invalid'] as const) : []),
    version === 'v3' ? 'signature-invalid' : 'unsigned-refused',
  ];
  return {
    operationId: `${version}-${operation}`,
    summary,
    ...(detail === undefined ? {} : { description: detail }),
    tags: [version === 'v3' ? 'tills, version 3' : 'tills, version 1'],
    security: hasToken ? [version === 'v3' ? { merchantToken: [], signature: [] } : { merchantToken: [] }] : [],
    parameters: sharedParameters,
    requestBody: {
      required: true,
      content: { 'application/json': { schema: book.refer(body, { properties: toldMembers(body, rules) }), example: sample } },
    },
    responses: responsesOf(dialect[operation], [...always, ...callers, ...own], book),
    'x-codeSamples': [{ lang: 'sh', source: curlOf(path, sample, version === 'v3', hasToken) }],
  };
}

/** The members of the body, each with what callers are told when it is wrong. */
function toldMembers(body: PayloadClass<object>, rules: Dialect['rules']): JsonSchema {
  const { names } = membersOf(body);
  return Object.fromEntries(names.map((name) => [name, { ...memberOf(body, name), description: rules[name]?.expected ?? '' }]));
}

function responsesOf({ answer }: Dialect, refusals: readonly ErrorName[], book: SchemaBook): Record<string, JsonSchema> {
  const envelope = book.refer(DialectEnvelope);
  const item = answer === undefined ? undefined : book.refer(answer.of);
  const payload = answer?.list === true ? { type: 'array', items: item } : item;
  const schema = payload === undefined ? envelope : { allOf: [envelope, { type: 'object', properties: { data: payload } }] };
  const content = (of: JsonSchema): JsonSchema => ({ 'application/json': { schema: of } });
  const told = `\`code\` 200: done or accepted. Otherwise:\n\n${toldErrors(refusals)}`;
  const failures = withStatus.map((name) => {
    const status = errors[name].httpStatus;
    return [status, { description: toldErrors([name]), headers: headersOf(status), content: content(envelope) }] as const;
  });
  return {
    200: { description: told, headers: headersOf(200, 'x-idempotent-replay'), content: content(schema) },
    ...Object.fromEntries(failures),
  };
}

function curlOf(path: string, sample: object, isSigned: boolean, hasToken: boolean): string {
  const signed = [
    `sign=$(printf '%s&clientId=%s&clientSecret=%s' "$body" "$CLIENT_ID" "$CLIENT_SECRET" |`,
    `  openssl dgst -sha256 -hmac "$CLIENT_SECRET" | sed 's/.* //')`,
  ];
  const flags = [...(hasToken ? ['-H "jwt-token: $MERCHANT_TOKEN"'] : []), ...(isSigned ? ['-H "sign: $sign"'] : [])];
  return [
    `body='${JSON.stringify(sample)}'`,
    ...(isSigned ? signed : []),
    `curl -s "$TILLBRIDGE_URL${path}" -H 'content-type: application/json' \\`,
    `  ${[...flags, '-d "$body"'].join(' ')}`,
  ].join('\n');
}
