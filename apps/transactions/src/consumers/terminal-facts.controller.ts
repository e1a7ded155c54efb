import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  commandAcknowledged,
  commandDispatched,
  commandNeverSeen,
  commandUndelivered,
  commandWithdrawn,
  terminalConnected,
  terminalDisconnected,
  terminalProgressed,
  terminalReported,
  type TerminalCommandV1,
  type TerminalConnectionV1,
  type TerminalProgressedV1,
  type TerminalReportedV1,
} from '@tillbridge/contracts';
import { OnFact, type MessageContext } from '@tillbridge/messaging';
import { PresenceStore } from '../store/presence-store.js';
import { WeighEvidence } from '../weigh-evidence.js';

/** Hears what the terminal edge says: about commands, which is the evidence, and about who is reachable. */
@Controller()
export class TerminalFactsController {
  constructor(
    @Inject(WeighEvidence) private readonly evidence: WeighEvidence,
    @Inject(PresenceStore) private readonly presence: PresenceStore,
  ) {}

  @OnFact(commandDispatched)
  dispatched(@Payload() fact: TerminalCommandV1, @Ctx() { tx }: MessageContext): Promise<void> {
    return this.evidence.apply(tx, fact.transactionId, { kind: 'dispatched' });
  }

  @OnFact(commandAcknowledged)
  acknowledged(@Payload() fact: TerminalCommandV1, @Ctx() { tx }: MessageContext): Promise<void> {
    return this.evidence.apply(tx, fact.transactionId, { kind: 'acknowledged' });
  }

  @OnFact(commandUndelivered)
  undelivered(@Payload() fact: TerminalCommandV1, @Ctx() { tx }: MessageContext): Promise<void> {
    return this.evidence.apply(tx, fact.transactionId, { kind: 'undelivered' });
  }

  @OnFact(commandWithdrawn)
  withdrawn(@Payload() fact: TerminalCommandV1, @Ctx() { tx }: MessageContext): Promise<void> {
    return this.evidence.apply(tx, fact.transactionId, { kind: 'withdrawn' });
  }

  @OnFact(commandNeverSeen)
  neverSeen(@Payload() fact: TerminalCommandV1, @Ctx() { tx }: MessageContext): Promise<void> {
    return this.evidence.apply(tx, fact.transactionId, { kind: 'never-seen' });
  }

  @OnFact(terminalProgressed)
  progressed(@Payload() fact: TerminalProgressedV1, @Ctx() { tx }: MessageContext): Promise<void> {
    return this.evidence.apply(tx, fact.transactionId, { kind: 'progressed', stage: fact.stage });
  }

  @OnFact(terminalReported)
  reported(@Payload() fact: TerminalReportedV1, @Ctx() { tx }: MessageContext): Promise<void> {
    return this.evidence.apply(tx, fact.transactionId, { kind: fact.outcome, result: fact.result });
  }

  @OnFact(terminalConnected)
  connected(@Payload() fact: TerminalConnectionV1, @Ctx() { tx }: MessageContext): Promise<void> {
    return this.presence.put(tx, fact, true);
  }

  @OnFact(terminalDisconnected)
  disconnected(@Payload() fact: TerminalConnectionV1, @Ctx() { tx }: MessageContext): Promise<void> {
    return this.presence.put(tx, fact, false);
  }
}
