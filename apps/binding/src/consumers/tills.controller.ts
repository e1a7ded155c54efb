import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  bindTill,
  changeTill,
  done,
  refused,
  replayed,
  terminalBound,
  terminalUnbound,
  unbindTill,
  type Answer,
  type BindTillV1,
  type ChangeTillV1,
  type RecordedV1,
  type TillBoundV1,
  type UnbindTillV1,
} from '@tillbridge/contracts';
import { newId, unreachable, type Clock } from '@tillbridge/kernel';
import { OnRequest, type MessageContext } from '@tillbridge/messaging';
import { CLOCK, type ServiceSettings } from '@tillbridge/platform';
import * as decide from '../domain/till-binding.js';
import { MAX_TILLS_PER_MERCHANT, toldOfTill, type BindingDecision, type BoundTill, type Till } from '../domain/till-binding.js';
import { ENVIRONMENT } from '../options.js';
import { AuditLog, OPERATOR, type AuditedChange } from '../store/audit-log.js';
import { MerchantStore } from '../store/merchant-store.js';
import { TerminalStore } from '../store/terminal-store.js';
import { TillStore } from '../store/till-store.js';
import { carryOut } from './carry-out.js';
import { tellTerminal } from './terminal-changes.js';

/** Who binds and unbinds when no operator does. */
const TILL = 'till';

/** Binds tills to terminals, takes them off, suspends them. */
@Controller()
export class TillsController {
  constructor(
    @Inject(MerchantStore) private readonly merchants: MerchantStore,
    @Inject(TerminalStore) private readonly terminals: TerminalStore,
    @Inject(TillStore) private readonly tills: TillStore,
    @Inject(AuditLog) private readonly audit: AuditLog,
    @Inject(ENVIRONMENT) private readonly environment: ServiceSettings['environment'],
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @OnRequest(bindTill)
  async bind(@Payload() request: BindTillV1, @Ctx() context: MessageContext): Promise<Answer<TillBoundV1>> {
    const { tx } = context;
    const till = await this.tills.lock(tx, request, request.posId);
    const situation = {
      merchant: await this.merchants.findServed(tx, request),
      terminal: await this.terminals.find(tx, request, request.terminalSn),
      till,
      tillsOfMerchant: till === undefined ? await this.tills.count(tx, request, MAX_TILLS_PER_MERCHANT) : 0,
    };
    const circumstances = { newTillUid: newId(), newTerminalUid: newId(), isSandbox: this.environment === 'sandbox' };
    const decision = decide.bindTill(request, situation, circumstances);
    switch (decision.kind) {
      case 'refuse':
        return refused(decision.name, decision.detail);
      case 'keep':
        return replayed(boundTo(decision.till));
      case 'bind':
        await this.saveBinding(context, decision, request.by ?? TILL);
        return done(boundTo(decision.state));
      default:
        return unreachable(decision);
    }
  }

  @OnRequest(unbindTill)
  async unbind(@Payload() request: UnbindTillV1, @Ctx() context: MessageContext): Promise<Answer<RecordedV1>> {
    const { tx } = context;
    const merchant = await this.merchants.findServed(tx, request);
    const situation = { merchant, ...(await this.findNamed(context, request)), isRepeat: await this.audit.has(context) };
    return carryOut<Till, Extract<decide.Unbinding, { kind: 'change' }>>(decide.unbindTill(request, situation), async (news) => {
      const { before, state, was } = news;
      const now = this.clock.now();
      await this.tills.save(tx, state, now);
      tx.say(terminalUnbound, { id: state.tillUid, version: state.version }, toldOfTill(state, was, now));
      await this.audit.record(context, { by: request.by ?? TILL, ...audited(before, state) });
    });
  }

  @OnRequest(changeTill)
  async change(@Payload() request: ChangeTillV1, @Ctx() context: MessageContext): Promise<Answer<RecordedV1>> {
    const { tx } = context;
    const known = await this.tills.lockByUid(tx, request.tillUid);
    return carryOut(decide.changeTill(known, request), async ({ before, state }) => {
      const now = this.clock.now();
      await this.tills.save(tx, state, now);
      const fact = state.standing === 'active' ? terminalBound : terminalUnbound;
      if (state.terminal !== undefined) tx.say(fact, { id: state.tillUid, version: state.version }, toldOfTill(state, state.terminal, now));
      await this.audit.record(context, { by: request.by ?? OPERATOR, ...audited(before, state) });
    });
  }

  /** The till that is to be unbound: by its posId, else by the TID of its terminal. */
  private async findNamed({ tx }: MessageContext, request: UnbindTillV1): Promise<{ till: Till | undefined; matches: number }> {
    const { posId, terminalId } = request;
    if (posId !== undefined) return { till: await this.tills.lock(tx, request, posId), matches: 0 };
    return terminalId === undefined ? { till: undefined, matches: 0 } : this.tills.lockByTid(tx, request, terminalId);
  }

  private async saveBinding(context: MessageContext, decision: Extract<BindingDecision, { kind: 'bind' }>, by: string): Promise<void> {
    const { before, state, newTerminal } = decision;
    const { tx } = context;
    const now = this.clock.now();
    if (newTerminal !== undefined) {
      await this.terminals.insert(tx, newTerminal, now);
      tellTerminal(tx, undefined, newTerminal);
    }
    await this.tills.save(tx, state, now);
    tx.say(terminalBound, { id: state.tillUid, version: state.version }, toldOfTill(state, state.terminal, now));
    await this.audit.record(context, { by, ...audited(before, state) });
  }
}

const boundTo = ({ tillUid, terminal }: BoundTill): TillBoundV1 => ({ tillUid, terminalUid: terminal.terminalUid });

const audited = (before: Till | undefined, after: Till): Omit<AuditedChange, 'by'> => ({
  kind: 'till',
  recordId: after.tillUid,
  clientId: after.clientId,
  merchantId: after.merchantId,
  before,
  after,
});
