import { Secret } from '@tillbridge/kernel';
import { readFileSync } from 'node:fs';
import { readAddresses } from './addresses.js';

/** One setting: which variable holds it, how its text is read, and what holds when it is absent. */
export type Setting<T> = {
  readonly variable: string;
  /** Returns the value, or throws a TypeError whose message says what is expected. */
  readonly read: (text: string) => T;
  readonly fallback?: T;
  /** The variable without which this one means nothing. */
  readonly needs?: string;
};

export type Settings = Record<string, Setting<unknown>>;
export type SettingsOf<S extends Settings> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

const PREFIX = 'TILLBRIDGE_';

/** Every problem of a configuration at once, one line each, never with a value in it: values may be secrets. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly problems: readonly string[]) {
    super(`the configuration has ${String(problems.length)} problem(s):\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/** Reads all settings before anything opens. A `TILLBRIDGE_*` variable that no setting names is an error: it is a misspelt one. */
export function readSettings<S extends Settings>(environment: Readonly<Record<string, string | undefined>>, settings: S): SettingsOf<S> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(settings)) {
    const text = environment[setting.variable];
    if (text === undefined || text === '') {
      if ('fallback' in setting) values[name] = setting.fallback;
      else problems.push(`${setting.variable} is missing`);
      continue;
    }
    if (setting.needs !== undefined && !environment[setting.needs]) problems.push(`${setting.variable} needs ${setting.needs}`);
    const outcome = attempt(() => setting.read(text));
    if (outcome.ok) values[name] = outcome.value;
    else problems.push(`${setting.variable} ${outcome.problem}`);
  }
  const known = new Set(Object.values(settings).map((setting) => setting.variable));
  const unknown = Object.keys(environment).filter((variable) => variable.startsWith(PREFIX) && !known.has(variable));
  problems.push(...unknown.map((variable) => `${variable} is not a setting of this service`));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return values as SettingsOf<S>;
}

function attempt<T>(read: () => T): { ok: true; value: T } | { ok: false; problem: string } {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    return { ok: false, problem: error instanceof TypeError ? error.message : 'cannot be read' };
  }
}

const withFallback = <T>(setting: Setting<T>, options: { fallback?: T }): Setting<T> =>
  options.fallback === undefined ? setting : { ...setting, fallback: options.fallback };

/** The kinds of settings. A setting without a fallback must be given. */
export const setting = {
  text: (variable: string, options: { fallback?: string } = {}): Setting<string> =>
    withFallback({ variable, read: (text) => text }, options),

  integer: (variable: string, options: { min: number; max: number; fallback?: number }): Setting<number> =>
    withFallback(
      {
        variable,
        read: (text) => {
          const value = Number(text);
          if (!/^\d+$/.test(text) || value < options.min || value > options.max) {
            throw new TypeError(`must be a whole number from ${String(options.min)} to ${String(options.max)}`);
          }
          return value;
        },
      },
      options,
    ),

  choice: <const C extends string>(variable: string, choices: readonly C[], options: { fallback?: NoInfer<C> } = {}): Setting<C> =>
    withFallback(
      {
        variable,
        read: (text) => {
          const found = choices.find((choice) => choice === text);
          if (found === undefined) throw new TypeError(`must be one of ${choices.join(', ')}`);
          return found;
        },
      },
      options,
    ),

  flag: (variable: string, options: { fallback?: boolean } = {}): Setting<boolean> =>
    withFallback(
      {
        variable,
        read: (text) => {
          if (text !== 'true' && text !== 'false') throw new TypeError('must be true or false');
          return text === 'true';
        },
      },
      options,
    ),

  secret: (variable: string): Setting<Secret> => ({ variable, read: (text) => new Secret(text) }),

  /** A URL that may hold a password, so it prints as a secret. */
  secretUrl: (variable: string, protocols: readonly string[]): Setting<Secret> => ({
    variable,
    read: (text) => {
      const isUrl = (part: string): boolean => URL.canParse(part) && protocols.includes(new URL(part).protocol);
      if (!text.split(',').every((part) => isUrl(part.trim()))) throw new TypeError(`must be a URL with ${protocols.join(' or ')}`);
      return new Secret(text);
    },
  }),

  /** The content of a file of PEM, read at start. Absent, there is none. */
  pemFile: (variable: string, options: { needs: string }): Setting<Secret | undefined> => ({
    variable,
    read: readPem,
    fallback: undefined,
    needs: options.needs,
  }),

  /** Addresses and CIDR blocks with commas between; absent, there are none. */
  addresses: (variable: string): Setting<readonly string[]> => ({ variable, read: readAddresses, fallback: [] }),

  /** Keys of a SecretBox: `id:base64,id:base64`, 32 bytes each; the first one seals, all of them open. */
  secretKeys: (variable: string): Setting<SecretKeys> => ({ variable, read: readSecretKeys }),
};

export type SecretKeys = { readonly current: string; readonly keys: ReadonlyMap<string, Uint8Array> };

function readPem(path: string): Secret {
  const content = readFileSync(path, 'utf8');
  if (!content.includes('-----BEGIN ')) throw new TypeError('must name a file of PEM');
  return new Secret(content);
}

const SECRET_KEY_BYTES = 32;

function readSecretKeys(text: string): SecretKeys {
  const keys = new Map<string, Uint8Array>();
  for (const part of text.split(',')) {
    const [id, encoded, ...rest] = part.trim().split(':');
    const key = Buffer.from(encoded ?? '', 'base64');
    if (!id || rest.length > 0 || key.length !== SECRET_KEY_BYTES)
      throw new TypeError('must be id:base64 of 32 bytes, several with commas');
    keys.set(id, key);
  }
  const current = keys.keys().next().value;
  if (current === undefined) throw new TypeError('must name at least one key');
  return { current, keys };
}

/** What every service has. */
export const serviceSettings = {
  environment: setting.choice('TILLBRIDGE_ENVIRONMENT', ['sandbox', 'production'], { fallback: 'production' }),
  httpHost: setting.text('TILLBRIDGE_HTTP_HOST', { fallback: '0.0.0.0' }),
  httpPort: setting.integer('TILLBRIDGE_HTTP_PORT', { min: 0, max: 65_535, fallback: 8080 }),
  /** Proxies in front of us, whose `X-Forwarded-For` is believed. */
  httpTrustedProxies: setting.addresses('TILLBRIDGE_HTTP_TRUSTED_PROXIES'),
  /** A certificate of our own, with its chain, and its key. Without them TLS ends at the ingress. */
  tlsCert: setting.pemFile('TILLBRIDGE_TLS_CERT_FILE', { needs: 'TILLBRIDGE_TLS_KEY_FILE' }),
  tlsKey: setting.pemFile('TILLBRIDGE_TLS_KEY_FILE', { needs: 'TILLBRIDGE_TLS_CERT_FILE' }),
  logLevel: setting.choice('TILLBRIDGE_LOG_LEVEL', ['error', 'warn', 'info', 'debug'], { fallback: 'info' }),
  natsUrl: setting.secretUrl('TILLBRIDGE_NATS_URL', ['nats:', 'tls:']),
  natsStreamReplicas: setting.integer('TILLBRIDGE_NATS_STREAM_REPLICAS', { min: 1, max: 5, fallback: 1 }),
  /** Ends with the process that started it (its standard input closes): for sandboxes and tests, where nobody else would end it. */
  exitWithParent: setting.flag('TILLBRIDGE_EXIT_WITH_PARENT', { fallback: false }),
} as const satisfies Settings;

/** What a service with a database has besides. */
export const databaseSettings = {
  postgresUrl: setting.secretUrl('TILLBRIDGE_POSTGRES_URL', ['postgres:', 'postgresql:']),
  postgresPoolSize: setting.integer('TILLBRIDGE_POSTGRES_POOL_SIZE', { min: 4, max: 200, fallback: 16 }),
} as const satisfies Settings;

export type ServiceSettings = SettingsOf<typeof serviceSettings>;
export type DatabaseSettings = SettingsOf<typeof databaseSettings>;
