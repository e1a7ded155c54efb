import { Injectable } from '@nestjs/common';
import type { TerminalConnectionV1 } from '@tillbridge/contracts';
import { statement, type Tx } from '@tillbridge/messaging';

// Facts may come in any order: the higher version wins.
const upsertTerminal = statement(
  'upsert_terminal_presence',
  `insert into terminals as t (terminal_uid, version, online, changed_at) values ($1, $2, $3, $4)
   on conflict (terminal_uid) do update set version = excluded.version, online = excluded.online, changed_at = excluded.changed_at
   where t.version < excluded.version`,
);

/** What this service keeps of the terminal edge's facts: who is reachable. */
@Injectable()
export class PresenceStore {
  async put(tx: Tx, { terminalUid, version, at }: TerminalConnectionV1, online: boolean): Promise<void> {
    await tx.query(upsertTerminal, [terminalUid, version, online, at]);
  }
}
