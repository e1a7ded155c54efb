/** What can be asked for. One entry a command: arguments, help and the call are all made from it. */

export type Option = {
  /** `flag` is given or not; `switch` is true or false. */
  readonly kind: 'text' | 'number' | 'flag' | 'switch';
  readonly meaning: string;
  readonly isNeeded?: true;
};

export type Command = {
  readonly noun: string;
  readonly verb: string;
  readonly summary: string;
  /** Given in this order after the verb; they fill the path. */
  readonly ids: readonly string[];
  /** By their names in the API; on the command line they are written with hyphens. */
  readonly options: Readonly<Record<string, Option>>;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Sent as they are, besides what the options say. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  /** The columns of a list. */
  readonly columns?: readonly string[];
};

const text = (meaning: string): Option => ({ kind: 'text', meaning });
const needed = (meaning: string): Option => ({ kind: 'text', meaning, isNeeded: true });
const clientId = needed('the developer');
const merchantId = needed('the merchant');
const terminalId = text('its TID (default 00000000)');
const filters = { clientId: text('only of this developer'), merchantId: text('only of this merchant') };
const paging: Record<string, Option> = {
  limit: { kind: 'number', meaning: 'how many at most, 1 to 200 (default 50)' },
  after: text('the page after this one: its "next"'),
  all: { kind: 'flag', meaning: 'every page, one after the other' },
};

const list = (noun: string, columns: readonly string[], more: Partial<Command> = {}): Command => ({
  ...{ noun, verb: 'list', summary: `list ${noun}`, ids: [], options: { ...filters, ...paging }, method: 'GET', path: `/${noun}`, columns },
  ...more,
});
const get = (noun: string, ids: readonly string[], path = `/${noun}`): Command => ({
  ...{
    noun,
    verb: 'get',
    summary: 'show one record',
    ids,
    options: {},
    method: 'GET',
    path: `${path}/${ids.map((id) => `:${id}`).join('/')}`,
  },
});
const change = (noun: string, ids: readonly string[], options: Command['options']): Command => ({
  ...get(noun, ids),
  ...{ verb: 'change', summary: 'change what the options name', options, method: 'PATCH' },
});
const standing = (noun: string, ids: readonly string[], meaning: string): Command[] => [
  { ...get(noun, ids), verb: 'suspend', summary: meaning, method: 'PATCH', fixed: { standing: 'suspended' } },
  { ...get(noun, ids), verb: 'activate', summary: 'end a suspension', method: 'PATCH', fixed: { standing: 'active' } },
];
const add = (noun: string, summary: string, options: Command['options'], path = `/${noun}`): Command => ({
  ...{ noun, verb: 'add', summary, ids: [], options, method: 'POST', path },
});
const revoke = (noun: string, ids: readonly string[], summary: string, path: string): Command => ({
  ...{ noun, verb: 'revoke', summary, ids, options: {}, method: 'DELETE', path },
});

const developers: Command[] = [
  list('developers', ['clientId', 'name', 'standing', 'createdAt'], { options: paging }),
  get('developers', ['clientId']),
  add('developers', 'admit a developer; its secret is shown once', {
    name: needed('for people'),
    unsignedAllowed: { kind: 'switch', meaning: 'whether version 1 is taken (default true)' },
  }),
  change('developers', ['clientId'], {
    name: text('for people'),
    unsignedAllowed: { kind: 'switch', meaning: 'whether version 1 is taken' },
  }),
  ...standing('developers', ['clientId'], 'none of its calls is taken until it is activated'),
  {
    ...add('developers', 'begin the rotation of the secret; the new one is shown once and valid beside the old one', {}),
    ...{ verb: 'rotate', ids: ['clientId'], path: '/developers/:clientId/secrets' },
  },
  revoke(
    'developers',
    ['clientId', 'secretUid'],
    'end the rotation: this secret is valid no more',
    '/developers/:clientId/secrets/:secretUid',
  ),
];

const outcomeWishes: Record<string, Option> = {
  lateResults: text('attach (as usual), auto-void or review: what becomes of a charge that is proven too late'),
  deadlineSeconds: { kind: 'number', meaning: 'how long a terminal may take, 30 to 600 (usually 180)' },
};

const merchants: Command[] = [
  list('merchants', ['clientId', 'merchantId', 'name', 'currencyCode', 'standing']),
  get('merchants', ['clientId', 'merchantId']),
  add('merchants', 'let a developer serve a merchant', {
    ...{ clientId, merchantId: needed("the processor's merchant number"), name: needed('for people') },
    ...{ currencyCode: needed('ISO 4217, numeric'), terminalPolicy: text('enrolled-only (default) or create-on-register') },
    ...outcomeWishes,
  }),
  change('merchants', ['clientId', 'merchantId'], {
    ...{ name: text('for people'), currencyCode: text('ISO 4217, numeric'), terminalPolicy: text('enrolled-only or create-on-register') },
    ...outcomeWishes,
  }),
  ...standing('merchants', ['clientId', 'merchantId'], 'nothing is open to it until it is activated'),
];

const tokens: Command[] = [
  list('tokens', ['tokenUid', 'clientId', 'merchantId', 'channel', 'expiresAt', 'revokedAt'], { path: '/merchant-tokens' }),
  get('tokens', ['tokenUid'], '/merchant-tokens'),
  add(
    'tokens',
    'issue a merchant token; it is shown once',
    {
      clientId,
      merchantId,
      channel: needed('Terminal or eCommerce'),
      expiresAt: text('when it ends, such as 2027-01-01T00:00:00Z (default never)'),
    },
    '/merchant-tokens',
  ),
  revoke('tokens', ['tokenUid'], 'take a token back, for ever', '/merchant-tokens/:tokenUid'),
];

const terminals: Command[] = [
  list('terminals', ['terminalUid', 'merchantId', 'terminalSn', 'terminalId', 'credential', 'standing']),
  get('terminals', ['terminalUid']),
  add('terminals', 'enrol a terminal; its key is shown once', {
    ...{ clientId, merchantId, terminalSn: needed('its serial number'), terminalId: needed('its TID') },
  }),
  change('terminals', ['terminalUid'], { terminalId: text('its TID') }),
  ...standing('terminals', ['terminalUid'], 'it loses its channel until it is activated'),
  revoke('terminals', ['terminalUid'], 'take its key back; it has to be enrolled anew', '/terminals/:terminalUid/key'),
];

const pairingCodes: Command[] = [
  list('pairing-codes', ['codeUid', 'merchantId', 'terminalSn', 'state', 'expiresAt']),
  get('pairing-codes', ['codeUid']),
  add('pairing-codes', 'invite a terminal; the code is shown once', {
    ...{ clientId, merchantId, terminalSn: needed('its serial number'), terminalId },
    lifeSeconds: { kind: 'number', meaning: 'how long the code may be used (default 900, at most 2592000)' },
    renew: { kind: 'flag', meaning: 'also when the terminal has a code or a key already' },
  }),
  revoke('pairing-codes', ['codeUid'], 'take back a code that was not used', '/pairing-codes/:codeUid'),
];

const TILL_COLUMNS = ['tillUid', 'merchantId', 'posId', 'terminalSn', 'terminalId', 'standing'];

const tills: Command[] = [
  list('tills', TILL_COLUMNS),
  get('tills', ['tillUid']),
  ...standing('tills', ['tillUid'], 'it cannot pay until it is activated'),
  list('bindings', TILL_COLUMNS, { path: '/tills', summary: 'list the tills with the terminal of each' }),
  add('bindings', 'bind a till to a terminal', {
    ...{ clientId, merchantId, posId: needed('the till'), terminalSn: needed('the serial number of the terminal'), terminalId },
    rebind: { kind: 'flag', meaning: 'also when the till is bound to another terminal, and even while it is paying' },
  }),
  {
    ...revoke('bindings', [], 'take a till off its terminal', '/bindings'),
    options: { clientId, merchantId, posId: needed('the till') },
  },
];

const others: Command[] = [
  {
    ...get('transactions', ['clientId', 'tradeNo']),
    summary: 'show what became of a payment',
    path: '/transactions/:clientId/:tradeNo/timeline',
  },
  {
    ...get('transactions', ['id']),
    verb: 'find',
    summary: 'show what became of a payment, by its transactionId or transIndexCode',
    path: '/transactions/:id/timeline',
  },
  list('audit', ['at', 'by', 'action', 'kind', 'recordId', 'merchantId'], {
    ...{ path: '/audit-log', summary: 'show who changed what, newest first' },
    options: { id: text('what was done to this record'), ...filters, ...paging },
  }),
];

/** Every command that is one call. */
export const commands: readonly Command[] = [...developers, ...merchants, ...tokens, ...terminals, ...pairingCodes, ...tills, ...others];

/** `merchantId` is written `--merchant-id`. */
export const hyphenated = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
