import { databaseSettings, readSettings, serviceSettings, type SettingsOf } from '@tillbridge/platform';

const settings = { ...serviceSettings, ...databaseSettings };

export type Config = SettingsOf<typeof settings>;

export const readConfig = (): Config => readSettings(process.env, settings);
