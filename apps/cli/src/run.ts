import { accessFor } from './access.js';
import { AdminClient, type Json } from './admin-client.js';
import { globalTypes, membersOf, parsed, typesOf, type Given } from './arguments.js';
import { commands, type Command } from './commands.js';
import { Failure, WrongUsage } from './failure.js';
import { helpOf, IMPORT_HELP, overview, REENCRYPT_HELP, withGlobal } from './help.js';
import { importTypes, runImport } from './import/terminals-import.js';
import type { Surroundings } from './surroundings.js';
import { recordOf, tableOf } from './table.js';

const DONE = 0;
const FAILED = 1;
const WRONG_USAGE = 2;

/** Runs one command line. Returns the exit code: 1 when it could not be done, 2 when it was not understood. */
export async function run(args: readonly string[], around: Surroundings): Promise<number> {
  try {
    return await dispatch(args, around);
  } catch (error) {
    if (error instanceof WrongUsage) {
      around.note(`${error.message}; --help shows how\n`);
      return WRONG_USAGE;
    }
    if (!(error instanceof Failure)) throw error;
    around.note(`${error.message}\n`);
    return FAILED;
  }
}

async function dispatch(args: readonly string[], around: Surroundings): Promise<number> {
  const [area, noun, verb = '', ...rest] = args;
  if (area !== 'admin' || noun === undefined || noun.startsWith('-')) return introduce(args, around);
  if (noun === 'reencrypt-secrets') return reencrypt(args.slice(2), around);
  if (noun === 'terminals' && verb === 'import') return importTerminals(rest, around);
  const command = commands.find((each) => each.noun === noun && each.verb === verb);
  if (command !== undefined) return perform(command, rest, around);
  if (verb === '--help' || verb === '-h') return introduce(['--help'], around);
  throw new WrongUsage(`admin ${[noun, verb].filter((word) => word !== '').join(' ')} is no command`);
}

/** Asked for nothing, it shows what there is; asked for something else, it says that this is not there. */
function introduce(args: readonly string[], around: Surroundings): number {
  const { options, words } = parsed(args, {});
  if (words.length > 0 && words.join(' ') !== 'admin') throw new WrongUsage(`${words.join(' ')} is no command`);
  if (options['help'] === true) around.say(overview());
  else around.note(overview());
  return options['help'] === true ? DONE : WRONG_USAGE;
}

async function perform(command: Command, args: readonly string[], around: Surroundings): Promise<number> {
  const { options, words } = parsed(args, typesOf(command));
  if (options['help'] === true) {
    around.say(helpOf(command));
    return DONE;
  }
  if (words.length !== command.ids.length)
    throw new WrongUsage(`${command.noun} ${command.verb} takes ${command.ids.join(' and ') || 'no id'}`);
  const path = command.ids.reduce((text, id, index) => text.replace(`:${id}`, encodeURIComponent(words[index] ?? '')), command.path);
  const { all, ...members } = { ...membersOf(command, options), ...command.fixed };
  const client = clientFor(options, around);
  const isRead = command.method === 'GET' || command.method === 'DELETE';
  const hasBody = !isRead && (command.method === 'PATCH' || Object.keys(members).length > 0);
  const call = { method: command.method, path, query: isRead ? members : undefined, body: hasBody ? members : undefined };
  const answer = all === true ? await everyPage(client, call) : await client.do(call);
  present(answer, command, options, around);
  return DONE;
}

async function everyPage(client: AdminClient, call: { method: string; path: string; query: Json | undefined }): Promise<Json> {
  const items: unknown[] = [];
  let after: unknown = call.query?.['after'];
  do {
    const page: Json = await client.do({ ...call, query: { limit: 200, ...call.query, ...(after === undefined ? {} : { after }) } });
    items.push(...(page['items'] as unknown[]));
    after = page['next'];
  } while (after !== undefined);
  return { items };
}

function present(answer: Json, { columns }: Command, options: Given, { say, note }: Surroundings): void {
  if (options['json'] === true) return say(`${JSON.stringify(answer, undefined, 2)}\n`);
  if (columns === undefined) return say(recordOf(answer));
  say(tableOf(answer['items'] as Json[], columns));
  if (typeof answer['next'] === 'string') note(`more: --after '${answer['next']}'\n`);
}

async function reencrypt(args: readonly string[], around: Surroundings): Promise<number> {
  const { options, words } = parsed(args, {});
  if (options['help'] === true) {
    around.say(withGlobal(REENCRYPT_HELP));
    return DONE;
  }
  if (words.length > 0) throw new WrongUsage('reencrypt-secrets takes no arguments');
  const client = clientFor(options, around);
  let resealed = 0;
  for (;;) {
    const told = await client.do({ method: 'POST', path: '/client-secrets/re-encryption' });
    resealed += Number(told['resealed']);
    const left = Number(told['left']);
    if (left === 0 || told['resealed'] === 0) {
      const answer = { resealed, left };
      around.say(options['json'] === true ? `${JSON.stringify(answer)}\n` : recordOf(answer));
      if (left > 0) throw new Failure(`${String(left)} secrets cannot be encrypted again now; the older key must stay`);
      return DONE;
    }
    around.note(`${String(left)} left\n`);
  }
}

async function importTerminals(args: readonly string[], around: Surroundings): Promise<number> {
  const { options, words } = parsed(args, importTypes);
  if (options['help'] === true) {
    around.say(withGlobal(IMPORT_HELP));
    return DONE;
  }
  const [file, ...more] = words;
  if (file === undefined || more.length > 0) throw new WrongUsage('terminals import takes one file');
  return runImport(file, options, (given) => clientFor(given, around), around);
}

function clientFor(given: Given, around: Surroundings): AdminClient {
  const named = Object.keys(globalTypes).filter((name) => typeof given[name] === 'string' && given[name] !== '');
  return new AdminClient(accessFor(Object.fromEntries(named.map((name) => [name, given[name]])), around));
}
