import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  done,
  issueMerchantToken,
  merchantRegistered,
  merchantTokenIssued,
  refused,
  registerMerchant,
  replayed,
  type Answer,
  type IssueMerchantTokenV1,
  type MerchantV1,
  type RecordedV1,
  type RegisterMerchantV1,
} from '@tillbridge/contracts';
import { unreachable, type Clock } from '@tillbridge/kernel';
import { OnRequest, type MessageContext } from '@tillbridge/messaging';
import { CLOCK } from '@tillbridge/platform';
import { issueToken, registerMerchant as decide } from '../domain/registration.js';
import { MerchantStore } from '../store/merchant-store.js';
import { TokenStore } from '../store/token-store.js';

/** Registers merchants and issues their tokens. */
@Controller()
export class MerchantsController {
  constructor(
    @Inject(MerchantStore) private readonly merchants: MerchantStore,
    @Inject(TokenStore) private readonly tokens: TokenStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @OnRequest(registerMerchant)
  async register(@Payload() request: RegisterMerchantV1, @Ctx() { tx }: MessageContext): Promise<Answer<RecordedV1>> {
    const decision = decide(await this.merchants.situationFor(tx, request), request);
    switch (decision.kind) {
      case 'refuse':
        return refused(decision.name, decision.detail);
      case 'keep':
        return replayed({ changed: false });
      case 'create':
        await this.merchants.insert(tx, decision.state, this.clock.now());
        tx.say(merchantRegistered, about(decision.state), decision.state);
        return done({ changed: true });
      case 'change':
        await this.merchants.update(tx, decision.state);
        tx.say(merchantRegistered, about(decision.state), decision.state);
        return done({ changed: true });
      default:
        return unreachable(decision);
    }
  }

  @OnRequest(issueMerchantToken)
  async issueToken(@Payload() request: IssueMerchantTokenV1, @Ctx() { tx }: MessageContext): Promise<Answer<RecordedV1>> {
    const merchantKnown = await this.merchants.isKnown(tx, request);
    const decision = issueToken({ merchantKnown, known: await this.tokens.find(tx, request) }, request);
    switch (decision.kind) {
      case 'refuse':
        return refused(decision.name, decision.detail);
      case 'keep':
        return replayed({ changed: false });
      case 'create':
        await this.tokens.insert(tx, decision.state, request.tokenHash, this.clock.now());
        tx.say(merchantTokenIssued, { id: request.tokenUid, version: decision.state.version }, decision.state);
        return done({ changed: true });
      default:
        return unreachable(decision);
    }
  }
}

/** Both parts are free texts, so they are encoded: no two merchants may have one id. */
const about = ({ clientId, merchantId, version }: MerchantV1): { id: string; version: number } => ({
  id: `${encodeURIComponent(clientId)}/${encodeURIComponent(merchantId)}`,
  version,
});
