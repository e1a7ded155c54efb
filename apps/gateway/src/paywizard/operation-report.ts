import { isFinal, type TerminalPresenceV1, type TransactionFoundV1 } from '@tillbridge/contracts';
import { formatTimestamp, type QueryData } from '@tillbridge/protocol';
import { noTransactionData, queryDataOf, type NoTransactionData } from './result-report.js';

/** What of a terminal is told beside the members of the result query: ours alone. What is not known is absent, for clients fail on null. */
export type TerminalStatus = {
  readonly online: boolean;
  /** Whether the till has a transaction under way. */
  readonly busy: boolean;
  /** Since when the terminal is on line or not, `yyyy-MM-dd HH:mm:ss`, UTC. */
  readonly since?: string;
  readonly appVersion?: string;
  /** How long ago it was heard last, ms. */
  readonly lastSeenMs?: number;
  /** Its last round trip, ms. */
  readonly rttMs?: number;
};

/** The `data` of `terminalOperations` (WIRE.md 6.7), never null: the members of the result query, and what else the operation has to say. */
export type OperationData = (QueryData | NoTransactionData) & Partial<TerminalStatus> & { readonly done?: boolean };

/** How the terminal is, with the till's open transaction where there is one. */
export function statusData(mid: string, presence: TerminalPresenceV1, open: TransactionFoundV1 | undefined): OperationData {
  const { online, since, appVersion, ageMs, rttMs } = presence;
  return {
    ...(open === undefined ? noTransactionData(mid) : queryDataOf(open)),
    online,
    busy: open !== undefined && !isFinal(open.transaction.state),
    ...(since === undefined ? {} : { since: formatTimestamp(new Date(since)) }),
    ...(appVersion === undefined ? {} : { appVersion }),
    ...(ageMs === undefined ? {} : { lastSeenMs: ageMs }),
    ...(rttMs === undefined ? {} : { rttMs }),
  };
}

/** Whether the terminal did it. It says nothing about any payment. */
export const reprintData = (mid: string, isDone: boolean): OperationData => ({ ...noTransactionData(mid), done: isDone });
