import { ConfigurationError, readSettings, serviceSettings, setting, type SettingsOf } from '@tillbridge/platform';
import { operatorsSetting, problemOfOperators } from './http/admin/operators.js';

/** As good as no limit; more would not fit into any till's day. */
const MAX_PER_SECOND = 1_000_000;
const perSecond = { min: 1, max: MAX_PER_SECOND };

export const gatewaySettings = {
  ...serviceSettings,
  /**
   * Opens the operators' API (`/admin/v1`) as `Authorization: Bearer <token>`. One token, or one for each operator: `alice=token,bob=token`; the
   * name is what the audit log says.
   */
  operators: operatorsSetting('TILLBRIDGE_ADMIN_TOKEN'),
  /** Calls from one address, IPv6 by /64, whatever they ask. Counted over 10 s, by all replicas together. */
  addressPerSecond: setting.integer('TILLBRIDGE_RATE_ADDRESS_PER_SECOND', { ...perSecond, fallback: 1_000 }),
  /** Calls with one valid merchant token, in the same way. */
  tokenPerSecond: setting.integer('TILLBRIDGE_RATE_TOKEN_PER_SECOND', { ...perSecond, fallback: 500 }),
};

export type Config = SettingsOf<typeof gatewaySettings>;

export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const config = readSettings(environment, gatewaySettings);
  const problem = problemOfOperators(config.operators, config.environment);
  if (problem !== undefined) throw new ConfigurationError([problem]);
  return config;
}
