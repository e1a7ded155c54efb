import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { toWaiting, waitingColumns, type WaitingCommand, type WaitingRow } from './command-store.js';

/**
 * For which terminal to look, and how thoroughly. `hasJustConnected`: also for what may have been lost with its last channel. `outcomesWanted`:
 * also what became of commands that were sent to an earlier journal, because a result is believed from any.
 */
export type Errand = { readonly terminalUid: string; readonly hasJustConnected: boolean; readonly outcomesWanted: boolean };

/** `command`: to be sent, or sent again. `cancel`: somebody wants it stopped. `status`: its time is over, and nobody knows how it ended. */
export type Topic = 'command' | 'cancel' | 'status';

export type AgendaItem = WaitingCommand & { readonly topic: Topic };

// A terminal has one open transaction, so more than a few of a kind mean that it does not listen; those in front come first. Each kind has a limit of
// its own, so that old ones cannot hide what was never sent. Of those whose time is over the latest are asked about, as the terminal is most likely
// to know them. What went to a journal that was lost since is never sent again.
const selectAgenda = `
  select c.topic, ${waitingColumns}
  from unnest($1::uuid[], $2::boolean[], $3::boolean[]) as t (terminal_uid, has_just_connected, outcomes_wanted)
  join connections n using (terminal_uid), lateral (
    (select 'command' as topic, * from commands where terminal_uid = t.terminal_uid and state = 'pending' and expires_at > $4 order by seq limit $5)
    union all
    (select 'command', * from commands where terminal_uid = t.terminal_uid and state = 'dispatched' and expires_at > $4
     and journal_generation >= n.journal_generation order by seq limit $5)
    union all
    (select 'cancel', * from commands where terminal_uid = t.terminal_uid and cancellation = 'wanted' and state in ('dispatched', 'acknowledged')
     and journal_generation >= n.journal_generation and (expires_at > $4 or t.has_just_connected) order by seq desc limit $5)
    union all
    (select 'status', * from commands where terminal_uid = t.terminal_uid and state in ('dispatched', 'acknowledged') and expires_at <= $4
     and (t.outcomes_wanted or t.has_just_connected and journal_generation >= n.journal_generation) order by seq desc limit $5)) as c
  order by c.seq`;

// Two questions, so that each has its index.
const selectOverlooked = `
  select terminal_uid from (
    select c.terminal_uid from commands c where c.state = 'pending' and c.expires_at > $1
    union
    select c.terminal_uid from commands c
    where c.cancellation = 'wanted' and c.state in ('dispatched', 'acknowledged') and c.expires_at > $1) as waiting
  join connections n using (terminal_uid)
  where n.replica_id = $2 and n.connected limit $3`;

/** What terminals have to be told and asked, read from the commands. */
@Injectable()
export class AgendaStore {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /** In the order of the commands; for each terminal at most `limit` of each kind. */
  async find(errands: readonly Errand[], now: Date, limit: number): Promise<AgendaItem[]> {
    const rows = await this.dataSource.query<(WaitingRow & { topic: Topic })[]>(selectAgenda, [
      errands.map((each) => each.terminalUid),
      errands.map((each) => each.hasJustConnected),
      errands.map((each) => each.outcomesWanted),
      now,
      limit,
    ]);
    return rows.map((row) => ({ ...toWaiting(row), topic: row.topic }));
  }

  /** Terminals connected to this replica for which something waits that should have been sent at once. */
  async overlooked(replicaId: string, now: Date, limit: number): Promise<string[]> {
    const rows = await this.dataSource.query<{ terminal_uid: string }[]>(selectOverlooked, [now, replicaId, limit]);
    return rows.map((row) => row.terminal_uid);
  }
}
