import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  bindTill,
  done,
  enrolTerminal,
  refused,
  replayed,
  terminalBound,
  terminalRegistered,
  type Answer,
  type BindTillV1,
  type EnrolTerminalV1,
  type RecordedV1,
  type TerminalV1,
  type TillBoundV1,
} from '@tillbridge/contracts';
import { newId, unreachable, type Clock } from '@tillbridge/kernel';
import { OnRequest, type MessageContext, type Tx } from '@tillbridge/messaging';
import { CLOCK, type ServiceSettings } from '@tillbridge/platform';
import { enrolTerminal as decideEnrolment, type KnownTerminal } from '../domain/registration.js';
import { bindTill as decideBinding, MAX_TILLS_PER_MERCHANT } from '../domain/till-binding.js';
import { ENVIRONMENT } from '../options.js';
import { MerchantStore } from '../store/merchant-store.js';
import { TerminalStore } from '../store/terminal-store.js';
import { TillStore } from '../store/till-store.js';

/** Enrols terminals and binds tills to them. */
@Controller()
export class TerminalsController {
  constructor(
    @Inject(MerchantStore) private readonly merchants: MerchantStore,
    @Inject(TerminalStore) private readonly terminals: TerminalStore,
    @Inject(TillStore) private readonly tills: TillStore,
    @Inject(ENVIRONMENT) private readonly environment: ServiceSettings['environment'],
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @OnRequest(enrolTerminal)
  async enrol(@Payload() request: EnrolTerminalV1, @Ctx() { tx }: MessageContext): Promise<Answer<RecordedV1>> {
    const merchantKnown = await this.merchants.isKnown(tx, request);
    const decision = decideEnrolment({ merchantKnown, ...(await this.terminals.lockFor(tx, request)) }, request);
    switch (decision.kind) {
      case 'refuse':
        return refused(decision.name, decision.detail);
      case 'keep':
        return replayed({ changed: false });
      case 'create':
        await this.createTerminal(tx, decision.state);
        return done({ changed: true });
      case 'change':
        await this.terminals.update(tx, decision.state);
        tx.say(terminalRegistered, about(decision.state), told(decision.state));
        return done({ changed: true });
      default:
        return unreachable(decision);
    }
  }

  @OnRequest(bindTill)
  async bind(@Payload() request: BindTillV1, @Ctx() { tx }: MessageContext): Promise<Answer<TillBoundV1>> {
    const till = await this.tills.lock(tx, request, request.posId);
    const situation = {
      merchantKnown: await this.merchants.isKnown(tx, request),
      terminal: await this.terminals.find(tx, request, request.terminalSn),
      till,
      tillsOfMerchant: till === undefined ? await this.tills.count(tx, request, MAX_TILLS_PER_MERCHANT) : 0,
    };
    const decision = decideBinding(request, situation, {
      newTillUid: newId(),
      newTerminalUid: newId(),
      now: this.clock.now(),
      mayCreateTerminal: this.environment === 'sandbox',
    });
    switch (decision.kind) {
      case 'refuse':
        return refused(decision.name, decision.detail);
      case 'keep':
        return replayed({ tillUid: decision.tillUid, terminalUid: decision.terminalUid });
      case 'bind': {
        const { binding, newTerminal } = decision;
        if (newTerminal !== undefined) await this.createTerminal(tx, newTerminal);
        await this.tills.save(tx, binding);
        tx.say(terminalBound, { id: binding.tillUid, version: binding.version }, binding);
        return done({ tillUid: binding.tillUid, terminalUid: binding.terminalUid });
      }
      default:
        return unreachable(decision);
    }
  }

  private async createTerminal(tx: Tx, terminal: KnownTerminal): Promise<void> {
    await this.terminals.insert(tx, terminal, this.clock.now());
    tx.say(terminalRegistered, about(terminal), told(terminal));
  }
}

const about = ({ terminalUid, version }: TerminalV1): { id: string; version: number } => ({ id: terminalUid, version });

/** What everybody may know of a terminal: all but its key, not even hashed. */
const told = ({ terminalUid, version, clientId, merchantId, terminalSn, terminalId }: KnownTerminal): TerminalV1 => ({
  ...{ terminalUid, version },
  ...{ clientId, merchantId },
  ...{ terminalSn, terminalId },
});
