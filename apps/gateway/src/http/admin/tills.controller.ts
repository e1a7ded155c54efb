import { Controller, Delete, Get, HttpCode, HttpStatus, Inject, Patch, Post, UseGuards } from '@nestjs/common';
import { bindTill, changeTill, listTills, RecordedV1, TillBoundV1, TillRecordV1, unbindTill, type Page } from '@tillbridge/contracts';
import { Describes } from '../../openapi/describes.js';
import { AdminDesk } from './admin-desk.js';
import { AdminGuard } from './admin.guard.js';
import { AddBinding, ChangeTill } from './bodies.js';
import { Caller, GivenBody, GivenPath, GivenQuery, type AdminCall } from './given.js';
import { ADMIN_V1, ListQuery, PLACEHOLDER_TERMINAL_ID, TillQuery, type Path } from './paths.js';

@Controller(`${ADMIN_V1}/tills`)
@UseGuards(AdminGuard)
export class TillsController {
  constructor(@Inject(AdminDesk) private readonly desk: AdminDesk) {}

  @Get()
  @Describes({ summary: 'List tills with their bindings', query: ListQuery, answer: listTills.answer })
  list(@GivenQuery() query: ListQuery, @Caller() call: AdminCall): Promise<Page<TillRecordV1>> {
    return this.desk.page(listTills, query, call);
  }

  @Get(':tillUid')
  @Describes({ summary: 'Read a till', answer: TillRecordV1, errors: ['record-unknown'] })
  one(@GivenPath() { tillUid }: Path<'tillUid'>, @Caller() call: AdminCall): Promise<TillRecordV1> {
    return this.desk.one(listTills, { id: tillUid }, call);
  }

  @Patch(':tillUid')
  @Describes({
    summary: 'Suspend a till, or let it work again',
    detail: 'Active again, it has the terminal that it had.',
    body: ChangeTill,
    sample: { standing: 'suspended' },
    answer: RecordedV1,
    errors: ['record-unknown'],
  })
  change(@GivenPath() path: Path<'tillUid'>, @GivenBody() body: ChangeTill, @Caller() call: AdminCall): Promise<RecordedV1> {
    return this.desk.ask(changeTill, { ...body, ...path, by: call.by }, call);
  }
}

/** Which till has which terminal; lists of them are lists of tills. */
@Controller(`${ADMIN_V1}/bindings`)
@UseGuards(AdminGuard)
export class BindingsController {
  constructor(@Inject(AdminDesk) private readonly desk: AdminDesk) {}

  @Post()
  @HttpCode(HttpStatus.OK)
  @Describes({
    summary: 'Bind a till to a terminal',
    detail:
      'The same binding again changes nothing. A till that is bound to another terminal is refused unless `rebind` is true; then it is bound ' +
      'anew even while a transaction is open on it, which keeps the terminal it has.',
    body: AddBinding,
    sample: { clientId: '825429536610058240', merchantId: '10800000003', posId: 'TILL1', terminalSn: 'WP123987987897' },
    answer: TillBoundV1,
    errors: ['not-yours', 'terminal-unknown', 'bound-otherwise', 'record-conflict'],
  })
  bind(@GivenBody() body: AddBinding, @Caller() call: AdminCall): Promise<TillBoundV1> {
    const { rebind, terminalId = PLACEHOLDER_TERMINAL_ID, ...rest } = body;
    const more = rebind === true ? { mayRebind: true } : {};
    return this.desk.ask(bindTill, { ...rest, terminalId, ...more, by: call.by }, call);
  }

  @Delete()
  @Describes({
    summary: 'Take a till off its terminal',
    detail: 'A till that has none is a success. An open transaction keeps the terminal it has.',
    query: TillQuery,
    answer: RecordedV1,
    errors: ['not-yours'],
  })
  unbind(@GivenQuery() query: TillQuery, @Caller() call: AdminCall): Promise<RecordedV1> {
    return this.desk.ask(unbindTill, { ...query, by: call.by }, call);
  }
}
