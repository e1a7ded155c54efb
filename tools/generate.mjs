// Writes what is derived from the contracts, from the terminal channel and from the domain of apps/transactions: JSON Schemas, AsyncAPI, docs/EVENTS.md,
// docs/ERRORS.md and the generated parts of docs/TRANSACTIONS.md. Needs their builds.
//   node tools/generate.mjs           writes
//   node tools/generate.mjs --check   writes nothing; ends with 1 and names the files that differ
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endings, evidenceKinds, verdicts } from '../apps/transactions/dist/domain/life.js';
import { askSchedule } from '../apps/transactions/dist/domain/resolver.js';
import { transactionTypes } from '../apps/transactions/dist/domain/types.js';
import { catalogue, errors, schemaOf } from '../libs/contracts/dist/index.js';
import {
  channelMessages,
  channelSchemas,
  isTerminalMessage,
  MAX_POLLED_MESSAGES,
  TERMINAL_CHANNEL_PATH,
  TERMINAL_POLL_PATH,
} from '../libs/protocol/dist/index.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const generated = 'libs/contracts/generated';
const contexts = ['binding', 'transactions', 'terminals', 'host-delivery'];
const kinds = [
  ['fact', 'Facts', 'Published by the owner from its outbox to its stream; at least once, in any order: the higher version wins.'],
  [
    'request',
    'Requests',
    'Published by an edge to `POS_REQUESTS`; the owner answers the inbox named in `reply-to`. Past `not-after` they are refused.',
  ],
  ['query', 'Queries', 'Core NATS request and reply; nothing is stored.'],
];

const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
const of = (kind, context) => catalogue.all().filter((each) => each.kind === kind && each.context === context);

function eventsDocument() {
  const lines = [
    '# Facts, requests and queries',
    '',
    'Generated from `libs/contracts` by `npm run generate`; do not edit. Messages are CloudEvents 1.0 in binary mode: the attributes travel as NATS',
    'headers (`ce-id`, `ce-type`, `ce-source`, `ce-subject`, `ce-time`), with `traceparent`, `correlation-id` and `causation-id` beside them; the body is',
    'the JSON below. Within a version only optional members are added.',
  ];
  for (const [kind, title, meaning] of kinds) {
    lines.push('', `## ${title}`, '', meaning);
    for (const context of contexts) {
      for (const definition of of(kind, context)) lines.push('', ...section(definition));
    }
  }
  return `${lines.join('\n')}\n`;
}

function section(definition) {
  const place =
    definition.kind === 'fact'
      ? `subject \`${definition.filter}\` (16 partitions) in stream \`${definition.stream}\``
      : `subject \`${definition.type}\``;
  return [
    `### ${definition.name} (v${definition.version}, ${definition.context})`,
    '',
    definition.meaning,
    '',
    `${place} · schema [${definition.payload.name}](../${generated}/schemas/${definition.type}.json)`,
    ...('answer' in definition ? [`· answer \`${definition.answer.name}\``] : []),
    '',
    '```json',
    JSON.stringify(definition.sample, null, 2),
    '```',
  ];
}

/** AsyncAPI 3.0: what the services say and hear on the bus. */
function asyncApi() {
  const all = catalogue.all();
  const key = (definition) => definition.type.replaceAll('.', '_');
  return {
    asyncapi: '3.0.0',
    info: { title: 'Tillbridge bus', version: '1.0.0', description: 'Facts, requests and queries between the services, over NATS.' },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(
      all.map((definition) => [
        key(definition),
        {
          address: definition.kind === 'fact' ? `${definition.type}.{partition}` : definition.type,
          ...(definition.kind === 'fact' ? { parameters: { partition: { description: 'Hash of the aggregate id, 0 to 15.' } } } : {}),
          messages: { [definition.payload.name]: { $ref: `#/components/messages/${key(definition)}` } },
        },
      ]),
    ),
    operations: Object.fromEntries(
      all.map((definition) => [
        key(definition),
        {
          action: definition.kind === 'fact' ? 'send' : 'receive',
          channel: { $ref: `#/channels/${key(definition)}` },
          summary: definition.meaning,
        },
      ]),
    ),
    components: {
      messages: Object.fromEntries(
        all.map((definition) => [
          key(definition),
          {
            name: definition.type,
            summary: definition.meaning,
            payload: { $ref: `./schemas/${definition.type}.json` },
            examples: [{ payload: definition.sample }],
          },
        ]),
      ),
    },
  };
}

/** AsyncAPI 3.0 of the terminal channel, seen from the server: it receives what terminals say, over a WebSocket or by polls. */
function terminalChannel() {
  const schemas = channelSchemas();
  const isFromTerminal = ([, { samples }]) => isTerminalMessage(samples[0]);
  const all = Object.entries(channelMessages);
  const said = { terminal: all.filter(isFromTerminal), server: all.filter((entry) => !isFromTerminal(entry)) };
  const references = (path, messages) => messages.map(([type]) => ({ $ref: `${path}/${type}` }));
  const listOf = (messages) => ({
    type: 'array',
    items: { oneOf: messages.map(([type]) => ({ $ref: `#/components/schemas/${type}` })) },
  });
  const operation = (action, summary, messages) => ({
    action,
    channel: { $ref: '#/channels/terminalChannel' },
    summary,
    messages: references('#/channels/terminalChannel/messages', messages),
  });
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Tillbridge terminal channel',
      version: '1.0.0',
      description:
        'What a payment terminal and the platform say to each other. The rules that a terminal must keep to: docs/TERMINAL-CHANNEL.md.',
    },
    defaultContentType: 'application/json',
    channels: {
      terminalChannel: {
        address: TERMINAL_CHANNEL_PATH,
        description: 'One WebSocket per terminal, one JSON object per text message. Unknown members are ignored.',
        messages: Object.fromEntries(all.map(([type]) => [type, { $ref: `#/components/messages/${type}` }])),
        bindings: { ws: { method: 'GET' } },
      },
      longPoll: {
        address: TERMINAL_POLL_PATH,
        description:
          'The same messages for terminals that cannot keep a WebSocket open, as lists in the bodies of POST requests and their answers.',
        messages: { poll: { $ref: '#/components/messages/poll' }, pollAnswer: { $ref: '#/components/messages/pollAnswer' } },
      },
    },
    operations: {
      receiveFromTerminal: operation('receive', 'What a terminal says.', said.terminal),
      sendToTerminal: operation('send', 'What the server says.', said.server),
      poll: {
        action: 'receive',
        channel: { $ref: '#/channels/longPoll' },
        summary: 'Brings messages of the terminal and waits for those of the server. The terminal key is the bearer token.',
        messages: [{ $ref: '#/channels/longPoll/messages/poll' }],
        reply: {
          channel: { $ref: '#/channels/longPoll' },
          messages: [{ $ref: '#/channels/longPoll/messages/pollAnswer' }],
        },
        bindings: { http: { method: 'POST' } },
      },
    },
    components: {
      messages: {
        ...Object.fromEntries(
          all.map(([type, { meaning, samples }]) => [
            type,
            {
              name: type,
              summary: meaning,
              payload: { $ref: `#/components/schemas/${type}` },
              examples: samples.map((sample) => ({ payload: sample })),
            },
          ]),
        ),
        poll: { name: 'poll', summary: 'The body of a poll.', payload: { $ref: '#/components/schemas/poll' } },
        pollAnswer: { name: 'pollAnswer', summary: 'The body of its answer.', payload: { $ref: '#/components/schemas/pollAnswer' } },
      },
      schemas: {
        ...schemas,
        poll: {
          type: 'object',
          required: ['messages'],
          properties: {
            sessionId: { type: 'string', description: 'Left out with `hello`, and from its `welcome` in all later polls.' },
            messages: { ...listOf(said.terminal), maxItems: MAX_POLLED_MESSAGES },
          },
        },
        pollAnswer: {
          type: 'object',
          required: ['messages'],
          properties: {
            messages: listOf(said.server),
            close: {
              type: 'object',
              description: 'The channel is closed; the codes are those of the WebSocket.',
              required: ['code', 'reason'],
              properties: { code: { type: 'integer' }, reason: { type: 'string' } },
            },
          },
        },
      },
    },
  };
}

function errorsDocument() {
  const rows = Object.entries(errors).sort(([, a], [, b]) => a.code - b.code);
  const lines = [
    '# Errors',
    '',
    'Generated from `libs/contracts/src/errors.ts` by `npm run generate`; do not edit. Business errors of the Paywizard dialect travel with HTTP 200 and',
    'the body `code`; `advice` says for machines what the cashier may do. An operation may sharpen the advice (docs/DECISIONS.md).',
    '',
    '| code | name | HTTP | text | money moved | safe to retry | next action |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map(
      ([name, { code, httpStatus, text, advice }]) =>
        `| ${code} | \`${name}\` | ${httpStatus} | ${text} | ${advice.moneyMoved} | ${advice.safeToRetry ? 'yes' : 'no'} | ${advice.nextAction} |`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** Rows as a table in the form that prettier gives it. */
function table(head, rows) {
  const widths = head.map((title, column) => Math.max(3, title.length, ...rows.map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

const isState = (verdict) => Object.hasOwn(verdicts, verdict);

/** Every change of state: one arrow for all evidence that makes it. */
function lifeDiagram() {
  const arrows = Object.entries(verdicts).flatMap(([state, row]) => {
    const causes = Map.groupBy(
      evidenceKinds.filter((kind) => isState(row[kind])),
      (kind) => row[kind],
    );
    return [...causes].map(([next, kinds]) => `  ${id(state)} --> ${id(next)}: ${kinds.join(', ')}`);
  });
  const late = Object.entries(verdicts).flatMap(([state, row]) =>
    evidenceKinds.filter((kind) => row[kind] === 'late').map((kind) => `  ${id(state)} --> ${id(kind)}: late, by the merchant's policy`),
  );
  const finals = Object.keys(endings).filter((state) => endings[state] === 'final');
  const ends = finals.map((state) => `  ${id(state)} --> [*]`);
  return ['```mermaid', 'stateDiagram-v2', '  [*] --> accepted', ...arrows, ...late, ...ends, '```'].join('\n');
}
// Mermaid takes no hyphens in the names of states.
const id = (state) => state.replaceAll('-', '_');

const endedBy = {
  deadline: 'its deadline: then `unknown`',
  resolver: 'the resolver, which asks the terminal and then a person',
  final: 'final',
};
const factOf = (state) => (state === 'accepted' ? 'transaction-requested' : `transaction-${state}`);
const marks = { keep: '–', contradiction: '**no**', late: '**late**' };

function seconds(ms) {
  if (ms >= 3_600_000) return `${ms / 3_600_000} h`;
  return ms > 60_000 ? `${ms / 60_000} min` : `${ms / 1_000} s`;
}

const transactionParts = {
  diagram: lifeDiagram(),
  states: table(
    ['state', 'its fact', 'ends by'],
    Object.keys(endings).map((state) => [`\`${state}\``, `\`${factOf(state)}\``, endedBy[endings[state]]]),
  ),
  evidence: table(
    ['state', ...evidenceKinds],
    Object.entries(verdicts).map(([state, row]) => [`\`${state}\``, ...evidenceKinds.map((kind) => marks[row[kind]] ?? row[kind])]),
  ),
  types: table(
    ['type', 'amount', 'original', 'follows', 'becomes', 'meaning'],
    Object.entries(transactionTypes).map(([type, { amount, original, follows, becomes, meaning }]) => [
      `\`${type}\``,
      amount.replaceAll('-', ' '),
      original.replaceAll('-', ' '),
      follows.join(', ') || '–',
      becomes ?? '–',
      meaning,
    ]),
  ),
  asking: table(
    ['question', 'when'],
    [
      ['first', 'at once'],
      ...askSchedule.delaysMs.map((ms, index) => [String(index + 2), `${seconds(ms)} later`]),
      ['further', `every ${seconds(askSchedule.thenEveryMs)}`],
      [`after ${seconds(askSchedule.giveUpAfterMs)}`, 'none: `review: unresolved`, fact `review-wanted`'],
    ],
  ),
};

/** A document of ours in which only the parts between the marks are generated. */
function withParts(path, parts) {
  const before = readFileSync(join(root, path), 'utf8');
  return Object.entries(parts).reduce((text, [name, part]) => {
    const place = new RegExp(`(<!-- generated: ${name} -->\\n)[^]*?(<!-- /generated -->)`);
    if (!place.test(text)) throw new Error(`${path} has no place for the generated part "${name}"`);
    return text.replace(place, (_all, begin, end) => `${begin}\n${part}\n\n${end}`);
  }, before);
}

const files = new Map([
  ['docs/EVENTS.md', eventsDocument()],
  ['docs/ERRORS.md', errorsDocument()],
  ['docs/terminal-channel.asyncapi.json', json(terminalChannel())],
  ['docs/TRANSACTIONS.md', withParts('docs/TRANSACTIONS.md', transactionParts)],
  [`${generated}/asyncapi.json`, json(asyncApi())],
  ...catalogue
    .all()
    .map((definition) => [
      `${generated}/schemas/${definition.type}.json`,
      json({ $schema: 'http://json-schema.org/draft-07/schema#', title: definition.type, ...schemaOf(definition.payload) }),
    ]),
]);

const schemaFolder = join(root, generated, 'schemas');
const orphans = existsSync(schemaFolder)
  ? readdirSync(schemaFolder)
      .map((name) => `${generated}/schemas/${name}`)
      .filter((path) => !files.has(path))
  : [];

if (process.argv.includes('--check')) {
  const stale = [...files]
    .filter(([path, text]) => !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text)
    .map(([path]) => path);
  for (const path of [...stale, ...orphans]) console.error(`${path} is not what the code says: run \`npm run generate\``);
  process.exit(stale.length + orphans.length > 0 ? 1 : 0);
}

for (const orphan of orphans) rmSync(join(root, orphan));
for (const [path, text] of files) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
