import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  authenticateTerminal,
  done,
  findBinding,
  findCaller,
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
  type ListBindingsV1,
} from '@tillbridge/contracts';
import { OnQuery } from '@tillbridge/messaging';
import { identify } from '../domain/caller.js';
import { TerminalStore } from '../store/terminal-store.js';
import { TillStore } from '../store/till-store.js';
import { TokenStore } from '../store/token-store.js';

/** Answers the edges: who calls, which terminal connects, what is bound. */
@Controller()
export class QueriesController {
  constructor(
    @Inject(TokenStore) private readonly tokens: TokenStore,
    @Inject(TerminalStore) private readonly terminals: TerminalStore,
    @Inject(TillStore) private readonly tills: TillStore,
  ) {}

  @OnQuery(findCaller)
  async findCaller(@Payload() query: FindCallerV1): Promise<Answer<CallerV1>> {
    const identity = identify(await this.tokens.ownerOf(query.tokenHash), query);
    if (!identity.ok) return refused(identity.name);
    const { openSecrets, ...owner } = identity.owner;
    return done({ ...owner, clientSecrets: openSecrets() });
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
