import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { done, recordReport, refused, type Answer, type RecordedV1, type RecordReportV1 } from '@tillbridge/contracts';
import type { Clock } from '@tillbridge/kernel';
import { OnRequest, type MessageContext } from '@tillbridge/messaging';
import { CLOCK, LOG, type Log } from '@tillbridge/platform';
import { decide } from '../domain/command.js';
import { outcomeOf } from '../domain/outcome.js';
import { CommandStore } from '../store/command-store.js';

/** Takes results that terminals report over HTTP, beside their channel. */
@Controller()
export class ReportsController {
  constructor(
    @Inject(CommandStore) private readonly commands: CommandStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @OnRequest(recordReport)
  async record(@Payload() report: RecordReportV1, @Ctx() { tx }: MessageContext): Promise<Answer<RecordedV1>> {
    const { transIndexCode, result } = report;
    const found = await this.commands.lockForReport(tx, transIndexCode);
    // Another merchant's and none at all get the same answer, so that nobody can probe for numbers.
    const isTheirs = found?.clientId === report.clientId && found.merchantId === report.merchantId;
    if (found === undefined || !isTheirs) return refused('transaction-not-found');
    const at = this.clock.now();
    const event = { kind: 'report', at, journalNo: undefined, outcome: outcomeOf(result), result } as const;
    const decision = decide(found.command, { ...event, journalGeneration: found.presentGeneration });
    const changed = await this.commands.record(tx.causedBy(found.cause), decision, at);
    if (decision.outcome === 'ignored') this.logDisbelief(found.command, transIndexCode, decision.reason);
    return done({ changed });
  }

  private logDisbelief({ transactionId, terminalUid }: { transactionId: string; terminalUid: string }, code: string, reason: string): void {
    const entry = { transactionId, terminalUid, transIndexCode: code, reason };
    if (reason === 'reported-otherwise')
      this.log.error(entry, 'a terminal reported two different results of one transaction over HTTP; the first one was kept');
    if (reason === 'journal-lost')
      this.log.warn(entry, 'a terminal that lost its journal says that it did not execute a command sent before: that proves nothing');
  }
}
