import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

import { becomesTrue } from './waiting.js';

/** A process that can be recognised later: the number alone may have been given to a stranger in the meantime. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it was started, in whatever unit the system tells it; equal only for the same process. */
  readonly startedAt: string;
}

const GONE_WITHIN_MS = 10_000;
const COMMAND_WITHIN_MS = 5_000;

/** State, parent and start time out of /proc/<pid>/stat; the command in it may hold blanks and parentheses, so reading begins after the last one. */
function linuxStat(pid: number): { state: string; parent: number; startedAt: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, parent, startedAt] = [fields[0], fields[1], fields[19]];
    if (state === undefined || parent === undefined || startedAt === undefined) return undefined;
    return { state, parent: Number(parent), startedAt };
  } catch {
    return undefined;
  }
}

function commandOutput(command: string, args: string[]): string {
  const result = spawnSync(command, args, { encoding: 'utf8', timeout: COMMAND_WITHIN_MS, windowsHide: true });
  return result.status === 0 ? result.stdout.trim() : '';
}

function startTime(pid: number): string | undefined {
  if (process.platform === 'linux') {
    const stat = linuxStat(pid);
    // A zombie is dead; it only waits for its parent, which in a container may never come to fetch it.
    if (stat === undefined || stat.state === 'Z' || stat.state === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${stat.startedAt}`;
  }
  if (process.platform === 'win32') {
    return commandOutput('powershell', ['-NoProfile', '-Command', `(Get-Process -Id ${pid}).StartTime.Ticks`]) || undefined;
  }
  const line = commandOutput('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]);
  return line === '' || line.startsWith('Z') ? undefined : line.slice(line.indexOf(' ')).trim();
}

/** Who has this process number now; undefined when nobody does. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = startTime(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether that very process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return startTime(identity.pid) === identity.startedAt;
}

/** The command line of a process, or an empty text when it cannot be told. */
export function commandLine(pid: number): string {
  if (process.platform === 'win32') return '';
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    } catch {
      return '';
    }
  }
  return commandOutput('ps', ['-o', 'command=', '-p', String(pid)]);
}

function parents(): Map<number, number> {
  if (process.platform === 'linux') {
    const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
    return new Map(pids.map((pid) => [pid, linuxStat(pid)?.parent ?? 0]));
  }
  const lines = commandOutput('ps', ['-A', '-o', 'pid=,ppid=']).split('\n');
  return new Map(lines.map((line) => line.trim().split(/\s+/).map(Number)).map(([pid, parent]) => [pid ?? 0, parent ?? 0]));
}

/** The process and all that it started, itself first. */
export function family(pid: number): ProcessIdentity[] {
  const parentOf = parents();
  const pids = [pid];
  for (const member of pids) {
    for (const [child, parent] of parentOf) if (parent === member && !pids.includes(child)) pids.push(child);
  }
  return pids.flatMap((member) => identify(member) ?? []);
}

/** Sends a signal; a process that is gone already is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Kills a process and all that it started, without any chance to clean up, and waits until they are gone. The parent goes first, so that it
 * cannot react to the death of its children. Returns false when some outlived the wait (a process stuck in the kernel).
 */
export async function killFamily(pid: number): Promise<boolean> {
  if (process.platform === 'win32') {
    commandOutput('taskkill', ['/PID', String(pid), '/T', '/F']);
    return becomesTrue(() => identify(pid) === undefined, GONE_WITHIN_MS);
  }
  const members = family(pid);
  for (const member of members) signal(member.pid, 'SIGKILL');
  return becomesTrue(() => !members.some(isRunning), GONE_WITHIN_MS, 10);
}

/** Asks a process to end, and kills it with all it started when it has not ended in time. */
export async function endProcess(identity: ProcessIdentity, politely: NodeJS.Signals, withinMs: number): Promise<void> {
  if (!isRunning(identity)) return;
  if (process.platform !== 'win32') {
    signal(identity.pid, politely);
    if (await becomesTrue(() => !isRunning(identity), withinMs)) return;
  }
  await killFamily(identity.pid);
}
