import { Type } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, IsUUID, Matches, Min, ValidateNested } from 'class-validator';
import { defineFact } from '../define/define.js';
import { sampleResult, TransactionResultV1 } from '../transactions/transaction.js';
import { INSTANT, progressStages, type ProgressStage } from '../values.js';

/** The state of one command at the terminal edge. Its aggregate is the command, whose id is the transaction's id. */
export class TerminalCommandV1 {
  @IsUUID() transactionId!: string;
  @IsUUID() terminalUid!: string;
  @IsInt() @Min(1) version!: number;
  @IsString() @Matches(INSTANT) at!: string;
}

export class TerminalProgressedV1 extends TerminalCommandV1 {
  @IsIn(progressStages) stage!: ProgressStage;
}

export class CancelAnsweredV1 extends TerminalCommandV1 {
  @IsBoolean() taken!: boolean;
}

export const terminalOutcomes = ['approved', 'declined', 'cancelled', 'not-executed'] as const;
export type TerminalOutcome = (typeof terminalOutcomes)[number];

export class TerminalReportedV1 extends TerminalCommandV1 {
  /** The entry of the terminal's journal that proves it; absent when it was reported over HTTP, where entries have no number. */
  @IsOptional() @IsInt() @Min(1) journalNo?: number;
  @IsIn(terminalOutcomes) outcome!: TerminalOutcome;
  @ValidateNested() @Type(() => TransactionResultV1) result!: TransactionResultV1;
}

export class TerminalConnectionV1 {
  @IsUUID() terminalUid!: string;
  @IsUUID() sessionId!: string;
  @IsInt() @Min(1) version!: number;
  @IsString() @Matches(INSTANT) at!: string;
  @IsOptional() @IsString() appVersion?: string;
}

const sample = {
  transactionId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a001',
  terminalUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a002',
  version: 2,
  at: '2026-11-01T10:00:01.000Z',
};

export const commandDispatched = defineFact({
  context: 'terminals',
  name: 'command-dispatched',
  version: 1,
  meaning: 'The command may have left for the terminal. Recorded before the first byte leaves, so that a crash cannot make it untrue.',
  payload: TerminalCommandV1,
  sample,
});

export const commandAcknowledged = defineFact({
  context: 'terminals',
  name: 'command-acknowledged',
  version: 1,
  meaning: 'The terminal said that it has the command.',
  payload: TerminalCommandV1,
  sample: { ...sample, version: 3 },
});

export const commandUndelivered = defineFact({
  context: 'terminals',
  name: 'command-undelivered',
  version: 1,
  meaning: 'The command expired before it was ever dispatched and will never be: proof that the terminal did not start it.',
  payload: TerminalCommandV1,
  sample,
});

export const commandWithdrawn = defineFact({
  context: 'terminals',
  name: 'command-withdrawn',
  version: 1,
  meaning: 'The command was cancelled before it was ever dispatched and never will be: proof that the terminal did not start it.',
  payload: TerminalCommandV1,
  sample,
});

export const commandNeverSeen = defineFact({
  context: 'terminals',
  name: 'command-never-seen',
  version: 1,
  meaning:
    'The terminal says that it never saw the command, and its journal is the one that would know. Its time is over: proof that it never starts.',
  payload: TerminalCommandV1,
  sample: { ...sample, version: 3 },
});

export const cancelAnswered = defineFact({
  context: 'terminals',
  name: 'cancel-answered',
  version: 1,
  meaning: 'What the terminal said to a cancellation: taken, or not any more. Its outcome is told by its report all the same.',
  payload: CancelAnsweredV1,
  sample: { ...sample, version: 4, taken: true },
});

export const terminalProgressed = defineFact({
  context: 'terminals',
  name: 'terminal-progressed',
  version: 1,
  meaning: 'The terminal reported progress of a running command.',
  payload: TerminalProgressedV1,
  sample: { ...sample, version: 4, stage: 'card-presented' },
});

export const terminalReported = defineFact({
  context: 'terminals',
  name: 'terminal-reported',
  version: 1,
  meaning: "The outcome of a command as the terminal's journal has it: the proof.",
  payload: TerminalReportedV1,
  sample: { ...sample, version: 5, journalNo: 17, outcome: 'approved', result: sampleResult },
});

export const terminalConnected = defineFact({
  context: 'terminals',
  name: 'terminal-connected',
  version: 1,
  meaning: 'A terminal opened its channel and proved its key.',
  payload: TerminalConnectionV1,
  sample: {
    terminalUid: sample.terminalUid,
    sessionId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a003',
    version: 1,
    at: sample.at,
    appVersion: '1.0.0',
  },
});

export const terminalDisconnected = defineFact({
  context: 'terminals',
  name: 'terminal-disconnected',
  version: 1,
  meaning: 'The channel of a terminal ended and no newer one has replaced it.',
  payload: TerminalConnectionV1,
  sample: { terminalUid: sample.terminalUid, sessionId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a003', version: 2, at: sample.at },
});
