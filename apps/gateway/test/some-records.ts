import { catalogue, done, type Answer } from '@tillbridge/contracts';

/** One answer of an owner to each request and query, as it might come from the real one. */

const merchant = { clientId: '825429536610058240', merchantId: '10800000003' };
const uid = '0193aa3e-7c1b-7d30-9a51-2f60c1f7a002';
const at = '2026-11-01T09:00:00.000Z';
const created = { version: 1, createdAt: at };
const recorded = { changed: true };
const terminal = { terminalUid: uid, ...merchant, terminalSn: 'WP123987987897' };

export const someRecords = {
  'list-developers': { ...created, clientId: merchant.clientId, name: 'Demo', secrets: [{ secretUid: uid, keyId: 'k1', createdAt: at }] },
  'list-merchants': { ...created, ...merchant, name: 'Shop', currencyCode: '840' },
  'list-merchant-tokens': { ...created, tokenUid: uid, ...merchant, channel: 'Terminal' },
  'list-terminals': { ...created, ...terminal, terminalId: '12345678', credential: 'key' },
  'list-tills': { tillUid: uid, version: 1, ...merchant, posId: 'TILL1', changedAt: at },
  'list-pairing-codes': { codeUid: uid, ...terminal, state: 'open', createdAt: at, expiresAt: at },
  'list-audit-entries': {
    ...{ auditId: '7', at, by: 'alice', action: 'change-till', kind: 'till', recordId: uid, correlationId: 'c' },
    ...{ ...merchant, before: { standing: 'active' }, after: { standing: 'suspended' } },
  },
} as const;

const transaction = {
  transactionId: uid,
  ...{ clientId: merchant.clientId, merchantId: merchant.merchantId, posId: 'TILL1', tradeNo: 't-1', transIndexCode: '848981718949036032' },
  ...{ transType: 'Purchase', amount: { amountMinor: 1000, currency: '840' }, state: 'approved', changedAt: at, version: 4 },
};

const timeline = {
  transactionId: uid,
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  tradeNo: 't-1',
  transIndexCode: '848981718949036032',
  state: 'accepted',
  hops: [{ at, what: 'requested', by: 'till' }],
};

const answers: Readonly<Record<string, object>> = {
  ...Object.fromEntries(Object.entries(someRecords).map(([name, record]) => [name, { items: [record], next: 'cursor' }])),
  'reseal-client-secrets': { resealed: 3, left: 0 },
  'invite-terminal': { terminalUid: uid, invited: true },
  'bind-till': { tillUid: uid, terminalUid: uid },
  'find-timeline': timeline,
  'find-timeline-by-id': timeline,
  'find-transaction': { transaction },
  'cancel-transaction': { transaction: { ...transaction, state: 'in-progress' } },
  'find-command-history': { hops: [{ at, what: 'command-dispatched', by: 'terminals' }] },
  'find-open-transaction': {},
  'list-bindings': { bindings: [{ posId: 'TILL1', terminalSn: 'WP123987987897', terminalId: '12345678' }] },
  'initiate-transaction': { transactionId: uid, transIndexCode: '848981718949036032', acceptedAt: at },
};

/** What is not listed answers that it was recorded. */
export const someAnswer = (name: string): Answer<object> => done(answers[name] ?? recorded);

export const requestsAndQueries = catalogue.all().filter((definition) => definition.kind !== 'fact');
