import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a merchant decides about its transactions: what becomes of a result that comes too late, and how long a terminal may take. Merchants that were
 * there before get what they had: late results count, 180 s.
 */
export class MerchantPolicies1767225600500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table merchants
        add column late_results     text    not null default 'attach'
          constraint merchants_late_results_known check (late_results in ('attach', 'auto-void', 'review')),
        add column deadline_seconds integer not null default 180
          constraint merchants_deadline_in_range check (deadline_seconds between 30 and 600)`);
  }

  down(): Promise<void> {
    throw new Error('migrations go forward only');
  }
}
