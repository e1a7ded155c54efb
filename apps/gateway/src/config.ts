import { ConfigurationError, readSettings, serviceSettings, type SettingsOf } from '@tillbridge/platform';
import { operatorsSetting, problemOfOperators } from './http/admin/operators.js';

const settings = {
  ...serviceSettings,
  /**
   * Opens the operators' API (`/admin/v1`) as `Authorization: Bearer <token>`. One token, or one for each operator: `alice=token,bob=token`; the
   * name is what the audit log says.
   */
  operators: operatorsSetting('TILLBRIDGE_ADMIN_TOKEN'),
};

export type Config = SettingsOf<typeof settings>;

export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const config = readSettings(environment, settings);
  const problem = problemOfOperators(config.operators, config.environment);
  if (problem !== undefined) throw new ConfigurationError([problem]);
  return config;
}
