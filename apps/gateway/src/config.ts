import { readSettings, serviceSettings, setting, type SettingsOf } from '@tillbridge/platform';

const settings = {
  ...serviceSettings,
  /** Opens the operators' API (`/admin/v1`) as `Authorization: Bearer <token>`. */
  adminToken: setting.secret('TILLBRIDGE_ADMIN_TOKEN'),
};

export type Config = SettingsOf<typeof settings>;

export const readConfig = (): Config => readSettings(process.env, settings);
