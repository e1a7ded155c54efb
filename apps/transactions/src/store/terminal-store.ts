import { Injectable } from '@nestjs/common';
import type { TerminalConnectionV1 } from '@tillbridge/contracts';
import { defineBatch, statement, type Tx } from '@tillbridge/messaging';
import type { BoundTerminal } from '../domain/initiate.js';
import type { Transaction } from '../domain/transaction.js';

// Facts may come in any order: the higher version wins, also within one statement.
const upsertTerminals = statement(
  'upsert_terminals',
  `insert into terminals as t (terminal_uid, version, online)
   select distinct on (terminal_uid) terminal_uid, version, online
   from unnest($1::uuid[], $2::int[], $3::boolean[]) as n (terminal_uid, version, online)
   order by terminal_uid, version desc
   on conflict (terminal_uid) do update set version = excluded.version, online = excluded.online
   where t.version < excluded.version`,
);

const selectTerminal = statement(
  'select_terminal_of',
  `select coalesce(t.online, false) as online, exists (
     select from transactions o where o.terminal_uid = $1 and o.state in ('accepted', 'dispatched', 'acknowledged', 'in-progress')) as busy
   from (values ($1::uuid)) as wanted (terminal_uid) left join terminals t using (terminal_uid)`,
);

type Seen = Pick<TerminalConnectionV1, 'terminalUid' | 'version'> & { readonly online: boolean };

const upsertAll = defineBatch<Seen, undefined>(async (db, seen) => {
  await db.query(upsertTerminals, [
    seen.map(({ terminalUid }) => terminalUid),
    seen.map(({ version }) => version),
    seen.map(({ online }) => online),
  ]);
  return seen.map(() => undefined);
});

/** What this service keeps of the terminal edge's facts: which terminals are connected. */
@Injectable()
export class TerminalStore {
  async put(tx: Tx, { terminalUid, version }: TerminalConnectionV1, online: boolean): Promise<void> {
    await tx.batch(upsertAll, { terminalUid, version, online });
  }

  /** The terminal of a transaction as it is now. */
  async terminalOf(tx: Tx, { terminalUid, terminalSn }: Transaction): Promise<BoundTerminal> {
    const [row] = await tx.query<{ online: boolean; busy: boolean }>(selectTerminal, [terminalUid]);
    return { terminalUid, terminalSn, isOnline: row?.online === true, isBusy: row?.busy === true };
  }
}
