import { parseArgs, type ParseArgsConfig } from 'node:util';
import { hyphenated, type Command, type Option } from './commands.js';
import { WrongUsage } from './failure.js';

export type Given = Readonly<Record<string, string | boolean | undefined>>;
export type ParsedArguments = { readonly options: Given; readonly words: readonly string[] };

type Types = NonNullable<ParseArgsConfig['options']>;

export const globalTypes: Types = {
  url: { type: 'string' },
  token: { type: 'string' },
  sandbox: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
};

/** Splits the arguments. Throws WrongUsage for an option that is not among these. */
export function parsed(args: readonly string[], types: Types): ParsedArguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...globalTypes, ...types },
      allowPositionals: true,
      strict: true,
    });
    return { options: values as Given, words: positionals };
  } catch (error) {
    throw new WrongUsage(error instanceof Error ? (error.message.split('. ')[0] ?? '') : 'the arguments cannot be read');
  }
}

export const typesOf = ({ options }: Command): Types =>
  Object.fromEntries(
    Object.entries(options).map(([name, { kind }]) => [hyphenated(name), { type: kind === 'flag' ? 'boolean' : 'string' }]),
  );

/** The members that the options stand for, as the API wants them. */
export function membersOf({ options }: Command, given: Given): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(options)) {
    const value = given[hyphenated(name)];
    if (value !== undefined) members[name] = valueOf(hyphenated(name), option, value);
    else if (option.isNeeded === true) throw new WrongUsage(`--${hyphenated(name)} is needed`);
  }
  return members;
}

function valueOf(name: string, { kind }: Option, value: string | boolean): unknown {
  switch (kind) {
    case 'text':
    case 'flag':
      return value;
    case 'number':
      return wholeNumber(name, value);
    case 'switch':
      if (value !== 'true' && value !== 'false') throw new WrongUsage(`--${name} must be true or false`);
      return value === 'true';
  }
}

export function wholeNumber(name: string, value: string | boolean): number {
  if (typeof value !== 'string' || !/^\d{1,9}$/.test(value)) throw new WrongUsage(`--${name} must be a whole number`);
  return Number(value);
}
