import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { done, refused, registerEndpoint, replayed, type Answer, type RecordedV1, type RegisterEndpointV1 } from '@tillbridge/contracts';
import { assert, type Clock } from '@tillbridge/kernel';
import { OnRequest, type MessageContext } from '@tillbridge/messaging';
import { CLOCK } from '@tillbridge/platform';
import { checkPushUrl, type PushEnvironment } from '@tillbridge/protocol';
import { register } from '../domain/registration.js';
import { ENVIRONMENT } from '../options.js';
import { EndpointStore } from '../store/endpoint-store.js';

/** Takes registrations of endpoints. */
@Controller()
export class EndpointsController {
  constructor(
    @Inject(EndpointStore) private readonly endpoints: EndpointStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(ENVIRONMENT) private readonly environment: PushEnvironment,
  ) {}

  @OnRequest(registerEndpoint)
  async register(@Payload() request: RegisterEndpointV1, @Ctx() { tx }: MessageContext): Promise<Answer<RecordedV1>> {
    const existing = await this.endpoints.lock(tx, request);
    const decision = register(existing, request, checkPushUrl(request.url, this.environment));
    switch (decision.kind) {
      case 'refuse':
        return refused(decision.name, decision.detail);
      case 'keep':
        return replayed({ changed: false });
      case 'create':
        await this.endpoints.insert(tx, request, this.clock.now());
        return done({ changed: true });
      case 'change':
        assert(existing !== undefined, 'only what exists can change');
        await this.endpoints.update(tx, existing.version, request);
        return done({ changed: true });
    }
  }
}
