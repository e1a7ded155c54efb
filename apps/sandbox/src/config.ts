/** The settings of the sandbox that come from the environment. */
export interface Config {
  /** A running PostgreSQL to use instead of the packaged one: the superuser's address of any database. */
  readonly postgresUrl: string | undefined;
  /** A running nats-server with JetStream to use instead of the packaged one. */
  readonly natsUrl: string | undefined;
}

/** The settings, or the one sentence that says what is wrong with them. */
export type ReadConfig = { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly problem: string };

const POSTGRES_URL = 'TILLBRIDGE_POSTGRES_URL';
const NATS_URL = 'TILLBRIDGE_NATS_URL';

/** Settings that a test run hands to the processes it starts; they do not concern the sandbox. */
const OF_TESTS = 'TILLBRIDGE_TEST_';

/** Reads the settings. An unknown variable named TILLBRIDGE_* is a problem: it is a misspelt one. */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): ReadConfig {
  const known = [POSTGRES_URL, NATS_URL];
  const ours = Object.keys(environment).filter((name) => name.startsWith('TILLBRIDGE_') && !name.startsWith(OF_TESTS));
  const unknown = ours.find((name) => !known.includes(name));
  if (unknown !== undefined) return { ok: false, problem: `${unknown} is not a setting of the sandbox; it knows ${known.join(' and ')}.` };
  const [postgresUrl, natsUrl] = [environment[POSTGRES_URL], environment[NATS_URL]];
  if (postgresUrl !== undefined && !/^postgres(ql)?:\/\//.test(postgresUrl))
    return { ok: false, problem: `${POSTGRES_URL} must begin with postgres://.` };
  if (natsUrl !== undefined && !/^(nats|tls):\/\//.test(natsUrl))
    return { ok: false, problem: `${NATS_URL} must begin with nats:// or tls://.` };
  return { ok: true, config: { postgresUrl, natsUrl } };
}
