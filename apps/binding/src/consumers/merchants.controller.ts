import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  changeMerchant,
  credentialsChanged,
  issueMerchantToken,
  merchantRegistered,
  merchantTokenIssued,
  merchantTokenRevoked,
  registerMerchant,
  revokeMerchantToken,
  type Answer,
  type ChangeMerchantV1,
  type IssueMerchantTokenV1,
  type MerchantTokenV1,
  type RecordedV1,
  type RegisterMerchantV1,
  type RevokeMerchantTokenV1,
} from '@tillbridge/contracts';
import type { Clock } from '@tillbridge/kernel';
import { OnRequest, type MessageContext } from '@tillbridge/messaging';
import { CLOCK } from '@tillbridge/platform';
import type { Changed, Created } from '../domain/decision.js';
import * as decide from '../domain/merchant.js';
import type { Merchant } from '../domain/merchant.js';
import { issueToken, revokeToken, type Token } from '../domain/token.js';
import { AuditLog, OPERATOR } from '../store/audit-log.js';
import { MerchantStore } from '../store/merchant-store.js';
import { TokenStore } from '../store/token-store.js';
import { beforeOf, carryOut } from './carry-out.js';

/** Who asks for a token when no operator does: it has shown its secret to the edge. */
const DEVELOPER = 'developer';

/** Registers, changes and suspends merchants; issues their tokens and takes them back. */
@Controller()
export class MerchantsController {
  constructor(
    @Inject(MerchantStore) private readonly merchants: MerchantStore,
    @Inject(TokenStore) private readonly tokens: TokenStore,
    @Inject(AuditLog) private readonly audit: AuditLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @OnRequest(registerMerchant)
  async register(@Payload() request: RegisterMerchantV1, @Ctx() context: MessageContext): Promise<Answer<RecordedV1>> {
    const decision = decide.registerMerchant(await this.merchants.situationFor(context.tx, request), request);
    return carryOut(decision, (news) => this.save(context, news, request.by));
  }

  @OnRequest(changeMerchant)
  async change(@Payload() request: ChangeMerchantV1, @Ctx() context: MessageContext): Promise<Answer<RecordedV1>> {
    const decision = decide.changeMerchant(await this.merchants.lock(context.tx, request), request);
    return carryOut(decision, (news) => this.save(context, news, request.by));
  }

  @OnRequest(issueMerchantToken)
  async issue(@Payload() request: IssueMerchantTokenV1, @Ctx() context: MessageContext): Promise<Answer<RecordedV1>> {
    const { tx } = context;
    const merchant = await this.merchants.findServed(tx, request);
    const now = this.clock.now();
    const decision = issueToken({ merchant, known: await this.tokens.find(tx, request) }, request, now);
    return carryOut(decision, async ({ state }) => {
      await this.tokens.insert(tx, state, now);
      tx.say(merchantTokenIssued, { id: state.tokenUid, version: state.version }, told(state));
      await this.audit.record(context, { by: request.by ?? DEVELOPER, ...identified(state), after: told(state) });
    });
  }

  @OnRequest(revokeMerchantToken)
  async revoke(@Payload() request: RevokeMerchantTokenV1, @Ctx() context: MessageContext): Promise<Answer<RecordedV1>> {
    const { tx } = context;
    const decision = revokeToken(await this.tokens.lock(tx, request.tokenUid), request, this.clock.now());
    return carryOut(decision, async ({ before, state }) => {
      const { tokenUid, version, clientId, merchantId } = state;
      await this.tokens.revoke(tx, state);
      tx.say(merchantTokenRevoked, { id: tokenUid, version }, told(state));
      tx.say(credentialsChanged, { id: tokenUid, version }, { clientId, merchantId, tokenUid, version });
      await this.audit.record(context, { by: request.by ?? OPERATOR, ...identified(state), before: told(before), after: told(state) });
    });
  }

  private async save(context: MessageContext, news: Created<Merchant> | Changed<Merchant>, by = OPERATOR): Promise<void> {
    const { state } = news;
    const before = beforeOf(news);
    const { clientId, merchantId, version } = state;
    if (before === undefined) await this.merchants.insert(context.tx, state, this.clock.now());
    else await this.merchants.update(context.tx, state);
    const about = { id: idOf(state), version };
    context.tx.say(merchantRegistered, about, state);
    if (before !== undefined && decide.servesOtherwise(before, state)) {
      context.tx.say(credentialsChanged, about, { clientId, merchantId, version });
    }
    await this.audit.record(context, { by, kind: 'merchant', recordId: merchantId, clientId, merchantId, before, after: state });
  }
}

/** Both parts are free texts, so they are encoded: no two merchants may have one id. */
const idOf = ({ clientId, merchantId }: Merchant): string => `${encodeURIComponent(clientId)}/${encodeURIComponent(merchantId)}`;

/** What everybody may know of a token: not even its hash. */
function told({ tokenUid, version, clientId, merchantId, channel, expiresAt, revokedAt }: Token): MerchantTokenV1 {
  const ends = { ...(expiresAt === undefined ? {} : { expiresAt }), ...(revokedAt === undefined ? {} : { revokedAt }) };
  return { tokenUid, version, clientId, merchantId, channel, ...ends };
}

const identified = ({ tokenUid, clientId, merchantId }: Token) =>
  ({ kind: 'merchant-token', recordId: tokenUid, clientId, merchantId }) as const;
