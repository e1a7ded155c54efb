import { commands, hyphenated, type Command, type Option } from './commands.js';

const GLOBAL = `Where:
  --url URL         the gateway (default TILLBRIDGE_ADMIN_URL)
  --token TOKEN     the admin token (default TILLBRIDGE_ADMIN_TOKEN, which other users of the machine cannot see)
  --sandbox DIR     a sandbox's URL and token (default .tillbridge, if there is one here)
How:
  --json            one JSON document on standard output
  --help            this text; after a command, that of the command
`;

const SPECIAL = [
  ['terminals import FILE.csv', 'invite many terminals at once'],
  ['reencrypt-secrets', 'encrypt all client secrets with the current key'],
] as const;

export const IMPORT_HELP = `Usage: tillbridge admin terminals import FILE.csv [options]

Invites every terminal of the file with a pairing code. The first line is clientId,merchantId,terminalSn,terminalId (in any order; terminalId may be
left out). The codes are written to a result file as they come; nobody can read them again later. A terminal that has a key or an open code is left
alone, so the same file can be imported again, also after an interruption.

  --result FILE     the result file (default FILE.result.csv, or with a number: no result file is ever overwritten)
  --life SECONDS    how long the codes may be used (default 900, at most 2592000)
  --renew           new codes also for terminals that have a code or a key already

`;

export const REENCRYPT_HELP = `Usage: tillbridge admin reencrypt-secrets

Encrypts every client secret with the current key of TILLBRIDGE_SECRETS_KEYS. Afterwards the older keys can go.

`;

export const overview = (): string => {
  const rows = [...commands.map((command) => [wordsOf(command), command.summary] as const), ...SPECIAL];
  return `Usage: tillbridge admin COMMAND [options]

${aligned(rows)}
${GLOBAL}`;
};

export const helpOf = (
  command: Command,
): string => `Usage: tillbridge admin ${wordsOf(command)}${Object.keys(command.options).length === 0 ? '' : ' [options]'}

${command.summary}

${aligned(Object.entries(command.options).map(([name, option]) => [optionOf(name, option), meaningOf(option)] as const))}
${GLOBAL}`;

export const withGlobal = (text: string): string => text + GLOBAL;

const wordsOf = ({ noun, verb, ids }: Command): string =>
  [noun, verb, ...ids.map((id) => hyphenated(id).replaceAll('-', '_').toUpperCase())].join(' ');

const placeholders: Readonly<Record<Option['kind'], string>> = { text: ' TEXT', number: ' N', switch: ' true|false', flag: '' };
const optionOf = (name: string, { kind }: Option): string => `--${hyphenated(name)}${placeholders[kind]}`;
const meaningOf = ({ meaning, isNeeded }: Option): string => (isNeeded === true ? `${meaning}; needed` : meaning);

function aligned(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}\n`).join('');
}
