import { Controller, Get, Inject, Post, UseGuards } from '@nestjs/common';
import { listAuditEntries, registerEndpoint, type AuditEntryV1, type Page } from '@tillbridge/contracts';
import { newId } from '@tillbridge/kernel';
import { Describes } from '../../openapi/describes.js';
import { AdminDesk } from './admin-desk.js';
import { AdminGuard } from './admin.guard.js';
import { EndpointAdded, Timeline } from './answers.js';
import { AddEndpoint } from './bodies.js';
import { Caller, GivenBody, GivenPath, GivenQuery, type AdminCall } from './given.js';
import { ADMIN_V1, AuditQuery, type Path } from './paths.js';
import { Timelines } from './timelines.js';

/** Where results are pushed. */
@Controller(`${ADMIN_V1}/endpoints`)
@UseGuards(AdminGuard)
export class EndpointsController {
  constructor(@Inject(AdminDesk) private readonly desk: AdminDesk) {}

  @Post()
  @Describes({
    summary: "Push a merchant's final results to a URL",
    detail: 'With an `endpointId`, that endpoint is changed.',
    body: AddEndpoint,
    sample: {
      clientId: '825429536610058240',
      merchantId: '10800000003',
      url: 'https://host.example/hook',
      signingSecret: '00000000000000000000000000000000',
    },
    answer: EndpointAdded,
    errors: ['not-yours'],
  })
  async add(@GivenBody() body: AddEndpoint, @Caller() call: AdminCall): Promise<EndpointAdded> {
    const { endpointId = newId(), ...rest } = body;
    await this.desk.ask(registerEndpoint, { ...rest, endpointId }, call);
    return { endpointId };
  }
}

/** What became of a payment. */
@Controller(`${ADMIN_V1}/transactions`)
@UseGuards(AdminGuard)
export class TransactionsController {
  constructor(@Inject(Timelines) private readonly timelines: Timelines) {}

  @Get(':id/timeline')
  @Describes({
    summary: 'Read every hop of a transaction',
    detail: 'Oldest first. The id is the transactionId or the transIndexCode.',
    answer: Timeline,
    errors: ['transaction-not-found'],
  })
  timeline(@GivenPath() { id }: Path<'id'>, @Caller() call: AdminCall): Promise<Timeline> {
    return this.timelines.byId(id, call);
  }

  @Get(':clientId/:tradeNo/timeline')
  @Describes({
    summary: 'Read every hop of a transaction by its trade number',
    detail: 'Oldest first.',
    answer: Timeline,
    errors: ['transaction-not-found'],
  })
  timelineOf(@GivenPath() { clientId, tradeNo }: Path<'clientId' | 'tradeNo'>, @Caller() call: AdminCall): Promise<Timeline> {
    return this.timelines.byTradeNo(clientId, tradeNo, call);
  }
}

/** Who changed what. */
@Controller(`${ADMIN_V1}/audit-log`)
@UseGuards(AdminGuard)
export class AuditLogController {
  constructor(@Inject(AdminDesk) private readonly desk: AdminDesk) {}

  @Get()
  @Describes({
    summary: 'Read the audit log',
    detail: 'Newest first. `by` is the name of the operator, or `till`, `terminal`, `developer`.',
    query: AuditQuery,
    answer: listAuditEntries.answer,
  })
  list(@GivenQuery() query: AuditQuery, @Caller() call: AdminCall): Promise<Page<AuditEntryV1>> {
    return this.desk.page(listAuditEntries, query, call);
  }
}
