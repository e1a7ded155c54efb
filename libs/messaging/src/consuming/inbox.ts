import { defineBatch, statement } from '../write-path/statement.js';

/** How long a handled message is remembered: longer than any stream keeps it (14 days), so that no redelivery can outlive the memory of it. */
export const INBOX_MAX_AGE_DAYS = 16;

const insertInbox = statement(
  'insert_inbox',
  `insert into inbox (consumer, message_id) select * from unnest($1::text[], $2::uuid[]) on conflict do nothing returning consumer, message_id`,
);

export const deleteOldInbox = statement(
  'delete_old_inbox',
  `delete from inbox where (consumer, message_id) in
     (select consumer, message_id from inbox where received_at < now() - make_interval(days => $1) limit $2) returning 1`,
);

/** Claims messages for a consumer in the handler's own transaction: true for what is new, false for what was handled before. */
export const claimMessages = defineBatch<{ consumer: string; messageId: string }, boolean>(async (db, items) => {
  const claimed = await db.query<{ consumer: string; message_id: string }>(insertInbox, [
    items.map((item) => item.consumer),
    items.map((item) => item.messageId),
  ]);
  const fresh = new Set(claimed.map((row) => `${row.consumer}/${row.message_id}`));
  return items.map((item) => fresh.has(`${item.consumer}/${item.messageId}`));
});
