import { Injectable } from '@nestjs/common';
import { defineBatch, statement, type Tx } from '@tillbridge/messaging';
import type { TerminalResult } from '@tillbridge/protocol';

export type JournalEntry = {
  readonly terminalUid: string;
  readonly journalNo: number;
  readonly transIndexCode: string;
  /** Null when no command of this terminal has that number. */
  readonly transactionId: string | null;
  /** With card data masked; what the terminal sent is kept in no other form. */
  readonly response: TerminalResult;
  readonly receivedAt: Date;
};

/** `contradicted`: an entry with the same key but another content was stored before, and stays. */
export type JournalOutcome = 'stored' | 'repeated' | 'contradicted';

const insertEntries = statement(
  'insert_journal_entries',
  `with incoming as (
     select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::uuid[], $5::text[], $6::timestamptz[])
       with ordinality as e (terminal_uid, journal_no, trans_index_code, transaction_id, response, received_at, place)),
   stored as (
     insert into journal_entries (terminal_uid, journal_no, trans_index_code, transaction_id, response, received_at)
     select terminal_uid, journal_no, trans_index_code, transaction_id, response::jsonb, received_at from incoming
     on conflict do nothing
     returning terminal_uid, journal_no, trans_index_code)
   select case when s.journal_no is not null then 'stored' when j.response <> i.response::jsonb then 'contradicted' else 'repeated' end as outcome
   from incoming i
   left join stored s using (terminal_uid, journal_no, trans_index_code)
   left join journal_entries j using (terminal_uid, journal_no, trans_index_code)
   order by i.place`,
);

const insertAll = defineBatch<JournalEntry, JournalOutcome>(async (db, entries) => {
  const rows = await db.query<{ outcome: JournalOutcome }>(insertEntries, [
    entries.map((entry) => entry.terminalUid),
    entries.map((entry) => entry.journalNo),
    entries.map((entry) => entry.transIndexCode),
    entries.map((entry) => entry.transactionId),
    entries.map((entry) => JSON.stringify(entry.response)),
    entries.map((entry) => entry.receivedAt),
  ]);
  return rows.map((row) => row.outcome);
});

/** Where the terminals' journals are kept: what is in here a terminal may forget. */
@Injectable()
export class JournalStore {
  insert(tx: Tx, entry: JournalEntry): Promise<JournalOutcome> {
    return tx.batch(insertAll, entry);
  }
}
