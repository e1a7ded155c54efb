import { Inject, Injectable } from '@nestjs/common';
import { assert } from '@tillbridge/kernel';
import { defineBatch, statement, type Tx } from '@tillbridge/messaging';
import { DataSource } from 'typeorm';

/** A channel on which a terminal has proved its key. */
export type Connection = {
  readonly terminalUid: string;
  readonly sessionId: string;
  readonly replicaId: string;
  readonly appVersion: string;
  /** The name of the terminal's journal; null when the terminal gives it none. */
  readonly journalId: string | null;
  /** The highest number in the terminal's journal, 0 for none. */
  readonly lastJournalNo: number;
  readonly at: Date;
};

/**
 * `version` grows with each connect and disconnect of the terminal: of two channels the one with the higher version is newer.
 * `journalGeneration` counts the journals that the terminal has had, from 1; `hasLostJournal` when a new one has begun with this channel.
 */
export type Connected = {
  readonly version: number;
  readonly storedJournalNo: number;
  readonly journalGeneration: number;
  readonly hasLostJournal: boolean;
};

/** `changedAt`: when it connected, or disconnected. */
export type ConnectionRecord = { readonly isConnected: boolean; readonly changedAt: Date; readonly appVersion: string };

export type Ending = { readonly terminalUid: string; readonly sessionId: string; readonly at: Date };

// A journal is lost when the terminal names another one than last time, none included, or when it knows less than is stored. The first part needs the
// row that is there, the second one comes along as the generation that a first connection would begin with.
const connectTerminals = statement(
  'connect_terminals',
  `with incoming as (
     select i.*, coalesce(j.last_no, 0) as stored_journal_no
     from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::bigint[], $7::timestamptz[])
       as i (terminal_uid, session_id, replica_id, app_version, journal_id, last_journal_no, changed_at)
     left join lateral (select max(journal_no) as last_no from journal_entries where terminal_uid = i.terminal_uid) j on true),
   opened as (
     insert into connections as c (terminal_uid, session_id, replica_id, connected, version, app_version, journal_id, journal_generation, changed_at)
     select terminal_uid, session_id, replica_id, true, 1, app_version, journal_id, case when last_journal_no < stored_journal_no then 2 else 1 end, changed_at
     from incoming order by terminal_uid
     on conflict (terminal_uid) do update set
       session_id = excluded.session_id, replica_id = excluded.replica_id, connected = true, ended_by_others = false, version = c.version + 1,
       app_version = excluded.app_version, changed_at = excluded.changed_at, journal_id = excluded.journal_id,
       journal_generation = c.journal_generation
         + case when c.journal_id <> excluded.journal_id or c.journal_id is not null and excluded.journal_id is null then 1
           else excluded.journal_generation - 1 end
     returning terminal_uid, version, journal_generation)
   select o.terminal_uid, o.version, o.journal_generation, i.stored_journal_no,
     o.journal_generation > coalesce(before.journal_generation, 1) as has_lost_journal
   from opened o join incoming i using (terminal_uid) left join connections before using (terminal_uid)`,
);

const disconnectTerminals = statement(
  'disconnect_terminals',
  `update connections c set connected = false, version = c.version + 1, changed_at = e.at
   from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as e (terminal_uid, session_id, at)
   where c.terminal_uid = e.terminal_uid and c.session_id = e.session_id and c.connected
   returning c.terminal_uid, c.version`,
);

// For a replica that has died, as far as its lease says at this moment, or that has none: it may have come back since its connections were looked up. When it comes
// back after this statement has looked, it finds the mark.
const disconnectOrphans = statement(
  'disconnect_orphans',
  `update connections c set connected = false, ended_by_others = true, version = c.version + 1, changed_at = e.at
   from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::int[]) as e (terminal_uid, session_id, at, lease_seconds)
   where c.terminal_uid = e.terminal_uid and c.session_id = e.session_id and c.connected
   and not exists (select from replicas r where r.replica_id = c.replica_id and r.seen_at >= now() - make_interval(secs => e.lease_seconds))
   returning c.terminal_uid, c.version`,
);

// A lease, by the clock of the database: replicas need not agree about the time. What `returning` reads is the row as it was before; a row that
// is gone was taken away because the lease had lapsed.
const renewLease = `
  insert into replicas (replica_id, seen_at) values ($1, now())
  on conflict (replica_id) do update set seen_at = now()
  returning coalesce((select seen_at < now() - make_interval(secs => $2) from replicas where replica_id = $1), true) as lapsed`;

const selectOrphans = `
  select c.terminal_uid, c.session_id from connections c
  where c.connected
  and not exists (select from replicas r where r.replica_id = c.replica_id and r.seen_at >= now() - make_interval(secs => $1)) limit $2`;

const deleteDeadReplicas = `
  delete from replicas r where r.seen_at < now() - make_interval(secs => $1)
  and not exists (select from connections c where c.replica_id = r.replica_id and c.connected)`;

const selectEnded = `select session_id from connections where replica_id = $1 and ended_by_others`;

// Locked, so that a newer channel comes before or after whatever depends on this, and not in the middle of it.
const lockNewest = statement(
  'lock_newest_channels',
  `select c.terminal_uid from connections c
   where (c.terminal_uid, c.session_id) in (select * from unnest($1::uuid[], $2::uuid[])) and c.connected
   order by c.terminal_uid for share`,
);

const selectRecord = 'select connected, changed_at, app_version from connections where terminal_uid = $1';

type RecordRow = { connected: boolean; changed_at: Date; app_version: string };
type ConnectedRow = {
  terminal_uid: string;
  version: number;
  stored_journal_no: string;
  journal_generation: number;
  has_lost_journal: boolean;
};
type Orphan = Ending & { readonly leaseSeconds: number };

const connectAll = defineBatch<Connection, Connected>(async (db, connections) => {
  const rows = await db.query<ConnectedRow>(connectTerminals, [
    connections.map((each) => each.terminalUid),
    connections.map((each) => each.sessionId),
    connections.map((each) => each.replicaId),
    connections.map((each) => each.appVersion),
    connections.map((each) => each.journalId),
    connections.map((each) => each.lastJournalNo),
    connections.map((each) => each.at),
  ]);
  const found = new Map(rows.map((row) => [row.terminal_uid, toConnected(row)]));
  return connections.map(({ terminalUid }) => {
    const connected = found.get(terminalUid);
    assert(connected !== undefined, 'a connection is always recorded');
    return connected;
  });
});

const disconnectAll = defineBatch<Ending, number | undefined>(async (db, endings) => {
  const rows = await db.query<{ terminal_uid: string; version: number }>(disconnectTerminals, [
    endings.map((each) => each.terminalUid),
    endings.map((each) => each.sessionId),
    endings.map((each) => each.at),
  ]);
  const found = new Map(rows.map((row) => [row.terminal_uid, row.version]));
  return endings.map((each) => found.get(each.terminalUid));
});

const disconnectAllOrphans = defineBatch<Orphan, number | undefined>(async (db, orphans) => {
  const rows = await db.query<{ terminal_uid: string; version: number }>(disconnectOrphans, [
    orphans.map((each) => each.terminalUid),
    orphans.map((each) => each.sessionId),
    orphans.map((each) => each.at),
    orphans.map((each) => each.leaseSeconds),
  ]);
  const found = new Map(rows.map((row) => [row.terminal_uid, row.version]));
  return orphans.map((each) => found.get(each.terminalUid));
});

type ChannelName = Omit<Ending, 'at'>;

const lockAllNewest = defineBatch<ChannelName, boolean>(async (db, channels) => {
  const rows = await db.query<{ terminal_uid: string }>(lockNewest, [
    channels.map((each) => each.terminalUid),
    channels.map((each) => each.sessionId),
  ]);
  const newest = new Set(rows.map((row) => row.terminal_uid));
  return channels.map((each) => newest.has(each.terminalUid));
});

const toConnected = (row: ConnectedRow): Connected => ({
  version: row.version,
  storedJournalNo: Number(row.stored_journal_no),
  journalGeneration: row.journal_generation,
  hasLostJournal: row.has_lost_journal,
});

/** Where it is kept which terminal is connected, and to which replica. */
@Injectable()
export class ConnectionStore {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /** Makes this the terminal's channel, whichever it had before. */
  connect(tx: Tx, connection: Connection): Promise<Connected> {
    return tx.batch(connectAll, connection);
  }

  /** Ends a channel and gives the new version; undefined when it has ended before, or a newer one has replaced it. */
  disconnect(tx: Tx, ending: Ending): Promise<number | undefined> {
    return tx.batch(disconnectAll, ending);
  }

  /** Ends the channel of a replica that has died, like {@link disconnect}; undefined also when that replica has renewed its lease since. */
  disconnectOrphan(tx: Tx, orphan: Orphan): Promise<number | undefined> {
    return tx.batch(disconnectAllOrphans, orphan);
  }

  /** Is it still the terminal's channel? It stays so until the transaction ends. */
  isNewest(tx: Tx, channel: ChannelName): Promise<boolean> {
    return tx.batch(lockAllNewest, channel);
  }

  /** What is on record of the terminal's newest channel; undefined when it never had one. */
  async find(terminalUid: string): Promise<ConnectionRecord | undefined> {
    const [row] = await this.dataSource.query<RecordRow[]>(selectRecord, [terminalUid]);
    return row === undefined ? undefined : { isConnected: row.connected, changedAt: row.changed_at, appVersion: row.app_version };
  }

  /** Says that this replica lives. True when the last time was so long ago that others may have taken it for dead. */
  async renewLease(replicaId: string, leaseSeconds: number): Promise<boolean> {
    const [row] = await this.dataSource.query<{ lapsed: boolean }[]>(renewLease, [replicaId, leaseSeconds]);
    return row?.lapsed ?? true;
  }

  /** Connections of replicas that have died. */
  async orphans(leaseSeconds: number, limit: number): Promise<Omit<Ending, 'at'>[]> {
    const rows = await this.dataSource.query<{ terminal_uid: string; session_id: string }[]>(selectOrphans, [leaseSeconds, limit]);
    return rows.map((row) => ({ terminalUid: row.terminal_uid, sessionId: row.session_id }));
  }

  async forgetDeadReplicas(leaseSeconds: number): Promise<void> {
    await this.dataSource.query(deleteDeadReplicas, [leaseSeconds]);
  }

  /** Which sessions of this replica were ended by others, who took it for dead. */
  async endedByOthers(replicaId: string): Promise<string[]> {
    const rows = await this.dataSource.query<{ session_id: string }[]>(selectEnded, [replicaId]);
    return rows.map((row) => row.session_id);
  }
}
