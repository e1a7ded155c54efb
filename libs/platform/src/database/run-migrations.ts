import { readMigrationSettings } from '../config/migration-settings.js';
import { createLog } from '../log.js';
import { readConfigurationOrExit } from '../run.js';
import { migrate, type MigrationClass } from './database.module.js';

/** The migration job of a service, for its `migrate.ts`. Ends with 0 when the schema is up to date. */
export async function runMigrations(service: string, migrations: readonly MigrationClass[]): Promise<void> {
  const settings = readConfigurationOrExit(readMigrationSettings);
  const log = createLog(service, settings.logLevel);
  const applied = await migrate(settings.postgresUrl.reveal(), migrations);
  log.info({ applied }, 'the schema is up to date');
}
