import { databaseSettings, readSettings, serviceSettings, setting, type SettingsOf } from '@tillbridge/platform';

const settings = {
  ...serviceSettings,
  ...databaseSettings,
  /** Seal the signing secrets of the endpoints. */
  secretsKeys: setting.secretKeys('TILLBRIDGE_SECRETS_KEYS'),
};

export type Config = SettingsOf<typeof settings>;

export const readConfig = (): Config => readSettings(process.env, settings);
