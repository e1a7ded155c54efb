import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { inheritedEnvironment } from '../config.js';
import { StartFailed } from '../failures.js';
import { lastLines, openLog } from '../log-file.js';
import { signal } from '../process-table.js';
import { settlesWithin } from '../waiting.js';
import { nextRestartDelayMs } from './backoff.js';
import { answersOk } from './health.js';

const READY_EVERY_MS = 100;
/** A service that dies this often before it was ever ready will not become ready by waiting: a setting is wrong. */
const HOPELESS_AFTER_DEATHS = 3;
const STOP_WITHIN_MS = 10_000;

/** A program to run and to keep running. */
export interface ServiceSpec {
  /** Unique among the services of a supervisor: `gateway`, `gateway-2`. */
  readonly name: string;
  /** The JavaScript file to run. */
  readonly entry: string;
  /** What follows the file on its command line. Default nothing. */
  readonly arguments?: readonly string[];
  /** The HTTP port on 127.0.0.1 where it tells that it serves. */
  readonly port: number;
  /** The path there that answers 200 once it does. */
  readonly readyPath: string;
  /** All of its settings; nothing named TILLBRIDGE_* is inherited. */
  readonly environment: Readonly<Record<string, string>>;
}

/** How one life of a service ended. */
export interface ServiceExit {
  readonly name: string;
  readonly pid: number;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** When it will be started again; undefined when it was told to stop. */
  readonly restartInMs: number | undefined;
}

/** What a service process tells its supervisor. */
export interface ServiceListener {
  readonly started: (name: string, pid: number) => void;
  readonly exited: (exit: ServiceExit) => void;
}

interface Life {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly bornAt: number;
  readonly over: Promise<unknown>;
}

/** One service over all its lives: starts it, starts it again when it dies, until it is told to stop. */
export class ServiceProcess {
  readonly logFile: string;
  readonly #spec: ServiceSpec;
  readonly #readyWithinMs: number;
  readonly #listener: ServiceListener;
  #life: Life | undefined;
  #wanted = false;
  #restart: NodeJS.Timeout | undefined;
  #restartDelayMs: number | undefined;
  #deathsSinceReady = 0;

  constructor(spec: ServiceSpec, logDir: string, readyWithinMs: number, listener: ServiceListener) {
    this.#spec = spec;
    this.#readyWithinMs = readyWithinMs;
    this.#listener = listener;
    this.logFile = join(logDir, `${spec.name}.log`);
  }

  /** The number of the process that runs now; undefined between a death and the restart. */
  get pid(): number | undefined {
    return this.#life?.pid;
  }

  /** Starts the service and waits until it is ready. Throws StartFailed when it keeps dying or does not become ready in time; it is stopped then. */
  async start(): Promise<void> {
    this.#wanted = true;
    this.#deathsSinceReady = 0;
    this.#restartDelayMs = undefined;
    if (this.#life === undefined) this.#launch();
    if (await this.#becomesReady()) return;
    await this.stop();
    throw new StartFailed(`${this.#spec.name} did not become ready; its log (${this.logFile}) ends with:\n${lastLines(this.logFile)}`);
  }

  /** Waits until the present life, or the next one when it is just being restarted, is ready. Returns false when it takes too long. */
  async becomesReadyAgain(): Promise<boolean> {
    this.#deathsSinceReady = 0;
    return this.#becomesReady();
  }

  /** Ends the service for good: SIGTERM, and SIGKILL when it has not ended in ten seconds. */
  async stop(): Promise<void> {
    this.#wanted = false;
    clearTimeout(this.#restart);
    const life = this.#life;
    if (life === undefined) return;
    signal(life.pid, 'SIGTERM');
    // A frozen process would only receive the request after it is woken.
    if (process.platform !== 'win32') signal(life.pid, 'SIGCONT');
    if (await settlesWithin(life.over, STOP_WITHIN_MS)) return;
    signal(life.pid, 'SIGKILL');
    await life.over;
  }

  /** SIGKILL, as a crash would: the service is restarted. Returns when the killed process is gone. */
  async kill9(): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    signal(life.pid, 'SIGKILL');
    await life.over;
  }

  /** Stops the process in its tracks (SIGSTOP), alive but silent, until it is resumed. Not on Windows. */
  pause(): void {
    if (this.#life !== undefined) signal(this.#life.pid, 'SIGSTOP');
  }

  resume(): void {
    if (this.#life !== undefined) signal(this.#life.pid, 'SIGCONT');
  }

  #launch(): void {
    const log = openLog(this.logFile);
    const child = spawn(process.execPath, ['--enable-source-maps', this.#spec.entry, ...(this.#spec.arguments ?? [])], {
      env: { ...inheritedEnvironment(), ...this.#spec.environment },
      // The pipe is never written to: its end tells the service that the launcher is gone.
      stdio: ['pipe', log.descriptor, log.descriptor],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    log.close();
    child.stdin?.on('error', () => undefined);
    const over = once(child, 'exit').catch(() => undefined);
    const life = { child, pid: child.pid ?? 0, bornAt: performance.now(), over };
    this.#life = life;
    void over.then(() => this.#buried(life));
    if (life.pid === 0) return;
    this.#listener.started(this.#spec.name, life.pid);
    if (this.#restartDelayMs !== undefined) void this.#killUnlessReady(life);
  }

  #buried(life: Life): void {
    this.#life = undefined;
    this.#deathsSinceReady += 1;
    const { exitCode: code, signalCode } = life.child;
    if (this.#wanted) {
      this.#restartDelayMs = nextRestartDelayMs(this.#restartDelayMs, performance.now() - life.bornAt);
      this.#restart = setTimeout(() => this.#launch(), this.#restartDelayMs);
    }
    const restartInMs = this.#wanted ? this.#restartDelayMs : undefined;
    this.#listener.exited({ name: this.#spec.name, pid: life.pid, code, signal: signalCode, restartInMs });
  }

  async #becomesReady(): Promise<boolean> {
    const deadline = performance.now() + this.#readyWithinMs;
    while (this.#wanted && performance.now() < deadline && this.#deathsSinceReady < HOPELESS_AFTER_DEATHS) {
      if (this.#life !== undefined && (await answersOk(this.#spec.port, this.#spec.readyPath))) return true;
      await sleep(READY_EVERY_MS);
    }
    return false;
  }

  /** A restarted process that hangs on its way up would never be restarted again: its death is made certain. */
  async #killUnlessReady(life: Life): Promise<void> {
    const deadline = life.bornAt + this.#readyWithinMs;
    while (this.#life === life && performance.now() < deadline) {
      if (await answersOk(this.#spec.port, this.#spec.readyPath)) return;
      await sleep(READY_EVERY_MS);
    }
    if (this.#life === life) signal(life.pid, 'SIGKILL');
  }
}
