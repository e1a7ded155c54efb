import { assert } from '@tillbridge/kernel';

/**
 * The Tillbridge terminal channel, version 1: what a payment terminal and the `terminals` service say to each other over one WebSocket, one
 * JSON object per text message. The vendor publishes no downlink (wire specification 17, no. 5), so this one is ours.
 *
 *     terminal                         server
 *        │── hello ───────────────────▶│  within the hello timeout, else close 4008
 *        │◀────────────────── welcome ─│  or close 4001 / 4003
 *        │── result ──────────────────▶│  every journal entry that was never acknowledged
 *        │◀─────────────── result-ack ─│  stored: the terminal may forget it
 *        │◀────────────────── command ─│  sent again until acknowledged, also after a reconnect
 *        │── ack ─────────────────────▶│  seen, and refused or started at most once
 *        │── progress ────────────────▶│
 *        │── result ──────────────────▶│
 *        │◀─────────────────── cancel ─│  somebody wants the running transaction stopped
 *        │── cancel-answer ───────────▶│  taken or not; its outcome is told by its result all the same
 *        │◀─────────────────── status ─│  what became of a command? Asked when its time is over
 *        │── result, or status-answer ▶│
 *        │◀──────────────── operation ─│  something that moves no money, such as a reprint
 *        │── operation-answer ────────▶│
 *        │◀───────────── ping / pong ─▶│  a round trip is the only proof of presence
 *
 * Unknown members are ignored, so that either side may be newer; an unknown `type` is a protocol error.
 */
export const TERMINAL_CHANNEL_PATH = '/terminal-channel/v1';

/** Where a terminal polls that cannot keep a WebSocket open: the same messages, in the bodies of requests and answers. */
export const TERMINAL_POLL_PATH = '/terminal/v1/poll';

/** The most messages and bytes of one poll. */
export const MAX_POLLED_MESSAGES = 64;
export const MAX_POLL_BYTES = 128 * 1024;

/** The only version so far; said in `hello`. */
export const TERMINAL_CHANNEL_PROTOCOL = 1;

/** The longest message either side may send, in bytes of UTF-8. Also the limit to set on the WebSocket itself. */
export const MAX_CHANNEL_MESSAGE_BYTES = 64 * 1024;

/**
 * Why the server closes a channel. The terminal always connects again, after `notAuthorised` and `replaced` without haste: what is in the way
 * then (a key not yet known or revoked, a rival with the same serial number) takes people or at least seconds to go away.
 */
export const CHANNEL_CLOSE = {
  /** The first message was no sound `hello`, or any later one no sound message. */
  protocolError: 4001,
  /** Unknown terminal, wrong or revoked key. */
  notAuthorised: 4003,
  helloTimeout: 4008,
  /** The same terminal has opened a newer channel. */
  replaced: 4009,
  /** The replica goes away in good order (RFC 6455, registered code). */
  serviceRestart: 1012,
} as const;

/** The JSON objects of the payment app, carried as they are: PascalCase, wire specification 8.5 and 8.6. */
export type PaymentAppObject = Record<string, unknown>;

/**
 * `lastJournalNo`: the highest journal number ever written, 0 for none. `openTransIndexCode`: the transaction that runs right now, so that
 * the server learns which command survived a broken channel. `journalId`: a random UUID, made once for each journal and kept with it; by
 * another one, or by a `lastJournalNo` below what is stored, the server knows that the terminal has lost its journal.
 */
export type HelloMessage = {
  type: 'hello';
  protocol: typeof TERMINAL_CHANNEL_PROTOCOL;
  terminalSn: string;
  key: string;
  appVersion: string;
  lastJournalNo: number;
  openTransIndexCode: string | null;
  journalId?: string;
};

/** The command `seq` was received, for the first time or again. Says nothing about its outcome. */
export type AckMessage = { type: 'ack'; seq: number; transIndexCode: string };

export type ProgressStage = 'card-presented' | 'online';

/** `at`: ISO 8601 with zone, by the terminal's clock: for people, not for ordering. */
export type ProgressMessage = { type: 'progress'; transIndexCode: string; stage: ProgressStage; at: string };

/** One entry of the terminal's journal. `response` always has `TransResult`: without it nothing would be proven. */
export type ResultMessage = { type: 'result'; journalNo: number; transIndexCode: string; response: PaymentAppObject };

/**
 * `taken`: the terminal has stopped the transaction, and its result says so in a moment. Not taken: it is with the host already, or over, or not
 * known; what it came to is told by its result.
 */
export type CancelAnswerMessage = { type: 'cancel-answer'; transIndexCode: string; taken: boolean };

/**
 * Of a transaction that has no result yet; one that has is answered with its result. `never-seen`: the journal has no such number, and it will never
 * be started.
 */
export type StatusAnswerMessage = { type: 'status-answer'; transIndexCode: string; state: TransactionStanding };
export type TransactionStanding = 'running' | 'never-seen';

/** `done`: false when the terminal could not do it, for example for want of paper or of anything to print. */
export type OperationAnswerMessage = { type: 'operation-answer'; operationId: string; done: boolean };

export type PongMessage = { type: 'pong'; t: number };

/** `storedJournalNo`: the highest journal number the server has stored for this terminal, 0 for none. */
export type WelcomeMessage = { type: 'welcome'; sessionId: string; pingIntervalMs: number; storedJournalNo: number };

/** `seq`: the number of the delivery on this terminal. `expiresAt`: ISO 8601 with zone; from then on the terminal refuses to start. */
export type CommandMessage = { type: 'command'; seq: number; transIndexCode: string; expiresAt: string; request: PaymentAppObject };

/** Stop this transaction if it can still be stopped. Sent again until it is answered or its result has come. */
export type CancelMessage = { type: 'cancel'; transIndexCode: string };

/** What became of this transaction? Only asked once its time is over, so that a terminal that never saw it can promise never to start it. */
export type StatusMessage = { type: 'status'; transIndexCode: string };

export type TerminalOperation = 'reprint-last';

/** `operationId`: names the answer. Sent once: a second receipt is a nuisance, and none can be asked for again. */
export type OperationMessage = { type: 'operation'; operationId: string; operation: TerminalOperation };

/** The journal entry is stored for good. Sent for repeated results as well. */
export type ResultAckMessage = { type: 'result-ack'; journalNo: number };

/** `t`: any number of the server's choice, echoed by `pong`. */
export type PingMessage = { type: 'ping'; t: number };

export type TerminalMessage =
  | HelloMessage
  | AckMessage
  | ProgressMessage
  | ResultMessage
  | CancelAnswerMessage
  | StatusAnswerMessage
  | OperationAnswerMessage
  | PongMessage;
export type ServerMessage =
  WelcomeMessage | CommandMessage | CancelMessage | StatusMessage | OperationMessage | ResultAckMessage | PingMessage;
export type ChannelMessage = TerminalMessage | ServerMessage;

export type DecodedMessage = { ok: true; message: ChannelMessage } | { ok: false; reason: string };

/** `schema`: the same rule as JSON Schema, as far as that can say it; what is checked is `holds`. */
type Check<Value> = {
  readonly expected: string;
  readonly holds: (value: unknown) => value is Value;
  readonly schema: JsonSchema;
  readonly mayBeMissing?: true;
};
type JsonSchema = Readonly<Record<string, unknown>>;
type MembersOf<Message> = { readonly [Member in Exclude<keyof Message, 'type'>]-?: Check<Required<Message>[Member]> };
type Shapes = { readonly [Message in ChannelMessage as Message['type']]: MembersOf<Message> };

const MAX_NAME_LENGTH = 64;
const MAX_KEY_LENGTH = 256;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const ISO_INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

const isObject = (value: unknown): value is PaymentAppObject => typeof value === 'object' && value !== null && !Array.isArray(value);
const truthValues: readonly unknown[] = [true, false, 'true', 'false'];

const text = (maxLength: number): Check<string> => ({
  expected: `a text of 1 to ${maxLength} characters`,
  holds: (value): value is string => typeof value === 'string' && value.length > 0 && value.length <= maxLength,
  schema: { type: 'string', minLength: 1, maxLength },
});
const name = text(MAX_NAME_LENGTH);
const nameOrNull: Check<string | null> = {
  expected: `${name.expected}, or null`,
  holds: (value): value is string | null => value === null || name.holds(value),
  schema: { ...name.schema, type: ['string', 'null'] },
};
const uuidIfPresent: Check<string> = {
  expected: 'a UUID',
  holds: (value): value is string => typeof value === 'string' && UUID.test(value),
  schema: { type: 'string', format: 'uuid' },
  mayBeMissing: true,
};
const integerFrom = (min: number): Check<number> => ({
  expected: `an integer from ${min}`,
  holds: (value): value is number => Number.isSafeInteger(value) && (value as number) >= min,
  schema: { type: 'integer', minimum: min, maximum: Number.MAX_SAFE_INTEGER },
});
const number: Check<number> = {
  expected: 'a number',
  holds: (value): value is number => typeof value === 'number',
  schema: { type: 'number' },
};
const instant: Check<string> = {
  expected: 'an ISO 8601 instant with zone',
  holds: (value): value is string => typeof value === 'string' && ISO_INSTANT.test(value) && !Number.isNaN(Date.parse(value)),
  schema: { type: 'string', format: 'date-time' },
};
const protocol: Check<typeof TERMINAL_CHANNEL_PROTOCOL> = {
  expected: String(TERMINAL_CHANNEL_PROTOCOL),
  holds: (value) => value === TERMINAL_CHANNEL_PROTOCOL,
  schema: { const: TERMINAL_CHANNEL_PROTOCOL },
};
const truth: Check<boolean> = {
  expected: 'true or false',
  holds: (value): value is boolean => typeof value === 'boolean',
  schema: { type: 'boolean' },
};
const oneOf = <Name extends string>(...names: readonly Name[]): Check<Name> => ({
  expected: names.join(' or '),
  holds: (value): value is Name => (names as readonly unknown[]).includes(value),
  schema: { enum: names },
});
const stage = oneOf<ProgressStage>('card-presented', 'online');
const standing = oneOf<TransactionStanding>('running', 'never-seen');
const operation = oneOf<TerminalOperation>('reprint-last');
const request: Check<PaymentAppObject> = { expected: 'an object', holds: isObject, schema: { type: 'object' } };
const response: Check<PaymentAppObject> = {
  expected: 'an object with a boolean TransResult',
  holds: (value): value is PaymentAppObject => isObject(value) && truthValues.includes(value['TransResult']),
  schema: { type: 'object', required: ['TransResult'], properties: { TransResult: { enum: truthValues } } },
};

const shapes: Shapes = {
  hello: {
    protocol,
    terminalSn: name,
    key: text(MAX_KEY_LENGTH),
    appVersion: name,
    lastJournalNo: integerFrom(0),
    openTransIndexCode: nameOrNull,
    journalId: uuidIfPresent,
  },
  ack: { seq: integerFrom(0), transIndexCode: name },
  progress: { transIndexCode: name, stage, at: instant },
  result: { journalNo: integerFrom(1), transIndexCode: name, response },
  'cancel-answer': { transIndexCode: name, taken: truth },
  'status-answer': { transIndexCode: name, state: standing },
  'operation-answer': { operationId: name, done: truth },
  pong: { t: number },
  welcome: { sessionId: name, pingIntervalMs: integerFrom(1), storedJournalNo: integerFrom(0) },
  command: { seq: integerFrom(0), transIndexCode: name, expiresAt: instant, request },
  cancel: { transIndexCode: name },
  status: { transIndexCode: name },
  operation: { operationId: name, operation },
  'result-ack': { journalNo: integerFrom(1) },
  ping: { t: number },
};

const messagesOfTerminals = ['hello', 'ack', 'progress', 'result', 'cancel-answer', 'status-answer', 'operation-answer', 'pong'] as const;
const saidByTerminals: ReadonlySet<string> = new Set<TerminalMessage['type']>(messagesOfTerminals);

/** Is it one of the messages that terminals say? All others are the server's. */
export const isTerminalMessage = (message: ChannelMessage): message is TerminalMessage => saidByTerminals.has(message.type);

/** The JSON Schema of each message, by its `type`; unknown members are tolerated. */
export function channelSchemas(): Record<ChannelMessage['type'], JsonSchema> {
  const schemas = Object.entries<Readonly<Record<string, Check<unknown>>>>(shapes).map(([type, members]) => {
    const checks = Object.entries(members);
    const required = ['type', ...checks.filter(([, check]) => check.mayBeMissing !== true).map(([member]) => member)];
    const properties = { type: { const: type }, ...Object.fromEntries(checks.map(([member, check]) => [member, check.schema])) };
    return [type, { type: 'object', required, properties }];
  });
  return Object.fromEntries(schemas) as Record<ChannelMessage['type'], JsonSchema>;
}

/** The text to send. Throws Defect when it would be longer than {@link MAX_CHANNEL_MESSAGE_BYTES}. */
export function encode(message: ChannelMessage): string {
  const encoded = JSON.stringify(message);
  assert(Buffer.byteLength(encoded, 'utf8') <= MAX_CHANNEL_MESSAGE_BYTES, `a ${message.type} message is longer than the channel takes`);
  return encoded;
}

/**
 * A received text as a message with exactly the members of its type, or the reason why it is none. Never throws, whatever the text.
 * The reason names members and what is expected, never values, so it may be logged.
 */
export function decode(received: string): DecodedMessage {
  if (Buffer.byteLength(received, 'utf8') > MAX_CHANNEL_MESSAGE_BYTES) return refused(`longer than ${MAX_CHANNEL_MESSAGE_BYTES} bytes`);
  const parsed = parseJson(received);
  if (!isObject(parsed)) return refused('not a JSON object');
  const type = parsed['type'];
  if (typeof type !== 'string' || !Object.hasOwn(shapes, type)) return refused('unknown type');
  const members = Object.entries<Check<unknown>>(shapes[type as ChannelMessage['type']]).filter(
    ([member, check]) => Object.hasOwn(parsed, member) || check.mayBeMissing !== true,
  );
  for (const [member, check] of members) {
    if (!Object.hasOwn(parsed, member) || !check.holds(parsed[member])) return refused(`${type}.${member} must be ${check.expected}`);
  }
  const message = Object.fromEntries([['type', type], ...members.map(([member]): [string, unknown] => [member, parsed[member]])]);
  // The table of shapes has just been checked member by member, and its own type ties it to the message types.
  return { ok: true, message: message as ChannelMessage };
}

function refused(reason: string): DecodedMessage {
  return { ok: false, reason };
}

function parseJson(received: string): unknown {
  try {
    return JSON.parse(received);
  } catch {
    return undefined;
  }
}
