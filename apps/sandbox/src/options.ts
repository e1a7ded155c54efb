/** What the command line asks for. */
export interface Options {
  /** End after the demonstration: with 0 when the purchase went through, with 1 when it did not. */
  readonly once: boolean;
  /** The gateway's port on 127.0.0.1. */
  readonly port: number;
  readonly dataDir: string;
  /** Forget everything in the data folder first. */
  readonly reset: boolean;
  readonly help: boolean;
}

/** The options, or the one sentence that says what is wrong with them. */
export type ParsedOptions = { readonly ok: true; readonly options: Options } | { readonly ok: false; readonly problem: string };

const DEFAULTS: Options = { once: false, port: 8080, dataDir: '.tillbridge', reset: false, help: false };
const HIGHEST_PORT = 65_535;

export const HELP = `Usage: npm start -- [options]

  --port N          the gateway listens on 127.0.0.1:N (default ${DEFAULTS.port})
  --data-dir DIR    where everything is kept (default ${DEFAULTS.dataDir})
  --reset           forget everything in the data folder first
  --once            end after the demonstration: 0 when it worked, 1 when it did not
  --help            this text

TILLBRIDGE_POSTGRES_URL and TILLBRIDGE_NATS_URL name running servers to use instead of the packaged ones.
`;

const FLAGS: readonly string[] = ['once', 'reset', 'help'];

/** Reads the command line; both `--port 9000` and `--port=9000` are understood. */
export function parseOptions(args: readonly string[]): ParsedOptions {
  const options: { -readonly [Name in keyof Options]: Options[Name] } = { ...DEFAULTS };
  const words = args.flatMap(splitAtEquals);
  while (words.length > 0) {
    const word = words.shift() ?? '';
    const name = word.slice(2);
    if (word.startsWith('--') && FLAGS.includes(name)) {
      options[name as 'once' | 'reset' | 'help'] = true;
      continue;
    }
    if (word !== '--port' && word !== '--data-dir') return refuse(`${word} is not an option; npm start -- --help lists them all.`);
    const value = words.shift() ?? '';
    if (value === '' || value.startsWith('--')) return refuse(`${word} needs a value; npm start -- --help shows how.`);
    if (word === '--data-dir') options.dataDir = value;
    else if (isPort(value)) options.port = Number(value);
    else return refuse(`--port must be a whole number from 1 to ${HIGHEST_PORT}, not ${value}.`);
  }
  return { ok: true, options };
}

function splitAtEquals(word: string): string[] {
  const equals = word.indexOf('=');
  return word.startsWith('--') && equals > 0 ? [word.slice(0, equals), word.slice(equals + 1)] : [word];
}

const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= HIGHEST_PORT;
const refuse = (problem: string): ParsedOptions => ({ ok: false, problem });
