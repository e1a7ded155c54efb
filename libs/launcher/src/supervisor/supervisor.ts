import { EventEmitter } from 'node:events';

import { asIdentity, readJson, removeFile, writeAtomically } from '../ownership.js';
import { endProcess, identify, type ProcessIdentity } from '../process-table.js';
import { type ServiceExit, ServiceProcess, type ServiceSpec } from './service-process.js';

const READY_WITHIN_MS = 60_000;
const LEFTOVER_WITHIN_MS = 2_000;

/** What a supervisor says: `started` at each birth of a process, `exited` at each death. */
interface SupervisorEvents {
  started: [name: string, pid: number];
  exited: [exit: ServiceExit];
}

/** Where a supervisor keeps its files, and its patience. */
export interface SupervisorOptions {
  /** Each service's output goes to `<logDir>/<name>.log`. */
  readonly logDir: string;
  /** Remembers the running processes, so that those which a crashed launcher left behind are ended before new ones start. */
  readonly recordFile: string;
  /** How long a service may take from its start to ready. Default 60 s. */
  readonly readyWithinMs?: number;
}

/** Runs services as processes of their own and starts again what dies. */
export class Supervisor extends EventEmitter<SupervisorEvents> {
  readonly #options: SupervisorOptions;
  readonly #services = new Map<string, ServiceProcess>();
  readonly #running = new Map<string, ProcessIdentity>();

  constructor(options: SupervisorOptions) {
    super();
    this.#options = options;
  }

  /** Ends processes that an earlier launcher left behind. To be called before the first start. */
  async endLeftovers(): Promise<void> {
    const record = readJson(this.#options.recordFile);
    const leftovers = typeof record === 'object' && record !== null ? Object.values(record) : [];
    await Promise.all(
      leftovers.flatMap((entry) => asIdentity(entry) ?? []).map((found) => endProcess(found, 'SIGTERM', LEFTOVER_WITHIN_MS)),
    );
    removeFile(this.#options.recordFile);
  }

  /** Starts a service and waits until it is ready. Throws StartFailed with the end of its log. */
  async start(spec: ServiceSpec): Promise<void> {
    const service = new ServiceProcess(spec, this.#options.logDir, this.#options.readyWithinMs ?? READY_WITHIN_MS, {
      started: (name, pid) => this.#born(name, pid),
      exited: (exit) => this.#died(exit),
    });
    this.#services.set(spec.name, service);
    await service.start();
  }

  /** The process numbers of what runs now, by name. */
  processes(): Record<string, number> {
    return Object.fromEntries([...this.#running].map(([name, { pid }]) => [name, pid]));
  }

  /** One service, for those who disturb it: kill9, pause, resume, stop, start. */
  service(name: string): ServiceProcess {
    const found = this.#services.get(name);
    if (found === undefined) throw new RangeError(`no service is named ${name}; there are ${[...this.#services.keys()].join(', ')}`);
    return found;
  }

  /** Kills a service as a crash would; it is restarted. Returns when the killed process is gone. */
  kill9(name: string): Promise<void> {
    return this.service(name).kill9();
  }

  /** Makes a service silent without killing it. */
  pause(name: string): void {
    this.service(name).pause();
  }

  /** Lets a paused service go on. */
  resume(name: string): void {
    this.service(name).resume();
  }

  /** Ends all services, the last started first: SIGTERM to one after the other without waiting between them, SIGKILL after ten seconds. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.#services.values()].reverse().map((service) => service.stop()));
    removeFile(this.#options.recordFile);
  }

  #born(name: string, pid: number): void {
    const identity = identify(pid);
    if (identity !== undefined) this.#running.set(name, identity);
    this.#remember();
    this.emit('started', name, pid);
  }

  #died(exit: ServiceExit): void {
    this.#running.delete(exit.name);
    this.#remember();
    this.emit('exited', exit);
  }

  #remember(): void {
    writeAtomically(this.#options.recordFile, JSON.stringify(Object.fromEntries(this.#running)));
  }
}
