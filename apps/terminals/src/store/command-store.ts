import { Inject, Injectable } from '@nestjs/common';
import { defineBatch, statement, VersionConflict, type Cause, type Tx } from '@tillbridge/messaging';
import type { PaymentAppObject } from '@tillbridge/protocol';
import { DataSource } from 'typeorm';
import type { Command, CommandState, Decision } from '../domain/command.js';

/** A command with what is needed to send it. */
export type StoredCommand = Command & { readonly transIndexCode: string; readonly seq: number; readonly request: PaymentAppObject };

/** A command that waits, before it is locked: where it belongs, and why it exists. */
export type WaitingCommand = {
  readonly transactionId: string;
  readonly terminalUid: string;
  readonly transIndexCode: string;
  readonly state: CommandState;
  readonly cause: Cause;
};

/** `withExpired`: also what was sent and not acknowledged and must not be started any more, for the terminal may know how it ended. */
export type UnsentOf = { readonly terminalUid: string; readonly withExpired: boolean };

export type NewCommand = {
  readonly transactionId: string;
  readonly terminalUid: string;
  readonly transIndexCode: string;
  readonly request: PaymentAppObject;
  readonly expiresAt: Date;
  readonly createdAt: Date;
  readonly cause: Cause;
};

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
};
type WaitingRow = Pick<CommandRow, 'transaction_id' | 'terminal_uid' | 'trans_index_code' | 'state'> & {
  correlation_id: string;
  traceparent: string;
};
type CommandKey = { readonly terminalUid: string; readonly transIndexCode: string };
type DispatchKey = { readonly transactionId: string; readonly sessionId: string };

const columns =
  'c.transaction_id, c.terminal_uid, c.trans_index_code, c.seq, c.request, c.state, c.version, c.progress_count, c.expires_at, c.journal_generation';
const waitingColumns = 'c.transaction_id, c.terminal_uid, c.trans_index_code, c.state, c.correlation_id, c.traceparent';

// Only the primary key may meet itself: a platform number that is taken already is a fault that must be heard of.
const insertCommands = statement(
  'insert_commands',
  `insert into commands (transaction_id, terminal_uid, trans_index_code, request, state, version, expires_at, correlation_id, traceparent, created_at, changed_at)
   select transaction_id, terminal_uid, trans_index_code, request, 'pending', 1, expires_at, correlation_id, traceparent, created_at, created_at
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

const updateCommands = statement(
  'update_commands',
  `update commands c
   set state = n.state, version = n.version, progress_count = n.progress_count, journal_generation = n.journal_generation, changed_at = n.changed_at
   from unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::int[], $6::int[], $7::timestamptz[])
     as n (transaction_id, expected, state, version, progress_count, journal_generation, changed_at)
   where c.transaction_id = n.transaction_id and c.version = n.expected
   returning c.transaction_id`,
);

// A terminal has one open transaction, so more than a few unsent commands mean that it does not listen; those in front come first. Each kind has
// a limit of its own, so that old ones cannot hide what was never sent. Of those whose time is over the latest are asked for, as the terminal is most
// likely to know them. What went to a journal that was lost since is never sent again.
const selectUnsent = `
  select ${waitingColumns} from unnest($1::uuid[], $2::boolean[]) as t (terminal_uid, with_expired) join connections n using (terminal_uid), lateral (
    (select * from commands where terminal_uid = t.terminal_uid and state = 'pending' and expires_at > $3 order by seq limit $4)
    union all
    (select * from commands where terminal_uid = t.terminal_uid and state = 'dispatched' and expires_at > $3
     and journal_generation >= n.journal_generation order by seq limit $4)
    union all
    (select * from commands where t.with_expired and terminal_uid = t.terminal_uid and state = 'dispatched' and expires_at <= $3
     and journal_generation >= n.journal_generation order by seq desc limit $4)) as c
  order by c.seq`;

const selectOverlooked = `
  select distinct c.terminal_uid from commands c join connections n using (terminal_uid)
  where c.state = 'pending' and c.expires_at > $1 and n.replica_id = $2 and n.connected limit $3`;

const selectExpired = `select ${waitingColumns} from commands c where c.state = 'pending' and c.expires_at <= $1 order by c.expires_at limit $2`;

const insertAll = defineBatch<NewCommand, boolean>(async (db, commands) => {
  const rows = await db.query<{ transaction_id: string }>(insertCommands, [JSON.stringify(commands.map(toRow))]);
  const inserted = new Set(rows.map((row) => row.transaction_id));
  return commands.map((command) => inserted.has(command.transactionId));
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

type Change = Extract<Decision, { outcome: 'changed' }> & { readonly at: Date };

const saveAll = defineBatch<Change, undefined>(async (db, changes) => {
  const rows = await db.query(updateCommands, [
    changes.map(({ before }) => before.transactionId),
    changes.map(({ before }) => before.version),
    changes.map(({ after }) => after.state),
    changes.map(({ after }) => after.version),
    changes.map(({ after }) => after.progressCount),
    changes.map(({ after }) => after.journalGeneration),
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
    return tx.batch(insertAll, command);
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

  /** Saves what was decided about a locked command, and tells it. True when there was something to save. */
  async record(tx: Tx, decision: Decision, at: Date): Promise<boolean> {
    if (decision.outcome === 'ignored') return false;
    await tx.batch(saveAll, { ...decision, at });
    const { after, telling } = decision;
    tx.say(telling.fact, { id: after.transactionId, version: after.version }, telling.payload);
    return true;
  }

  /** What these terminals still have to be sent, or be sent again, in order; for each terminal at most `limit` of each kind. */
  async unsent(terminals: readonly UnsentOf[], now: Date, limit: number): Promise<WaitingCommand[]> {
    const terminalUids = terminals.map((each) => each.terminalUid);
    const withExpired = terminals.map((each) => each.withExpired);
    return (await this.dataSource.query<WaitingRow[]>(selectUnsent, [terminalUids, withExpired, now, limit])).map(toWaiting);
  }

  /** Terminals connected to this replica for which a command waits that should have been sent at once. */
  async overlooked(replicaId: string, now: Date, limit: number): Promise<string[]> {
    const rows = await this.dataSource.query<{ terminal_uid: string }[]>(selectOverlooked, [now, replicaId, limit]);
    return rows.map((row) => row.terminal_uid);
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

function toRow(command: NewCommand): Record<string, unknown> {
  return {
    transaction_id: command.transactionId,
    terminal_uid: command.terminalUid,
    trans_index_code: command.transIndexCode,
    request: command.request,
    expires_at: command.expiresAt,
    correlation_id: command.cause.correlationId,
    traceparent: command.cause.traceparent,
    created_at: command.createdAt,
  };
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
  };
}

const toWaiting = (row: WaitingRow): WaitingCommand => ({
  transactionId: row.transaction_id,
  terminalUid: row.terminal_uid,
  transIndexCode: row.trans_index_code,
  state: row.state,
  cause: { correlationId: row.correlation_id, traceparent: row.traceparent },
});
