import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  authenticateTerminal,
  done,
  findBinding,
  findCaller,
  findMerchantAccess,
  listBindings,
  refused,
  type Answer,
  type AuthenticatedTerminalV1,
  type AuthenticateTerminalV1,
  type BindingsV1,
  type BindingV1,
  type CallerV1,
  type FindBindingV1,
  type FindCallerV1,
  type FindMerchantAccessV1,
  type ListBindingsV1,
  type MerchantAccessV1,
} from '@tillbridge/contracts';
import type { Clock } from '@tillbridge/kernel';
import { OnQuery } from '@tillbridge/messaging';
import { CLOCK } from '@tillbridge/platform';
import { identify } from '../domain/caller.js';
import { CallerStore } from '../store/caller-store.js';
import { TerminalStore } from '../store/terminal-store.js';
import { TillStore } from '../store/till-store.js';

/** Answers the edges: who calls, which terminal connects, what is bound. */
@Controller()
export class QueriesController {
  constructor(
    @Inject(CallerStore) private readonly callers: CallerStore,
    @Inject(TerminalStore) private readonly terminals: TerminalStore,
    @Inject(TillStore) private readonly tills: TillStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @OnQuery(findCaller)
  async findCaller(@Payload() query: FindCallerV1): Promise<Answer<CallerV1>> {
    const identity = identify(await this.callers.ownerOf(query.tokenHash), query, this.clock.now());
    if (!identity.ok) return refused(identity.name);
    const { caller, openSecrets } = identity.owner;
    return done({ ...caller, clientSecrets: openSecrets() });
  }

  @OnQuery(findMerchantAccess)
  async findAccess(@Payload() query: FindMerchantAccessV1): Promise<Answer<MerchantAccessV1>> {
    const access = await this.callers.accessTo(query);
    return access === undefined ? refused('client-mismatch') : done(access);
  }

  @OnQuery(authenticateTerminal)
  async authenticate(@Payload() query: AuthenticateTerminalV1): Promise<Answer<AuthenticatedTerminalV1>> {
    const terminal = await this.terminals.authenticate(query);
    return terminal === undefined ? refused('terminal-unknown') : done(terminal);
  }

  @OnQuery(findBinding)
  async find(@Payload() query: FindBindingV1): Promise<Answer<BindingV1>> {
    const binding = await this.tills.bindingOf(query, query.posId);
    return binding === undefined ? refused('till-not-bound', `posId ${query.posId}`) : done(binding);
  }

  @OnQuery(listBindings)
  async list(@Payload() query: ListBindingsV1): Promise<Answer<BindingsV1>> {
    const bindings = await this.tills.bindingsOf(query);
    return bindings === undefined ? refused('not-yours', `merchantId ${query.merchantId}`) : done({ bindings });
  }
}
