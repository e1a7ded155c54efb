import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Clock } from '@tillbridge/kernel';
import { WriteLane } from '@tillbridge/messaging';
import { CLOCK, LOG, Loop, type Log, type StepOutcome } from '@tillbridge/platform';
import { decide } from '../domain/command.js';
import { CommandStore, type WaitingCommand } from '../store/command-store.js';

const TICK_MS = 1_000;
const MAX_COMMANDS_A_STEP = 200;

/**
 * Gives up commands that were never sent in time, and proves it by a fact. A dispatch at the same moment wants the same row: whoever locks it
 * second finds it changed, so a command is either sent or given up. Several replicas may look at the same command for the same reason.
 */
@Injectable()
export class Expiry implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(
    @Inject(WriteLane) private readonly lane: WriteLane,
    @Inject(CommandStore) private readonly commands: CommandStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) log: Log,
  ) {
    this.loop = new Loop('expiry', () => this.step(), { tickMs: TICK_MS, log });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  private async step(): Promise<StepOutcome> {
    const due = await this.commands.expired(this.clock.now(), MAX_COMMANDS_A_STEP);
    await Promise.all(due.map((command) => this.giveUp(command)));
    return due.length === MAX_COMMANDS_A_STEP ? 'more' : 'idle';
  }

  private giveUp({ transactionId, terminalUid, cause }: WaitingCommand): Promise<void> {
    return this.lane.run({
      keys: [terminalUid],
      cause,
      perform: async (tx) => {
        const command = await this.commands.lockById(tx, transactionId);
        const at = this.clock.now();
        if (command !== undefined) await this.commands.record(tx, decide(command, { kind: 'expire', at }), at);
      },
    });
  }
}
