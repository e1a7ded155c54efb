import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  done,
  inviteTerminal,
  pairTerminal,
  refused,
  replayed,
  revokePairingCode,
  type Answer,
  type InvitedV1,
  type InviteTerminalV1,
  type PairedV1,
  type PairTerminalV1,
  type RecordedV1,
  type RevokePairingCodeV1,
} from '@tillbridge/contracts';
import { unreachable, type Clock } from '@tillbridge/kernel';
import { OnRequest, type MessageContext } from '@tillbridge/messaging';
import { CLOCK } from '@tillbridge/platform';
import * as decide from '../domain/pairing.js';
import type { Invitation, PairingCode } from '../domain/pairing.js';
import type { Terminal } from '../domain/terminal.js';
import { AuditLog, OPERATOR } from '../store/audit-log.js';
import { MerchantStore } from '../store/merchant-store.js';
import { PairingStore } from '../store/pairing-store.js';
import { TerminalStore } from '../store/terminal-store.js';
import { auditedTerminal, tellTerminal } from './terminal-changes.js';

/** Lets terminals enrol themselves with a code that works once. */
@Controller()
export class PairingController {
  constructor(
    @Inject(MerchantStore) private readonly merchants: MerchantStore,
    @Inject(TerminalStore) private readonly terminals: TerminalStore,
    @Inject(PairingStore) private readonly codes: PairingStore,
    @Inject(AuditLog) private readonly audit: AuditLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @OnRequest(inviteTerminal)
  async invite(@Payload() request: InviteTerminalV1, @Ctx() context: MessageContext): Promise<Answer<InvitedV1>> {
    const { tx } = context;
    const terminal = await this.terminals.lock(tx, request, request.terminalSn);
    const situation = {
      merchantKnown: (await this.merchants.findServed(tx, request)) !== undefined,
      terminal,
      unused: terminal === undefined ? undefined : await this.codes.lockUnused(tx, terminal.terminalUid),
      namesake: await this.codes.findNamesake(tx, request),
    };
    const now = this.clock.now();
    const decision = decide.inviteTerminal(situation, request, now);
    switch (decision.kind) {
      case 'refuse':
        return refused(decision.name, decision.detail);
      case 'keep': {
        const { terminalUid, invited, isRepeat } = decision;
        return isRepeat ? replayed({ terminalUid, invited }) : done({ terminalUid, invited });
      }
      case 'invite':
        await this.admit(context, decision, request.by ?? OPERATOR, now);
        return done({ terminalUid: decision.terminal.terminalUid, invited: true });
      default:
        return unreachable(decision);
    }
  }

  @OnRequest(revokePairingCode)
  async revoke(@Payload() { codeUid, by = OPERATOR }: RevokePairingCodeV1, @Ctx() context: MessageContext): Promise<Answer<RecordedV1>> {
    const before = await this.codes.lock(context.tx, codeUid);
    const decision = decide.revokePairingCode(before, codeUid, this.clock.now());
    switch (decision.kind) {
      case 'refuse':
        return refused(decision.name, decision.detail);
      case 'keep':
        return replayed({ changed: false });
      case 'revoke': {
        const { clientId, merchantId } = decision.code;
        await this.codes.end(context.tx, decision.code);
        const states = { before: before === undefined ? undefined : shown(before), after: shown(decision.code) };
        await this.audit.record(context, { by, kind: 'pairing-code', recordId: codeUid, clientId, merchantId, ...states });
        return done({ changed: true });
      }
      default:
        return unreachable(decision);
    }
  }

  @OnRequest(pairTerminal)
  async pair(@Payload() request: PairTerminalV1, @Ctx() context: MessageContext): Promise<Answer<PairedV1>> {
    const { tx } = context;
    const decision = decide.pairTerminal(await this.codes.lockShown(tx, request), request, this.clock.now());
    switch (decision.kind) {
      case 'refuse':
        return refused(decision.name, decision.detail);
      case 'keep':
        return replayed(paired(decision.terminal));
      case 'change': {
        const { before, state, code } = decision;
        await this.terminals.update(tx, state);
        await this.codes.end(tx, code);
        tellTerminal(tx, before, state);
        const entry = auditedTerminal(before, state);
        await this.audit.record(context, { by: 'terminal', ...entry, after: { ...entry.after, codeUid: code.codeUid } });
        return done(paired(state));
      }
      default:
        return unreachable(decision);
    }
  }

  private async admit(context: MessageContext, invitation: Extract<Invitation, { kind: 'invite' }>, by: string, now: Date): Promise<void> {
    const { tx } = context;
    const { terminal, before, code, ends } = invitation;
    if (before === undefined) await this.terminals.insert(tx, terminal, now);
    else if (before.version !== terminal.version) await this.terminals.update(tx, terminal);
    if (before?.version !== terminal.version) tellTerminal(tx, before, terminal);
    // The old one first: a terminal has one open code at most.
    if (ends !== undefined) await this.codes.end(tx, { codeUid: ends.codeUid, revokedAt: now.toISOString() });
    await this.codes.insert(tx, code);
    const entry = auditedTerminal(before, terminal);
    const codes = { codeUid: code.codeUid, codeExpiresAt: code.expiresAt, ...(ends === undefined ? {} : { endedCodeUid: ends.codeUid }) };
    await this.audit.record(context, { by, ...entry, after: { ...entry.after, ...codes } });
  }
}

const paired = ({ terminalUid, merchantId, terminalId }: Terminal): PairedV1 => ({ terminalUid, merchantId, terminalId });

/** A code as the audit log shows it: all but the code itself, not even hashed. */
const shown = ({ codeUid, terminalUid, createdAt, expiresAt, usedAt, revokedAt }: PairingCode): object => ({
  ...{ codeUid, terminalUid },
  ...{ createdAt, expiresAt, usedAt, revokedAt },
});
