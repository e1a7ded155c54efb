/** `terminalsUrls`: the replicas of the `terminals` service; a terminal goes to the next one when a channel fails. */
export type SimulatorConfig = { httpHost: string; httpPort: number; terminalsUrls: readonly string[] };

export type ReadConfig = { ok: true; config: SimulatorConfig } | { ok: false; problems: readonly string[] };

type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'TILLBRIDGE_';
const HTTP_HOST = 'TILLBRIDGE_SIMULATOR_HTTP_HOST';
const HTTP_PORT = 'TILLBRIDGE_SIMULATOR_HTTP_PORT';
const TERMINALS_URL = 'TILLBRIDGE_SIMULATOR_TERMINALS_URL';
const KNOWN: readonly string[] = [HTTP_HOST, HTTP_PORT, TERMINALS_URL];
const DEFAULT_HTTP_HOST = '127.0.0.1';
export const MAX_PORT = 65_535;

/**
 * The settings of this process, or every problem with them at once, so that one start is enough to find all.
 *
 * * `TILLBRIDGE_SIMULATOR_HTTP_HOST`: address the control API listens on; default 127.0.0.1
 * * `TILLBRIDGE_SIMULATOR_HTTP_PORT`: its port, required; 0 takes a free one
 * * `TILLBRIDGE_SIMULATOR_TERMINALS_URL`: required; `ws://` or `wss://`, several separated by commas
 *
 * Any other variable that begins with `TILLBRIDGE_` is a problem: it is probably misspelled.
 */
export function readConfig(environment: Environment = process.env): ReadConfig {
  const problems = Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !KNOWN.includes(name))
    .map((name) => `${name} is not a setting of the terminal simulator (known: ${KNOWN.join(', ')})`);
  const port = environment[HTTP_PORT] ?? '';
  if (!/^\d{1,5}$/.test(port) || Number(port) > MAX_PORT) problems.push(`${HTTP_PORT} must be a port from 0 to ${MAX_PORT}`);
  const terminalsUrls = (environment[TERMINALS_URL] ?? '').split(',').map((url) => url.trim());
  if (!terminalsUrls.every(isWebSocketUrl)) problems.push(`${TERMINALS_URL} must be ws:// or wss:// URLs, separated by commas`);
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, config: { httpHost: environment[HTTP_HOST] ?? DEFAULT_HTTP_HOST, httpPort: Number(port), terminalsUrls } };
}

/** Whether terminals can connect to it. */
export function isWebSocketUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'ws:' || url.protocol === 'wss:');
}
