import { Controller, Delete, Get, HttpCode, HttpStatus, Inject, Patch, Post, UseGuards } from '@nestjs/common';
import {
  changeTerminal,
  enrolTerminal,
  inviteTerminal,
  listPairingCodes,
  listTerminals,
  PairingCodeRecordV1,
  RecordedV1,
  revokePairingCode,
  TerminalRecordV1,
  type Page,
} from '@tillbridge/contracts';
import { newId, newPairingCode, newTerminalKey, normalisePairingCode, plusMs, sha256Hex, type Clock } from '@tillbridge/kernel';
import { CLOCK } from '@tillbridge/platform';
import { Describes } from '../../openapi/describes.js';
import { AdminDesk } from './admin-desk.js';
import { AdminGuard } from './admin.guard.js';
import { PairingCodeAdded, TerminalAdded } from './answers.js';
import { AddPairingCode, AddTerminal, ChangeTerminal, DEFAULT_CODE_LIFE_SECONDS } from './bodies.js';
import { Caller, GivenBody, GivenPath, GivenQuery, type AdminCall } from './given.js';
import { ADMIN_V1, ListQuery, PLACEHOLDER_TERMINAL_ID, type Path } from './paths.js';

const terminal = { clientId: '825429536610058240', merchantId: '10800000003', terminalSn: 'WP123987987897', terminalId: '12345678' };

@Controller(`${ADMIN_V1}/terminals`)
@UseGuards(AdminGuard)
export class TerminalsController {
  constructor(@Inject(AdminDesk) private readonly desk: AdminDesk) {}

  @Get()
  @Describes({ summary: 'List terminals', query: ListQuery, answer: listTerminals.answer })
  list(@GivenQuery() query: ListQuery, @Caller() call: AdminCall): Promise<Page<TerminalRecordV1>> {
    return this.desk.page(listTerminals, query, call);
  }

  @Post()
  @Describes({
    summary: 'Enrol a terminal with a key',
    detail: 'An enrolled terminal gets a new key, and the one before is none any more. For terminals in the field use pairing codes.',
    body: AddTerminal,
    sample: terminal,
    answer: TerminalAdded,
    errors: ['record-unknown', 'not-yours'],
  })
  async add(@GivenBody() body: AddTerminal, @Caller() call: AdminCall): Promise<TerminalAdded> {
    const key = newTerminalKey();
    await this.desk.ask(enrolTerminal, { ...body, terminalUid: newId(), keyHash: sha256Hex(key), by: call.by }, call);
    return { key };
  }

  @Get(':terminalUid')
  @Describes({ summary: 'Read a terminal', answer: TerminalRecordV1, errors: ['record-unknown'] })
  one(@GivenPath() { terminalUid }: Path<'terminalUid'>, @Caller() call: AdminCall): Promise<TerminalRecordV1> {
    return this.desk.one(listTerminals, { id: terminalUid }, call);
  }

  @Patch(':terminalUid')
  @Describes({
    summary: 'Suspend a terminal, let it in again, or change its TID',
    body: ChangeTerminal,
    sample: { standing: 'suspended' },
    answer: RecordedV1,
    errors: ['record-unknown'],
  })
  change(@GivenPath() path: Path<'terminalUid'>, @GivenBody() body: ChangeTerminal, @Caller() call: AdminCall): Promise<RecordedV1> {
    return this.desk.ask(changeTerminal, { ...body, ...path, by: call.by }, call);
  }

  @Delete(':terminalUid/key')
  @Describes({
    summary: "Take a terminal's key back",
    detail: 'It has to be enrolled anew, for example with a pairing code.',
    answer: RecordedV1,
    errors: ['record-unknown'],
  })
  revokeKey(@GivenPath() path: Path<'terminalUid'>, @Caller() call: AdminCall): Promise<RecordedV1> {
    return this.desk.ask(changeTerminal, { ...path, revokeKey: true, by: call.by }, call);
  }
}

const MS_PER_SECOND = 1_000;

/** Codes with which terminals enrol themselves. */
@Controller(`${ADMIN_V1}/pairing-codes`)
@UseGuards(AdminGuard)
export class PairingCodesController {
  constructor(
    @Inject(AdminDesk) private readonly desk: AdminDesk,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Describes({ summary: 'List pairing codes, without the codes', query: ListQuery, answer: listPairingCodes.answer })
  list(@GivenQuery() query: ListQuery, @Caller() call: AdminCall): Promise<Page<PairingCodeRecordV1>> {
    return this.desk.page(listPairingCodes, query, call);
  }

  @Post()
  @HttpCode(HttpStatus.OK)
  @Describes({
    summary: 'Invite a terminal with a single-use code',
    detail:
      'A terminal that has a key or an open code is left alone (`invited` is false), so a repeat changes nothing; `renew` gives it a new code ' +
      'all the same. A code whose answer was lost is lost: ask again with `renew`.',
    body: AddPairingCode,
    sample: { ...terminal, lifeSeconds: DEFAULT_CODE_LIFE_SECONDS },
    answer: PairingCodeAdded,
    errors: ['record-unknown', 'not-yours'],
  })
  async add(@GivenBody() body: AddPairingCode, @Caller() call: AdminCall): Promise<PairingCodeAdded> {
    const { lifeSeconds = DEFAULT_CODE_LIFE_SECONDS, terminalId = PLACEHOLDER_TERMINAL_ID, ...rest } = body;
    const code = newPairingCode();
    const shown = { codeUid: newId(), expiresAt: plusMs(this.clock.now(), lifeSeconds * MS_PER_SECOND).toISOString() };
    const codeHash = sha256Hex(normalisePairingCode(code));
    const invitation = { ...rest, terminalId, terminalUid: newId(), ...shown, codeHash, by: call.by };
    const { terminalUid, invited } = await this.desk.ask(inviteTerminal, invitation, call);
    return invited ? { terminalUid, invited, ...shown, code } : { terminalUid, invited };
  }

  @Get(':codeUid')
  @Describes({ summary: 'Read the state of a pairing code', answer: PairingCodeRecordV1, errors: ['record-unknown'] })
  one(@GivenPath() { codeUid }: Path<'codeUid'>, @Caller() call: AdminCall): Promise<PairingCodeRecordV1> {
    return this.desk.one(listPairingCodes, { id: codeUid }, call);
  }

  @Delete(':codeUid')
  @Describes({ summary: 'Revoke a code that was not used', answer: RecordedV1, errors: ['record-unknown', 'record-conflict'] })
  revoke(@GivenPath() path: Path<'codeUid'>, @Caller() call: AdminCall): Promise<RecordedV1> {
    return this.desk.ask(revokePairingCode, { ...path, by: call.by }, call);
  }
}
