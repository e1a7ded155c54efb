import { Controller, Get, Inject, Param, Post, Req, UseGuards } from '@nestjs/common';
import {
  enrolTerminal,
  findTimeline,
  issueMerchantToken,
  registerDeveloper,
  registerEndpoint,
  registerMerchant,
  type RequestDefinition,
  type TimelineV1,
} from '@tillbridge/contracts';
import { newClientSecret, newId, newMerchantToken, newPlatformId, newTerminalKey, sha256Hex, type Clock } from '@tillbridge/kernel';
import { RequestClient } from '@tillbridge/messaging';
import { CLOCK } from '@tillbridge/platform';
import type { FastifyRequest } from 'fastify';
import { checkedPayload, membersOf } from './admin-bodies.js';
import { AdminGuard } from './admin.guard.js';
import { valueOrProblem } from './problem-answer.js';
import { causeOf } from './request-context.js';

/** The operators' API. Secrets are made here and shown once, in the answer; what is kept of tokens and keys is a hash. */
@Controller('admin/v1')
@UseGuards(AdminGuard)
export class AdminController {
  constructor(
    @Inject(RequestClient) private readonly client: RequestClient,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** `{name}` → `{clientId, clientSecret}` */
  @Post('developers')
  async addDeveloper(@Req() request: FastifyRequest): Promise<{ clientId: string; clientSecret: string }> {
    const made = { clientId: newPlatformId(this.clock.now()), clientSecret: newClientSecret() };
    await this.ask(registerDeveloper, { ...membersOf(request, ['name']), ...made }, request);
    return made;
  }

  /** `{clientId, merchantId, name, currencyCode}` → `{clientId, merchantId}` */
  @Post('merchants')
  async addMerchant(@Req() request: FastifyRequest): Promise<{ clientId: string; merchantId: string }> {
    const members = membersOf(request, ['clientId', 'merchantId', 'name', 'currencyCode']);
    const { clientId, merchantId } = await this.ask(registerMerchant, members, request);
    return { clientId, merchantId };
  }

  /** `{clientId, merchantId, channel}` → `{tokenUid, token}` */
  @Post('merchant-tokens')
  async addMerchantToken(@Req() request: FastifyRequest): Promise<{ tokenUid: string; token: string }> {
    const made = { tokenUid: newId(), token: newMerchantToken() };
    const members = membersOf(request, ['clientId', 'merchantId', 'channel']);
    await this.ask(issueMerchantToken, { ...members, tokenUid: made.tokenUid, tokenHash: sha256Hex(made.token) }, request);
    return made;
  }

  /** `{clientId, merchantId, terminalSn, terminalId}` → `{key}`; an enrolled terminal gets a new key. */
  @Post('terminals')
  async addTerminal(@Req() request: FastifyRequest): Promise<{ key: string }> {
    const key = newTerminalKey();
    const members = membersOf(request, ['clientId', 'merchantId', 'terminalSn', 'terminalId']);
    await this.ask(enrolTerminal, { ...members, terminalUid: newId(), keyHash: sha256Hex(key) }, request);
    return { key };
  }

  /** `{clientId, merchantId, url, signingSecret}` → `{endpointId}`; with an `endpointId`, that endpoint is changed. */
  @Post('endpoints')
  async addEndpoint(@Req() request: FastifyRequest): Promise<{ endpointId: string }> {
    const members = membersOf(request, ['clientId', 'merchantId', 'url', 'signingSecret', 'endpointId']);
    const { endpointId } = await this.ask(registerEndpoint, { endpointId: newId(), ...members }, request);
    return { endpointId };
  }

  /** Every recorded change of one transaction, oldest first. */
  @Get('transactions/:clientId/:tradeNo/timeline')
  async timeline(
    @Param('clientId') clientId: string,
    @Param('tradeNo') tradeNo: string,
    @Req() request: FastifyRequest,
  ): Promise<TimelineV1> {
    const query = checkedPayload(findTimeline, { clientId, tradeNo });
    return valueOrProblem(await this.client.query(findTimeline, query, causeOf(request)));
  }

  /** Has the owner do it, and returns what it was asked for. */
  private async ask<P extends object, A extends object>(
    definition: RequestDefinition<P, A>,
    members: object,
    request: FastifyRequest,
  ): Promise<P> {
    const payload = checkedPayload(definition, members);
    valueOrProblem(await this.client.request(definition, payload, causeOf(request)));
    return payload;
  }
}
