import type { Log } from '../log.js';

/** What a step found: `more` asks for the next step at once, `idle` waits for a wake-up or the tick. */
export type StepOutcome = 'more' | 'idle';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;

/**
 * Repeats a step for as long as the service lives: at once while there is more to do, when woken, and on a slow tick that makes up for
 * whatever wake-up was lost. A step that throws is logged and tried again with back-off. Steps never overlap.
 */
export class Loop {
  private running: Promise<void> | undefined;
  private stopping = false;
  private woken = false;
  private rouse: () => void = () => undefined;

  constructor(
    private readonly name: string,
    private readonly step: () => Promise<StepOutcome>,
    private readonly options: { tickMs: number; log: Log },
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  /** There may be something to do. Cheap; many calls during one step cause one more step. */
  wake(): void {
    this.woken = true;
    this.rouse();
  }

  /** Waits for the step under way. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.rouse();
    await this.running;
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.stopping) {
      this.woken = false;
      const outcome = await this.tryStep();
      failures = outcome === 'failed' ? failures + 1 : 0;
      if (outcome === 'failed') await this.rest(Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS), 'deaf');
      else if (outcome === 'idle') await this.rest(this.options.tickMs, 'listening');
    }
  }

  private async tryStep(): Promise<StepOutcome | 'failed'> {
    try {
      return await this.step();
    } catch (error) {
      this.options.log.error({ err: error, loop: this.name }, 'a step failed and will be tried again');
      return 'failed';
    }
  }

  /** While backing off it is deaf to wake-ups: they would turn back-off into a busy loop. */
  private async rest(ms: number, mode: 'listening' | 'deaf'): Promise<void> {
    if (this.stopping || (mode === 'listening' && this.woken)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.rouse = () => {
        if (mode === 'deaf' && !this.stopping) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.rouse = () => undefined;
  }
}
