import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { inheritedEnvironment } from '../config.js';
import { AlreadyInUse, StartFailed } from '../failures.js';
import { lastLines, openLog } from '../log-file.js';
import { asIdentity, ourselves, readJson, removeFile, writeAtomically } from '../ownership.js';
import { endProcess, identify, isRunning, killFamily } from '../process-table.js';
import { settlesWithin } from '../waiting.js';

const READY_WITHIN_MS = 60_000;
const READY_EVERY_MS = 50;
const STOP_WITHIN_MS = 15_000;

/** How to start one server, and how to know that it serves. */
export interface ServerCommand {
  /** For messages: `PostgreSQL`, `nats-server`. */
  readonly title: string;
  readonly program: string;
  readonly args: readonly string[];
  /** The user to run as; only root may name one. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly logFile: string;
  /** Remembers who runs on the data, across a crash of the launcher. */
  readonly recordFile: string;
  /** The signal that asks the server to finish its work and end. */
  readonly politeSignal: NodeJS.Signals;
  /** Whether it serves. Called until it says yes. */
  readonly isReady: () => Promise<boolean>;
  /** Called when the server ends without having been told to. */
  readonly onUnexpectedExit?: (() => void) | undefined;
}

/**
 * A server of ours on its own data. Its record names the server and the launcher that started it: when that launcher is dead, the server is
 * an orphan of a crash and is stopped before a new one starts on the same data; when the launcher lives, the data is in use.
 */
export class OwnedProcess {
  readonly #command: ServerCommand;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #ending = false;

  private constructor(command: ServerCommand) {
    this.#command = command;
    const log = openLog(command.logFile);
    this.#child = spawn(command.program, [...command.args], {
      ...command.user,
      cwd: process.platform === 'win32' ? undefined : '/',
      env: { ...inheritedEnvironment(), LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', log.descriptor, log.descriptor],
      // Its own session: Ctrl-C in the terminal must reach only the launcher, which stops things in order.
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    log.close();
    this.#exited = once(this.#child, 'exit').catch(() => undefined);
    void this.#exited.then(() => {
      if (!this.#ending) command.onUnexpectedExit?.();
    });
  }

  /**
   * Makes sure that nobody runs on the data: stops the orphan of a dead launcher, refuses when a living launcher owns the server.
   * To be called before anything touches the data.
   */
  static async takeOver(data: Pick<ServerCommand, 'title' | 'recordFile' | 'politeSignal'>): Promise<void> {
    const record = readJson(data.recordFile) as { server?: unknown; launcher?: unknown } | undefined;
    const server = asIdentity(record?.server);
    if (server === undefined || !isRunning(server)) return;
    const launcher = asIdentity(record?.launcher);
    if (launcher !== undefined && isRunning(launcher)) {
      throw new AlreadyInUse(
        `${data.title} already runs on this data (process ${server.pid}, started by process ${launcher.pid}): stop that one first, or use another data folder.`,
      );
    }
    await endProcess(server, data.politeSignal, STOP_WITHIN_MS);
  }

  /** Starts the server and waits until it serves. Throws StartFailed with the end of its log. */
  static async start(command: ServerCommand): Promise<OwnedProcess> {
    const started = new OwnedProcess(command);
    const server = identify(started.pid);
    if (server !== undefined) writeAtomically(command.recordFile, JSON.stringify({ server, launcher: ourselves() }));
    const deadline = performance.now() + READY_WITHIN_MS;
    while (started.#child.exitCode === null && started.#child.signalCode === null && performance.now() < deadline) {
      if (await command.isReady()) return started;
      await sleep(READY_EVERY_MS);
    }
    await started.kill();
    throw new StartFailed(`${command.title} did not start; its log (${command.logFile}) ends with:\n${lastLines(command.logFile)}`);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Ends the server politely, and by force when it takes too long. */
  async stop(): Promise<void> {
    this.#ending = true;
    const identity = identify(this.pid);
    if (identity !== undefined) await endProcess(identity, this.#command.politeSignal, STOP_WITHIN_MS);
    await this.#forget();
  }

  /** SIGKILL for the server and all its children; returns when they are gone. */
  async kill(): Promise<void> {
    this.#ending = true;
    if (this.pid !== 0) await killFamily(this.pid);
    await this.#forget();
  }

  async #forget(): Promise<void> {
    await settlesWithin(this.#exited, STOP_WITHIN_MS);
    removeFile(this.#command.recordFile);
  }
}
