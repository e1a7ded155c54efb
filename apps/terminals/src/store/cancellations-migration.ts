import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Commands may be cancelled, asked about, and reported over HTTP.
 *
 * `cancellation` remembers that somebody wants a command stopped that was sent, and what the terminal said to it. Two more states are proofs:
 * `withdrawn` (cancelled before it was ever sent) and `never-seen` (the terminal's journal does not have it).
 *
 * `client_id` and `merchant_id` say whose payment it is, because a report over HTTP is made in a merchant's name. They are null where nobody
 * asked for them when the command came; such a command takes no reports over HTTP. `reported_outcome` is what was reported first: over HTTP nothing
 * else counts after it.
 *
 * A command whose time is over is no longer sent again. Its terminal is asked what became of it, and the index finds what to ask about.
 */
export class Cancellations1767225600400 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table commands
        add column cancellation     text,
        add column client_id        text,
        add column merchant_id      text,
        add column reported_outcome text,
        add constraint commands_cancellation_known check (cancellation in ('wanted', 'taken', 'not-taken')),
        drop constraint commands_state_known,
        add constraint commands_state_known check (
          state in ('pending', 'dispatched', 'acknowledged', 'reported', 'undelivered', 'withdrawn', 'never-seen'))`);
    await runner.query(`
      update commands c set reported_outcome = (
        select e.payload ->> 'outcome' from events e
        where e.aggregate_id = c.transaction_id::text and e.type = 'pos.terminals.terminal-reported.v1'
        order by e.aggregate_version limit 1)
      where c.state = 'reported'`);
    await runner.query(`
      create index commands_without_outcome on commands (terminal_uid, seq) where state in ('dispatched', 'acknowledged')`);
    await runner.query(`
      create index commands_to_cancel on commands (terminal_uid, seq) where cancellation = 'wanted' and state in ('dispatched', 'acknowledged')`);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
