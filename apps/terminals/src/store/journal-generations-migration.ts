import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Terminals may lose their journals, and replicas may be taken for dead while they live.
 *
 * A terminal that lost its journal does not know any more which commands it has executed. `connections` counts its journals in `journal_generation`:
 * a new one has begun when the terminal names another `journal_id`, or knows fewer entries than are stored. A command keeps the generation that
 * it was first sent to; sent to an earlier one, it is not sent again, and "not executed" proves nothing. All that was sent before belongs to the first.
 *
 * `ended_by_others` marks connections that another replica has ended for a replica it took for dead. If that one lives it has to find out, however
 * it was renewed meanwhile, because its terminals get no command before they connect again. The index keeps the question cheap: it is asked all the time.
 */
export class JournalGenerations1767225600300 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table connections
        add column journal_id         uuid,
        add column journal_generation integer not null default 1,
        add column ended_by_others    boolean not null default false`);
    await runner.query(`create index connections_ended_by_others on connections (replica_id) where ended_by_others`);
    await runner.query(`alter table commands add column journal_generation integer not null default 1`);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
