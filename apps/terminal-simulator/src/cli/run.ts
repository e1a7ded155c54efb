import { CHANNEL_CLOSE } from '@tillbridge/protocol';
import { type Clock, systemClock } from '@tillbridge/kernel';
import type { FastifyInstance } from 'fastify';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ORDINARY } from '../behaviour.js';
import { createControlApi } from '../control-api.js';
import { Fleet } from '../fleet.js';
import { pair } from '../pairing.js';
import type { Log } from '../terminal-link.js';
import { type Admission, readArguments, type SimOptions } from './arguments.js';
import { readFleet } from './fleet-file.js';
import { HELP } from './help.js';
import { KeyFile } from './key-file.js';
import { WrongUsage } from './wrong-usage.js';

/** What the command line finds around it. */
export type SimSurroundings = {
  readonly folder: string;
  readonly say: (text: string) => void;
  readonly note: (text: string) => void;
  /** Ends the run in good order. */
  readonly interrupted: AbortSignal;
};

const DONE = 0;
const FAILED = 1;
const WRONG_USAGE = 2;
const CONTROL_HOST = '127.0.0.1';

/** Runs one command line until it is interrupted. Returns the exit code: 1 when it could not be done, 2 when it was not understood. */
export async function runSim(args: readonly string[], around: SimSurroundings, clock: Clock = systemClock): Promise<number> {
  try {
    const options = readArguments(args);
    if (options === 'help') {
      around.say(HELP);
      return DONE;
    }
    return await runFleet(options, admissionsOf(options, around), around, clock);
  } catch (error) {
    if (!(error instanceof WrongUsage)) throw error;
    around.note(`${error.message}; --help shows how\n`);
    return WRONG_USAGE;
  }
}

function admissionsOf({ terminals }: SimOptions, { folder }: SimSurroundings): Admission[] {
  if (!('fleetFile' in terminals)) return [terminals];
  const file = terminals.fleetFile;
  return readFleet(file, textOf(resolve(folder, file), file));
}

function textOf(path: string, shownAs: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new WrongUsage(`${shownAs} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})`);
  }
}

async function runFleet(options: SimOptions, admissions: readonly Admission[], around: SimSurroundings, clock: Clock): Promise<number> {
  const { urls, thinkMs, seed } = options;
  const fleet = new Fleet({ urls, clock, random: Math.random, log: tellHow(admissions.length, around) });
  const control = options.controlPort === undefined ? undefined : createControlApi(fleet, false);
  if (seed !== undefined) fleet.behave({ seed, ...ORDINARY });
  try {
    if (control !== undefined && !(await listen(control, options.controlPort, around))) return FAILED;
    const started = await admit(admissions, options, around, (terminalSn, key) => fleet.put(terminalSn, { key, thinkTimeMs: thinkMs }));
    if (started === 0 && !around.interrupted.aborted) return FAILED;
    around.say(`${started} of ${admissions.length} terminals started for ${urls.join(', ')}; Ctrl-C ends\n`);
    await untilAborted(around.interrupted);
    return DONE;
  } finally {
    await Promise.all([control?.close(), fleet.stop()]);
  }
}

async function listen(control: FastifyInstance, port: number | undefined, { say, note }: SimSurroundings): Promise<boolean> {
  try {
    say(`control API: ${await control.listen({ host: CONTROL_HOST, port: port ?? 0 })}\n`);
    return true;
  } catch (error) {
    note(`the control API cannot listen: ${error instanceof Error ? error.message : 'unknown reason'}\n`);
    return false;
  }
}

/** Starts each terminal, paired first where it has a code. One that is not let in is told of, and the others go on. Returns how many were started. */
async function admit(
  admissions: readonly Admission[],
  options: SimOptions,
  { folder, say, note, interrupted }: SimSurroundings,
  start: (terminalSn: string, key: string) => void,
): Promise<number> {
  const { terminals, pairingUrl } = options;
  const keyFile = new KeyFile(
    'fleetFile' in terminals ? `${resolve(folder, terminals.fleetFile)}.keys.csv` : join(folder, 'tillbridge-sim.keys.csv'),
  );
  let started = 0;
  for (const admission of admissions) {
    if (interrupted.aborted) break;
    const { terminalSn } = admission;
    const paired = 'key' in admission ? undefined : await pair(pairingUrl, admission.pairingCode, terminalSn);
    if (paired?.ok === false) {
      note(`${terminalSn} cannot be paired at ${pairingUrl}: ${paired.reason}\n`);
      continue;
    }
    if (paired?.ok === true) {
      keyFile.keep(terminalSn, paired.key);
      say(`${terminalSn} is paired; its key is in ${keyFile.path}\n`);
    }
    start(terminalSn, 'key' in admission ? admission.key : (paired?.key ?? ''));
    started += 1;
  }
  return started;
}

const reasons: Readonly<Record<number, string>> = {
  [CHANNEL_CLOSE.notAuthorised]: 'is not let in: the server does not know it, or its key is another one',
  [CHANNEL_CLOSE.replaced]: 'was replaced: somebody else runs a terminal with this serial number',
  [CHANNEL_CLOSE.protocolError]: 'and the server do not understand each other: they are of different versions',
};

/**
 * When all are connected, and each problem of a terminal once: a terminal tries again every second, and its reader needs to know only the first time.
 */
function tellHow(count: number, { say, note }: SimSurroundings): Log {
  const told = new Set<string>();
  const connected = new Set<unknown>();
  return (message, details) => {
    if (message === 'channel open' && !connected.has(details['terminalSn'])) {
      connected.add(details['terminalSn']);
      if (connected.size === count) say(count === 1 ? 'connected\n' : `all ${count} are connected\n`);
    }
    const reason = typeof details['code'] === 'number' ? reasons[details['code']] : undefined;
    const problem = message === 'channel error' ? `cannot connect: ${String(details['error'])}; trying on` : reason;
    const line = `${String(details['terminalSn'])} ${problem ?? ''}\n`;
    if (problem === undefined || told.has(line)) return;
    told.add(line);
    note(line);
  };
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));
}
