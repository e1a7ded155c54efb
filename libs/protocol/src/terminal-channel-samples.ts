import type { ChannelMessage } from './terminal-channel.js';

/** What a message says, in one sentence, and golden samples of it: they must stay valid for ever, or the protocol gets another version. */
export type DescribedMessage<Message extends ChannelMessage = ChannelMessage> = {
  readonly meaning: string;
  readonly samples: readonly [Message, ...Message[]];
};

const transIndexCode = '848981718949036032';
const operationId = '0193aa3e-7c1b-7d30-9a51-2f60c1f7a004';

/** Every message of the channel by its `type`: the source of the AsyncAPI document and of the examples in docs/TERMINAL-CHANNEL.md. */
export const channelMessages: { readonly [Message in ChannelMessage as Message['type']]: DescribedMessage<Message> } = {
  hello: {
    meaning: 'Who I am, with my key, and how far my journal goes. The first message of a channel, and only the first.',
    samples: [
      {
        type: 'hello',
        protocol: 1,
        terminalSn: 'WP123987987897',
        key: 'the terminal key',
        appVersion: '1.0.0',
        lastJournalNo: 17,
        openTransIndexCode: null,
        journalId: '2f1b8c1e-5a0d-4c1f-9f59-6b1d2a0f7c11',
      },
      {
        type: 'hello',
        protocol: 1,
        terminalSn: 'WP123987987897',
        key: 'the terminal key',
        appVersion: '1.0.0',
        lastJournalNo: 0,
        openTransIndexCode: transIndexCode,
      },
    ],
  },
  ack: {
    meaning: 'The command has arrived, for the first time or again. Says nothing about its outcome.',
    samples: [{ type: 'ack', seq: 42, transIndexCode }],
  },
  progress: {
    meaning: 'How far the payment is. `at` is the clock of the terminal, for people.',
    samples: [
      { type: 'progress', transIndexCode, stage: 'card-presented', at: '2026-11-01T10:00:01.000Z' },
      { type: 'progress', transIndexCode, stage: 'online', at: '2026-11-01T12:00:02+02:00' },
    ],
  },
  result: {
    meaning: 'One entry of the journal. Kept and sent again until it is acknowledged.',
    samples: [
      {
        type: 'result',
        journalNo: 18,
        transIndexCode,
        response: {
          TransResult: true,
          RespCode: '00',
          RespDesc: '00 APPROVED',
          TransAmount: '000000001000',
          CardNum: '411111******1111',
        },
      },
    ],
  },
  'cancel-answer': {
    meaning: 'Whether the transaction could be stopped. What it came to is told by its result all the same.',
    samples: [
      { type: 'cancel-answer', transIndexCode, taken: true },
      { type: 'cancel-answer', transIndexCode, taken: false },
    ],
  },
  'status-answer': {
    meaning: 'Of a transaction that has no result yet: it is running, or it was never seen and will never be started.',
    samples: [
      { type: 'status-answer', transIndexCode, state: 'running' },
      { type: 'status-answer', transIndexCode, state: 'never-seen' },
    ],
  },
  'operation-answer': {
    meaning: 'Whether the operation is done.',
    samples: [{ type: 'operation-answer', operationId, done: true }],
  },
  pong: {
    meaning: 'The `t` of the ping: I am there.',
    samples: [{ type: 'pong', t: 123456 }],
  },
  welcome: {
    meaning: 'You are let in, and commands may come. `storedJournalNo` is the highest number of your journal that is stored.',
    samples: [{ type: 'welcome', sessionId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a003', pingIntervalMs: 5000, storedJournalNo: 17 }],
  },
  command: {
    meaning: 'Execute this, once. Sent again until it is acknowledged.',
    samples: [
      {
        type: 'command',
        seq: 42,
        transIndexCode,
        expiresAt: '2026-11-01T10:03:00.000Z',
        request: {
          TransType: 'Purchase',
          TransIndexCode: transIndexCode,
          TransAmount: '1000',
          CurrencyCode: '840',
          EnableReceipt: true,
        },
      },
    ],
  },
  cancel: {
    meaning: 'Stop this transaction if it can still be stopped. Sent again until it is answered or its result has come.',
    samples: [{ type: 'cancel', transIndexCode }],
  },
  status: {
    meaning: 'What became of this transaction? Asked once its time is over.',
    samples: [{ type: 'status', transIndexCode }],
  },
  operation: {
    meaning: 'Do something that moves no money. Sent once.',
    samples: [{ type: 'operation', operationId, operation: 'reprint-last' }],
  },
  'result-ack': {
    meaning: 'The entry of the journal is stored for good. Sent for repeated results as well.',
    samples: [{ type: 'result-ack', journalNo: 18 }],
  },
  ping: {
    meaning: 'Are you there? Answer with the same `t`.',
    samples: [{ type: 'ping', t: 123456 }],
  },
};
