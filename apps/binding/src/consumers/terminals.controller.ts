import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  changeTerminal,
  enrolTerminal,
  type Answer,
  type ChangeTerminalV1,
  type EnrolTerminalV1,
  type RecordedV1,
} from '@tillbridge/contracts';
import type { Clock } from '@tillbridge/kernel';
import { OnRequest, type MessageContext } from '@tillbridge/messaging';
import { CLOCK } from '@tillbridge/platform';
import * as decide from '../domain/terminal.js';
import { AuditLog, OPERATOR } from '../store/audit-log.js';
import { MerchantStore } from '../store/merchant-store.js';
import { PairingStore } from '../store/pairing-store.js';
import { TerminalStore } from '../store/terminal-store.js';
import { beforeOf, carryOut } from './carry-out.js';
import { auditedTerminal, tellTerminal } from './terminal-changes.js';

/** Enrols terminals by hand, suspends them, and takes their keys back. */
@Controller()
export class TerminalsController {
  constructor(
    @Inject(MerchantStore) private readonly merchants: MerchantStore,
    @Inject(TerminalStore) private readonly terminals: TerminalStore,
    @Inject(PairingStore) private readonly codes: PairingStore,
    @Inject(AuditLog) private readonly audit: AuditLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** An open pairing code of the terminal ends: it was meant for the key that it has now, and would give that to somebody else. */
  @OnRequest(enrolTerminal)
  async enrol(@Payload() request: EnrolTerminalV1, @Ctx() context: MessageContext): Promise<Answer<RecordedV1>> {
    const { tx } = context;
    const merchantKnown = (await this.merchants.findServed(tx, request)) !== undefined;
    const decision = decide.enrolTerminal({ merchantKnown, ...(await this.terminals.lockFor(tx, request)) }, request);
    return carryOut(decision, async (news) => {
      const { state } = news;
      const before = beforeOf(news);
      const now = this.clock.now();
      const unused = before === undefined ? undefined : await this.codes.lockUnused(tx, state.terminalUid);
      if (before === undefined) await this.terminals.insert(tx, state, now);
      else await this.terminals.update(tx, state);
      if (unused !== undefined) await this.codes.end(tx, { codeUid: unused.codeUid, revokedAt: now.toISOString() });
      tellTerminal(tx, before, state);
      await this.audit.record(context, { by: request.by ?? OPERATOR, ...auditedTerminal(before, state) });
    });
  }

  @OnRequest(changeTerminal)
  async change(@Payload() request: ChangeTerminalV1, @Ctx() context: MessageContext): Promise<Answer<RecordedV1>> {
    const known = await this.terminals.lockByUid(context.tx, request.terminalUid);
    return carryOut(decide.changeTerminal(known, request), async ({ before, state }) => {
      await this.terminals.update(context.tx, state);
      tellTerminal(context.tx, before, state);
      await this.audit.record(context, { by: request.by ?? OPERATOR, ...auditedTerminal(before, state) });
    });
  }
}
