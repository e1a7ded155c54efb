import { Controller, Delete, Get, Inject, Patch, Post, UseGuards } from '@nestjs/common';
import {
  changeMerchant,
  issueMerchantToken,
  listMerchants,
  listMerchantTokens,
  MerchantRecordV1,
  RecordedV1,
  registerMerchant,
  revokeMerchantToken,
  TokenRecordV1,
  type Page,
} from '@tillbridge/contracts';
import { newId, newMerchantToken, sha256Hex, type Clock } from '@tillbridge/kernel';
import { CLOCK, InvalidInput } from '@tillbridge/platform';
import { Describes } from '../../openapi/describes.js';
import { AdminDesk } from './admin-desk.js';
import { AdminGuard } from './admin.guard.js';
import { MerchantAdded, MerchantTokenAdded } from './answers.js';
import { AddMerchant, AddMerchantToken, ChangeMerchant } from './bodies.js';
import { Caller, GivenBody, GivenPath, GivenQuery, type AdminCall } from './given.js';
import { ADMIN_V1, ListQuery, type Path } from './paths.js';

const merchant = { clientId: '825429536610058240', merchantId: '10800000003' };

@Controller(`${ADMIN_V1}/merchants`)
@UseGuards(AdminGuard)
export class MerchantsController {
  constructor(@Inject(AdminDesk) private readonly desk: AdminDesk) {}

  @Get()
  @Describes({ summary: 'List merchants', query: ListQuery, answer: listMerchants.answer })
  list(@GivenQuery() query: ListQuery, @Caller() call: AdminCall): Promise<Page<MerchantRecordV1>> {
    return this.desk.page(listMerchants, query, call);
  }

  @Post()
  @Describes({
    summary: 'Let a developer serve a merchant',
    body: AddMerchant,
    sample: { ...merchant, name: 'Corner Shop', currencyCode: '840' },
    answer: MerchantAdded,
    errors: ['record-unknown', 'record-conflict'],
  })
  async add(@GivenBody() body: AddMerchant, @Caller() call: AdminCall): Promise<MerchantAdded> {
    await this.desk.ask(registerMerchant, { ...body, by: call.by }, call);
    return { clientId: body.clientId, merchantId: body.merchantId };
  }

  @Get(':clientId/:merchantId')
  @Describes({ summary: 'Read a merchant', answer: MerchantRecordV1, errors: ['record-unknown'] })
  one(@GivenPath() { clientId, merchantId }: Path<'clientId' | 'merchantId'>, @Caller() call: AdminCall): Promise<MerchantRecordV1> {
    return this.desk.one(listMerchants, { clientId, id: merchantId }, call);
  }

  @Patch(':clientId/:merchantId')
  @Describes({
    summary: 'Change or suspend a merchant',
    detail: 'Running transactions keep what they started with.',
    body: ChangeMerchant,
    sample: { terminalPolicy: 'create-on-register' },
    answer: RecordedV1,
    errors: ['record-unknown'],
  })
  change(
    @GivenPath() path: Path<'clientId' | 'merchantId'>,
    @GivenBody() body: ChangeMerchant,
    @Caller() call: AdminCall,
  ): Promise<RecordedV1> {
    return this.desk.ask(changeMerchant, { ...body, ...path, by: call.by }, call);
  }
}

@Controller(`${ADMIN_V1}/merchant-tokens`)
@UseGuards(AdminGuard)
export class MerchantTokensController {
  constructor(
    @Inject(AdminDesk) private readonly desk: AdminDesk,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Describes({ summary: 'List merchant tokens', query: ListQuery, answer: listMerchantTokens.answer })
  list(@GivenQuery() query: ListQuery, @Caller() call: AdminCall): Promise<Page<TokenRecordV1>> {
    return this.desk.page(listMerchantTokens, query, call);
  }

  @Post()
  @Describes({
    summary: 'Issue a merchant token',
    body: AddMerchantToken,
    sample: { ...merchant, channel: 'Terminal' },
    answer: MerchantTokenAdded,
    errors: ['record-unknown', 'not-yours'],
  })
  async add(@GivenBody() body: AddMerchantToken, @Caller() call: AdminCall): Promise<MerchantTokenAdded> {
    const { expiresAt, ...rest } = body;
    const made = { tokenUid: newId(), token: newMerchantToken() };
    const kept = { ...rest, tokenUid: made.tokenUid, tokenHash: sha256Hex(made.token), by: call.by };
    await this.desk.ask(issueMerchantToken, expiresAt === undefined ? kept : { ...kept, expiresAt: this.laterInstant(expiresAt) }, call);
    return made;
  }

  @Get(':tokenUid')
  @Describes({ summary: 'Read what is known of a token', answer: TokenRecordV1, errors: ['record-unknown'] })
  one(@GivenPath() { tokenUid }: Path<'tokenUid'>, @Caller() call: AdminCall): Promise<TokenRecordV1> {
    return this.desk.one(listMerchantTokens, { id: tokenUid }, call);
  }

  @Delete(':tokenUid')
  @Describes({ summary: 'Revoke a token, for ever', answer: RecordedV1, errors: ['record-unknown'] })
  revoke(@GivenPath() path: Path<'tokenUid'>, @Caller() call: AdminCall): Promise<RecordedV1> {
    return this.desk.ask(revokeMerchantToken, { ...path, by: call.by }, call);
  }

  /** With milliseconds, as instants are kept. A token that is over before it begins is a mistake, most often of a time zone. */
  private laterInstant(text: string): string {
    const at = new Date(text);
    if (!(at > this.clock.now())) throw new InvalidInput('expiresAt must be an instant in the future, in UTC');
    return at.toISOString();
  }
}
