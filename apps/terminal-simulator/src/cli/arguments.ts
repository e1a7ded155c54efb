import { parseArgs } from 'node:util';
import { MAX_SEED } from '../behaviour.js';
import { isWebSocketUrl, MAX_PORT } from '../config.js';
import { DEFAULT_THINK_MS, MAX_DELAY_MS } from '../plan.js';
import { WrongUsage } from './wrong-usage.js';

/** How one terminal gets in. */
export type Admission = { readonly terminalSn: string } & ({ readonly key: string } | { readonly pairingCode: string });

export type SimOptions = {
  readonly urls: readonly string[];
  readonly pairingUrl: string;
  /** One terminal, or the name of the file that lists many. */
  readonly terminals: Admission | { readonly fleetFile: string };
  readonly thinkMs: number;
  readonly seed: number | undefined;
  readonly controlPort: number | undefined;
};

const PAIRING_PATH = '/terminal/v1/pairing';

const types = {
  url: { type: 'string', multiple: true },
  sn: { type: 'string' },
  key: { type: 'string' },
  'pairing-code': { type: 'string' },
  'pairing-url': { type: 'string' },
  fleet: { type: 'string' },
  'think-ms': { type: 'string' },
  seed: { type: 'string' },
  'control-port': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Given = ReturnType<typeof parseArgs<{ options: typeof types }>>['values'];

/** Reads the command line. Throws WrongUsage that says what is wrong with it. */
export function readArguments(args: readonly string[]): SimOptions | 'help' {
  const given = valuesOf(args);
  if (given.help === true) return 'help';
  const urls = (given.url ?? []).flatMap((list) => list.split(',')).map((url) => url.trim());
  const [first] = urls;
  if (first === undefined) throw new WrongUsage('--url is needed: where the terminals service listens, for example ws://127.0.0.1:8083');
  const wrong = urls.find((url) => !isWebSocketUrl(url));
  if (wrong !== undefined) throw new WrongUsage(`--url: ${wrong} is no ws:// or wss:// URL`);
  return {
    urls,
    pairingUrl: pairingUrlOf(given, first),
    terminals: terminalsOf(given),
    thinkMs: wholeNumber('think-ms', given['think-ms'], MAX_DELAY_MS) ?? DEFAULT_THINK_MS,
    seed: wholeNumber('seed', given.seed, MAX_SEED),
    controlPort: wholeNumber('control-port', given['control-port'], MAX_PORT),
  };
}

function valuesOf(args: readonly string[]): Given {
  try {
    return parseArgs({ args: [...args], options: types, allowPositionals: false, strict: true }).values;
  } catch (error) {
    // Node.js goes on with advice that does not fit here.
    throw new WrongUsage(String((error as Partial<Error>).message).split('. ')[0]);
  }
}

function terminalsOf({ sn, key, fleet, 'pairing-code': pairingCode }: Given): SimOptions['terminals'] {
  if (fleet !== undefined) {
    const [extra] = Object.entries({ sn, key, 'pairing-code': pairingCode }).filter(([, value]) => value !== undefined);
    if (extra !== undefined) throw new WrongUsage(`--fleet names the terminals; --${extra[0]} does not go with it`);
    return { fleetFile: fleet };
  }
  if (sn === undefined || sn === '') throw new WrongUsage('--sn or --fleet is needed: which terminals to run');
  if (key !== undefined && pairingCode !== undefined) throw new WrongUsage('--key and --pairing-code do not go together');
  if (key !== undefined && key !== '') return { terminalSn: sn, key };
  if (pairingCode !== undefined && pairingCode !== '') return { terminalSn: sn, pairingCode };
  throw new WrongUsage('--key or --pairing-code is needed: how the terminal gets in');
}

function pairingUrlOf({ 'pairing-url': said }: Given, channelUrl: string): string {
  if (said === undefined) return new URL(PAIRING_PATH, channelUrl.replace(/^ws/, 'http')).href;
  const url = URL.parse(said);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') throw new WrongUsage(`--pairing-url: ${said} is no http:// or https:// URL`);
  return url.href;
}

function wholeNumber(name: string, value: string | undefined, max: number): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,10}$/.test(value) || Number(value) > max) throw new WrongUsage(`--${name} must be a whole number from 0 to ${max}`);
  return Number(value);
}
