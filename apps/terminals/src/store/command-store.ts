import { Inject, Injectable } from '@nestjs/common';
import { defineBatch, statement, VersionConflict, type Cause, type Tx } from '@tillbridge/messaging';
import type { PaymentAppObject } from '@tillbridge/protocol';
import { DataSource } from 'typeorm';
import type { TerminalOutcome } from '@tillbridge/contracts';
import type { Cancellation, Change, Command, CommandState, Decision } from '../domain/command.js';

/** A command with what is needed to send it. */
export type StoredCommand = Command & { readonly transIndexCode: string; readonly seq: number; readonly request: PaymentAppObject };

/** A command with what decides about a report over HTTP; the owner is null where it was not kept. */
export type ReportableCommand = {
  readonly command: Command;
  readonly clientId: string | null;
  readonly merchantId: string | null;
  readonly presentGeneration: number;
  readonly cause: Cause;
};

/** A command that waits, before it is locked: where it belongs, and why it exists. */
export type WaitingCommand = {
  readonly transactionId: string;
  readonly terminalUid: string;
  readonly transIndexCode: string;
  readonly state: CommandState;
  readonly cause: Cause;
};

export type NewCommand = {
  readonly transactionId: string;
  readonly terminalUid: string;
  readonly transIndexCode: string;
  readonly request: PaymentAppObject;
  readonly expiresAt: Date;
  readonly createdAt: Date;
  readonly clientId: string;
  readonly merchantId: string;
  readonly cause: Cause;
};

/** Of a command that is not there yet: what a cancellation says of it. */
export type UnheardCommand = { readonly change: Change; readonly transIndexCode: string; readonly at: Date; readonly cause: Cause };

type CommandRow = {
  transaction_id: string;
  terminal_uid: string;
  trans_index_code: string;
  seq: string;
  request: PaymentAppObject;
  state: CommandState;
  version: number;
  progress_count: number;
  expires_at: Date;
  journal_generation: number;
  cancellation: Cancellation | null;
  reported_outcome: TerminalOutcome | null;
};
export type WaitingRow = Pick<CommandRow, 'transaction_id' | 'terminal_uid' | 'trans_index_code' | 'state'> & {
  correlation_id: string;
  traceparent: string;
};
type CommandKey = { readonly terminalUid: string; readonly transIndexCode: string };
type DispatchKey = { readonly transactionId: string; readonly sessionId: string };

const columns = `c.transaction_id, c.terminal_uid, c.trans_index_code, c.seq, c.request, c.state, c.version, c.progress_count, c.expires_at,
  c.journal_generation, c.cancellation, c.reported_outcome`;
export const waitingColumns = 'c.transaction_id, c.terminal_uid, c.trans_index_code, c.state, c.correlation_id, c.traceparent';

// Only the primary key may meet itself: a platform number that is taken already is a fault that must be heard of.
const insertCommands = statement(
  'insert_commands',
  `insert into commands (transaction_id, terminal_uid, trans_index_code, request, state, version, expires_at, client_id, merchant_id,
     correlation_id, traceparent, created_at, changed_at)
   select transaction_id, terminal_uid, trans_index_code, request, state, version, expires_at, client_id, merchant_id,
     correlation_id, traceparent, created_at, created_at
   from jsonb_populate_recordset(null::commands, $1::jsonb)
   on conflict (transaction_id) do nothing
   returning transaction_id`,
);

const lockByCode = statement(
  'lock_commands_by_code',
  `select ${columns} from commands c
   where (c.terminal_uid, c.trans_index_code) in (select * from unnest($1::uuid[], $2::text[]))
   order by c.transaction_id for update`,
);

// Fenced: a session that is no longer the terminal's newest one gets nothing. The newest one asks for everything after it was recorded, so a
// command that an older session takes at this very moment is found by it as dispatched and sent again. A row that somebody holds is left for the
// next sweep: many terminals share this statement, and none of them may wait for the command of another.
const lockForDispatch = statement(
  'lock_commands_for_dispatch',
  `select ${columns} from commands c join connections n using (terminal_uid)
   where (c.transaction_id, n.session_id) in (select * from unnest($1::uuid[], $2::uuid[])) and n.connected
   order by c.transaction_id for update of c skip locked`,
);

const lockById = statement(
  'lock_commands_by_id',
  `select ${columns} from commands c where c.transaction_id = any($1::uuid[]) order by c.transaction_id for update`,
);

// With the journal that the terminal has now, for what it may still know; a terminal that never connected has had none.
const lockForReport = statement(
  'lock_commands_for_report',
  `select ${columns}, c.client_id, c.merchant_id, c.correlation_id, c.traceparent,
     (select n.journal_generation from connections n where n.terminal_uid = c.terminal_uid) as present_generation
   from commands c where c.trans_index_code = any($1::text[]) order by c.transaction_id for update`,
);

const updateCommands = statement(
  'update_commands',
  `update commands c
   set state = n.state, version = n.version, progress_count = n.progress_count, journal_generation = n.journal_generation,
     cancellation = n.cancellation, reported_outcome = n.reported_outcome, changed_at = n.changed_at
   from unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::int[], $6::int[], $7::text[], $8::text[], $9::timestamptz[])
     as n (transaction_id, expected, state, version, progress_count, journal_generation, cancellation, reported_outcome, changed_at)
   where c.transaction_id = n.transaction_id and c.version = n.expected
   returning c.transaction_id`,
);

const selectExpired = `select ${waitingColumns} from commands c where c.state = 'pending' and c.expires_at <= $1 order by c.expires_at limit $2`;

const insertAll = defineBatch<NewRow, boolean>(async (db, newRows) => {
  const rows = await db.query<{ transaction_id: string }>(insertCommands, [JSON.stringify(newRows)]);
  const inserted = new Set(rows.map((row) => row.transaction_id));
  return newRows.map((row) => inserted.has(row['transaction_id']));
});

const lockAllByCode = defineBatch<CommandKey, StoredCommand | undefined>(async (db, keys) => {
  const rows = await db.query<CommandRow>(lockByCode, [keys.map((key) => key.terminalUid), keys.map((key) => key.transIndexCode)]);
  const found = new Map(rows.map((row) => [row.trans_index_code, toState(row)]));
  return keys.map((key) => {
    const command = found.get(key.transIndexCode);
    return command?.terminalUid === key.terminalUid ? command : undefined;
  });
});

const lockAllForDispatch = defineBatch<DispatchKey, StoredCommand | undefined>(async (db, keys) => {
  const rows = await db.query<CommandRow>(lockForDispatch, [keys.map((key) => key.transactionId), keys.map((key) => key.sessionId)]);
  const found = new Map(rows.map((row) => [row.transaction_id, toState(row)]));
  return keys.map((key) => found.get(key.transactionId));
});

const lockAllById = defineBatch<string, StoredCommand | undefined>(async (db, ids) => {
  const rows = await db.query<CommandRow>(lockById, [ids]);
  const found = new Map(rows.map((row) => [row.transaction_id, toState(row)]));
  return ids.map((id) => found.get(id));
});

type ReportRow = CommandRow & WaitingRow & { client_id: string | null; merchant_id: string | null; present_generation: number | null };

const lockAllForReport = defineBatch<string, ReportableCommand | undefined>(async (db, codes) => {
  const rows = await db.query<ReportRow>(lockForReport, [codes]);
  const found = new Map(rows.map((row) => [row.trans_index_code, toReportable(row)]));
  return codes.map((code) => found.get(code));
});

const saveAll = defineBatch<Change & { readonly at: Date }, undefined>(async (db, changes) => {
  const rows = await db.query(updateCommands, [
    changes.map(({ before }) => before.transactionId),
    changes.map(({ before }) => before.version),
    changes.map(({ after }) => after.state),
    changes.map(({ after }) => after.version),
    changes.map(({ after }) => after.progressCount),
    changes.map(({ after }) => after.journalGeneration),
    changes.map(({ after }) => after.cancellation),
    changes.map(({ after }) => after.reportedOutcome),
    changes.map(({ at }) => at),
  ]);
  // Fewer rows also when two changes of one group were for the same command: then each is decided again, alone.
  if (rows.length !== changes.length) throw new VersionConflict('a command was changed by someone else');
  return changes.map(() => undefined);
});

/** Where commands are kept; the only place that knows their SQL. */
@Injectable()
export class CommandStore {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /** False when the command is there already. */
  insert(tx: Tx, command: NewCommand): Promise<boolean> {
    return tx.batch(insertAll, rowOf(command));
  }

  /** Keeps a command that was cancelled before it was heard of, and tells it. False when it is there by now. */
  async insertUnheard(tx: Tx, { change, transIndexCode, at, cause }: UnheardCommand): Promise<boolean> {
    const isNew = await tx.batch(insertAll, rowOfUnheard(change.after, transIndexCode, at, cause));
    if (isNew) this.tell(tx, change);
    return isNew;
  }

  /** Locks the command of this terminal with this number. */
  lockByCode(tx: Tx, key: CommandKey): Promise<StoredCommand | undefined> {
    return tx.batch(lockAllByCode, key);
  }

  /** Locks a command, provided that the session is still its terminal's newest one, and that nobody else has locked it. */
  lockForDispatch(tx: Tx, key: DispatchKey): Promise<StoredCommand | undefined> {
    return tx.batch(lockAllForDispatch, key);
  }

  lockById(tx: Tx, transactionId: string): Promise<StoredCommand | undefined> {
    return tx.batch(lockAllById, transactionId);
  }

  /** Locks the command with this number, whoever's it is. */
  lockForReport(tx: Tx, transIndexCode: string): Promise<ReportableCommand | undefined> {
    return tx.batch(lockAllForReport, transIndexCode);
  }

  /** Saves what was decided about a locked command, and tells it. True when there was something to save. */
  async record(tx: Tx, decision: Decision, at: Date): Promise<boolean> {
    if (decision.outcome === 'ignored') return false;
    await tx.batch(saveAll, { ...decision, at });
    this.tell(tx, decision);
    return true;
  }

  private tell(tx: Tx, { after, telling }: Change): void {
    if (telling !== undefined) tx.say(telling.fact, { id: after.transactionId, version: after.version }, telling.payload);
  }

  /** Commands whose time is over and that were never sent, the oldest first. */
  async expired(now: Date, limit: number): Promise<WaitingCommand[]> {
    return (await this.dataSource.query<WaitingRow[]>(selectExpired, [now, limit])).map(toWaiting);
  }

  /** Why the command with this number exists; undefined when we have none. */
  async causeOf(transIndexCode: string): Promise<Cause | undefined> {
    const [row] = await this.dataSource.query<WaitingRow[]>(
      'select correlation_id, traceparent from commands where trans_index_code = $1',
      [transIndexCode],
    );
    return row === undefined ? undefined : { correlationId: row.correlation_id, traceparent: row.traceparent };
  }
}

type NewRow = { readonly transaction_id: string } & Record<string, unknown>;

const causeColumns = ({ correlationId, traceparent }: Cause): Record<string, string> => ({ correlation_id: correlationId, traceparent });

function rowOf(command: NewCommand): NewRow {
  return {
    transaction_id: command.transactionId,
    terminal_uid: command.terminalUid,
    trans_index_code: command.transIndexCode,
    request: command.request,
    state: 'pending',
    version: 1,
    expires_at: command.expiresAt,
    client_id: command.clientId,
    merchant_id: command.merchantId,
    ...causeColumns(command.cause),
    created_at: command.createdAt,
  };
}

function rowOfUnheard(
  { transactionId, terminalUid, state, version, expiresAt }: Command,
  transIndexCode: string,
  at: Date,
  cause: Cause,
): NewRow {
  const named = { transaction_id: transactionId, terminal_uid: terminalUid, trans_index_code: transIndexCode };
  return { ...named, request: {}, state, version, expires_at: expiresAt, ...causeColumns(cause), created_at: at };
}

function toState(row: CommandRow): StoredCommand {
  return {
    transactionId: row.transaction_id,
    terminalUid: row.terminal_uid,
    transIndexCode: row.trans_index_code,
    seq: Number(row.seq),
    request: row.request,
    state: row.state,
    version: row.version,
    expiresAt: row.expires_at,
    progressCount: row.progress_count,
    journalGeneration: row.journal_generation,
    cancellation: row.cancellation,
    reportedOutcome: row.reported_outcome,
  };
}

const toReportable = (row: ReportRow): ReportableCommand => ({
  command: toState(row),
  clientId: row.client_id,
  merchantId: row.merchant_id,
  presentGeneration: row.present_generation ?? 1,
  cause: { correlationId: row.correlation_id, traceparent: row.traceparent },
});

export const toWaiting = (row: WaitingRow): WaitingCommand => ({
  transactionId: row.transaction_id,
  terminalUid: row.terminal_uid,
  transIndexCode: row.trans_index_code,
  state: row.state,
  cause: { correlationId: row.correlation_id, traceparent: row.traceparent },
});
