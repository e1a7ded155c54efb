import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  developerRegistered,
  done,
  refused,
  registerDeveloper,
  replayed,
  type Answer,
  type RecordedV1,
  type RegisterDeveloperV1,
} from '@tillbridge/contracts';
import { unreachable, type Clock } from '@tillbridge/kernel';
import { OnRequest, type MessageContext } from '@tillbridge/messaging';
import { CLOCK } from '@tillbridge/platform';
import { registerDeveloper as decide } from '../domain/registration.js';
import { DeveloperStore } from '../store/developer-store.js';

/** Admits integrators. */
@Controller()
export class DevelopersController {
  constructor(
    @Inject(DeveloperStore) private readonly developers: DeveloperStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @OnRequest(registerDeveloper)
  async register(@Payload() request: RegisterDeveloperV1, @Ctx() { tx }: MessageContext): Promise<Answer<RecordedV1>> {
    const decision = decide(await this.developers.lock(tx, request), request);
    switch (decision.kind) {
      case 'refuse':
        return refused(decision.name, decision.detail);
      case 'keep':
        return replayed({ changed: false });
      case 'create':
        await this.developers.insert(tx, decision.state, request.clientSecret, this.clock.now());
        tx.say(developerRegistered, { id: request.clientId, version: decision.state.version }, decision.state);
        return done({ changed: true });
      default:
        return unreachable(decision);
    }
  }
}
