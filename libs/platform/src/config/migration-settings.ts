import { databaseSettings, readSettings, serviceSettings, type SettingsOf } from './settings.js';

const settings = { postgresUrl: databaseSettings.postgresUrl, logLevel: serviceSettings.logLevel };

/** The settings of a migration job: it needs the database and nothing else. */
export const readMigrationSettings = (): SettingsOf<typeof settings> => readSettings(process.env, settings);
