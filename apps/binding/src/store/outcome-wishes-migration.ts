import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How long a merchant's terminals may take, and what becomes of results that come too late. */
export class OutcomeWishes1767225600500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table merchants
        add column late_results text not null default 'attach'
          constraint merchants_late_results_known check (late_results in ('attach', 'auto-void', 'review')),
        add column deadline_seconds integer not null default 180
          constraint merchants_deadline_bounded check (deadline_seconds between 30 and 600)`);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
