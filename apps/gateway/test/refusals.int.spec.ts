import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  bindTill,
  cancelTransaction,
  done,
  errors,
  findBinding,
  findMerchantAccess,
  findTransaction,
  initiateTransaction,
  recordReport,
  refused,
  unbindTill,
  type CallerV1,
  type ErrorName,
} from '@tillbridge/contracts';
import { newClientSecret, newMerchantToken, newPlatformId } from '@tillbridge/kernel';
import { signRequest } from '@tillbridge/protocol';
import { endpoints, type DialectVersion, type Operation } from '../src/http/semi-open.paths.js';
import { someCaller } from './some-caller.js';
import { BEHIND_PROXY, elsewhere, MERCHANT_ID, TestEdge } from './test-edge.js';

/** The documented order of refusals (docs/DECISIONS.md 1.3): a call with several faults is answered with the first of them, at every path. */

let edge: TestEdge;
beforeAll(async () => {
  edge = await TestEdge.start(BEHIND_PROXY);
}, 30_000);
afterAll(() => edge.stop(), 30_000);

/** A call in the making: what is wrong with it is planted one by one. */
type Draft = {
  readonly operation: Operation;
  readonly version: DialectVersion;
  method: string;
  contentType: string;
  body: Record<string, unknown>;
  /** Sent instead of the body. */
  text?: string;
  pad: string;
  unsignedAllowed: boolean;
  tokenIsKnown: boolean;
  signatureIsRight: boolean;
  ownerSays?: ErrorName;
};

type Fault = { readonly code: number; readonly what: string; fits(endpoint: Draft): boolean; plant(draft: Draft): void };

const always = (): boolean => true;
const hasToken = ({ operation }: Draft): boolean => operation !== 'generateAccessToken';
const isInitiation = ({ operation }: Draft): boolean => operation === 'internetTrans';
const says = (name: ErrorName, ...operations: Operation[]): Fault => ({
  code: errors[name].code,
  what: `its owner says ${name}`,
  fits: ({ operation }) => operations.includes(operation),
  plant: (draft) => (draft.ownerSays = name),
});

/** A field without which the operation cannot be. */
const needed: Readonly<Partial<Record<Operation, string>>> = {
  generateAccessToken: 'merchantId',
  registerTerminal: 'terminalSn',
  unbindTerminal: 'posId',
  internetTrans: 'tradeNo',
  getCashierAgentResult: 'tradeNo',
  terminalOperations: 'posId',
  subscribeCashierAgentResult: 'transResult',
};

const faults: readonly Fault[] = [
  { code: 40500, what: 'another method', fits: always, plant: (draft) => (draft.method = 'PUT') },
  // The rules put these two into one place; the framework looks at the header first.
  { code: 41500, what: 'another media type', fits: always, plant: (draft) => (draft.contentType = 'text/plain') },
  { code: 41300, what: 'more than 64 KiB', fits: always, plant: (draft) => (draft.pad = ' '.repeat(65_536)) },
  { code: 40002, what: 'no JSON object', fits: always, plant: (draft) => (draft.text = '[1]') },
  { code: 40101, what: 'an unknown token', fits: hasToken, plant: (draft) => (draft.tokenIsKnown = false) },
  { code: 40103, what: 'the clientId of another', fits: always, plant: (draft) => (draft.body['clientId'] = '1') },
  {
    code: 40103,
    what: 'a wrong clientSecret',
    fits: (draft) => !hasToken(draft),
    plant: (draft) => (draft.body['clientSecret'] = newClientSecret()),
  },
  {
    code: 40104,
    what: 'no signature where one is wanted',
    fits: ({ version }) => version === 'v1',
    plant: (draft) => (draft.unsignedAllowed = false),
  },
  { code: 40102, what: 'a wrong signature', fits: ({ version }) => version === 'v3', plant: (draft) => (draft.signatureIsRight = false) },
  {
    code: 40001,
    what: 'a field of a wrong type',
    fits: ({ operation }) => needed[operation] !== undefined,
    plant: (draft) => (draft.body[needed[draft.operation] ?? ''] = { none: true }),
  },
  { code: 40003, what: 'an unknown transType', fits: isInitiation, plant: (draft) => (draft.body['transType'] = 'WorldPay only') },
  { code: 40004, what: 'a full card number', fits: hasToken, plant: (draft) => (draft.body['callerName'] = '4111 1111 1111 1111') },
  { code: 40301, what: "another's merchantId", fits: hasToken, plant: (draft) => (draft.body['merchantId'] = 'elsewhere') },
  says('till-not-bound', 'internetTrans', 'unbindTerminal', 'terminalOperations'),
  says('terminal-unknown', 'registerTerminal', 'terminalOperations'),
  says('trade-no-reused', 'internetTrans'),
  says('original-not-found', 'internetTrans'),
  says('original-forbids', 'internetTrans'),
  says('terminal-offline', 'internetTrans'),
  says('terminal-busy', 'internetTrans'),
  says('transaction-not-found', 'getCashierAgentResult', 'terminalOperations', 'subscribeCashierAgentResult'),
  says('not-cancellable', 'terminalOperations'),
];

const accepted = {
  transactionId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a001',
  transIndexCode: '848981718949036032',
  acceptedAt: '2026-11-01T10:00:00.000Z',
};

const newDraft = (operation: Operation, version: DialectVersion): Draft => ({
  ...{ operation, version, method: 'POST', contentType: 'application/json', pad: '' },
  body: {
    ...{ merchantId: MERCHANT_ID, posId: 'TILL1', terminalSn: 'SN1', terminalId: '00000000', channelName: 'epx' },
    ...{ tradeNo: 't1', transType: 'Purchase', transAmount: 1, version: '1.0.0' },
    ...{ sn: 'SN1', operationType: 3, transResult: true, transIndexCode: accepted.transIndexCode },
  },
  ...{ unsignedAllowed: true, tokenIsKnown: true, signatureIsRight: true },
});

/** The owners say yes, unless the draft says otherwise; to a look at what is not there they say so. */
function playOwners({ ownerSays, body, unsignedAllowed }: Draft, { tokenUid, clientSecrets }: CallerV1): void {
  edge.reset();
  const refusal = ownerSays === undefined ? undefined : refused(ownerSays);
  edge.answer(initiateTransaction, refusal ?? done(accepted));
  edge.answer(bindTill, refusal ?? done({ tillUid: tokenUid, terminalUid: tokenUid }));
  edge.answer(unbindTill, refusal ?? done({ changed: true }));
  edge.answer(recordReport, refusal ?? done({ changed: true }));
  edge.answer(findTransaction, refusal ?? refused('transaction-not-found'));
  edge.answer(cancelTransaction, refusal ?? refused('not-cancellable'));
  edge.answer(findBinding, refused('till-not-bound'));
  const access = { clientSecrets, unsignedAllowed, merchantName: 'Shop', revocations: 0 };
  edge.answer(findMerchantAccess, body['clientId'] === undefined ? done(access) : refused('client-mismatch'));
}

async function codeOf(draft: Draft): Promise<number> {
  const clientSecret = newClientSecret();
  const caller = someCaller({ clientId: newPlatformId(new Date()), clientSecrets: [clientSecret], merchantId: MERCHANT_ID });
  const { token } = edge.admit({ ...caller, unsignedAllowed: draft.unsignedAllowed });
  playOwners(draft, caller);
  const body = { clientId: caller.clientId, clientSecret, ...draft.body };
  const text = `${draft.text ?? JSON.stringify(body)}${draft.pad}`;
  const root = draft.version === 'v1' ? '/ovstrade/semiOpen' : '/ovstrade/semiOpen/v3';
  const told = await edge.send(draft.method, `${root}/${draft.operation}`, text, {
    'content-type': draft.contentType,
    'x-forwarded-for': elsewhere(),
    'jwt-token': draft.tokenIsKnown ? token : newMerchantToken(),
    ...(draft.version === 'v1' ? {} : { sign: draft.signatureIsRight ? signRequest(text, caller.clientId, clientSecret) : '0'.repeat(64) }),
  });
  return told.body.code;
}

describe.each(endpoints())('%s', (_path, { operation, version }) => {
  const fitting = faults.filter(({ fits }) => fits(newDraft(operation, version)));

  it.each(fitting.map((fault, place) => [fault.code, fault.what, place] as const))(
    'answers %i to %s, whatever else is wrong that comes later',
    async (code, _what, place) => {
      const alone = newDraft(operation, version);
      fitting[place]?.plant(alone);
      expect(await codeOf(alone)).toBe(code);
      const withAllLater = newDraft(operation, version);
      // From the last one on, so that of two faults in the same place the earlier one stands.
      for (const fault of fitting.slice(place).reverse()) fault.plant(withAllLater);
      expect(await codeOf(withAllLater)).toBe(code);
    },
  );
});
