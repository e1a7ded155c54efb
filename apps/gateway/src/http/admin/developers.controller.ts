import { Controller, Delete, Get, HttpCode, HttpStatus, Inject, Patch, Post, UseGuards } from '@nestjs/common';
import {
  addClientSecret,
  changeDeveloper,
  DeveloperRecordV1,
  listDevelopers,
  RecordedV1,
  registerDeveloper,
  removeClientSecret,
  resealClientSecrets,
  type Page,
  type ResealedV1,
} from '@tillbridge/contracts';
import { newClientSecret, newId, newPlatformId, type Clock } from '@tillbridge/kernel';
import { CLOCK } from '@tillbridge/platform';
import { Describes } from '../../openapi/describes.js';
import { AdminDesk } from './admin-desk.js';
import { AdminGuard } from './admin.guard.js';
import { ClientSecretAdded, DeveloperAdded, SecretsResealed } from './answers.js';
import { AddDeveloper, ChangeDeveloper } from './bodies.js';
import { Caller, GivenBody, GivenPath, GivenQuery, type AdminCall } from './given.js';
import { ADMIN_V1, ListQuery, type Path } from './paths.js';

/** Integrators and their secrets. */
@Controller(`${ADMIN_V1}/developers`)
@UseGuards(AdminGuard)
export class DevelopersController {
  constructor(
    @Inject(AdminDesk) private readonly desk: AdminDesk,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Describes({ summary: 'List developers', query: ListQuery, answer: listDevelopers.answer })
  list(@GivenQuery() query: ListQuery, @Caller() call: AdminCall): Promise<Page<DeveloperRecordV1>> {
    return this.desk.page(listDevelopers, query, call);
  }

  @Post()
  @Describes({ summary: 'Admit a developer', body: AddDeveloper, sample: { name: 'Demo Tills Ltd' }, answer: DeveloperAdded })
  async add(@GivenBody() body: AddDeveloper, @Caller() call: AdminCall): Promise<DeveloperAdded> {
    const made = { clientId: newPlatformId(this.clock.now()), clientSecret: newClientSecret(), secretUid: newId() };
    await this.desk.ask(registerDeveloper, { ...body, ...made, by: call.by }, call);
    return made;
  }

  @Get(':clientId')
  @Describes({ summary: 'Read a developer', answer: DeveloperRecordV1, errors: ['record-unknown'] })
  one(@GivenPath() { clientId }: Path<'clientId'>, @Caller() call: AdminCall): Promise<DeveloperRecordV1> {
    return this.desk.one(listDevelopers, { id: clientId }, call);
  }

  @Patch(':clientId')
  @Describes({
    summary: 'Rename or suspend a developer, or switch version 1 for it',
    detail: "A suspended developer's tokens open nothing until it is active again.",
    body: ChangeDeveloper,
    sample: { standing: 'suspended' },
    answer: RecordedV1,
    errors: ['record-unknown'],
  })
  change(@GivenPath() path: Path<'clientId'>, @GivenBody() body: ChangeDeveloper, @Caller() call: AdminCall): Promise<RecordedV1> {
    return this.desk.ask(changeDeveloper, { ...body, ...path, by: call.by }, call);
  }

  @Post(':clientId/secrets')
  @Describes({
    summary: 'Begin the rotation of a secret',
    detail: 'The new secret is valid beside the one before. When every till has it, remove the old one. Two are the most.',
    answer: ClientSecretAdded,
    errors: ['record-unknown', 'record-conflict'],
  })
  async addSecret(@GivenPath() path: Path<'clientId'>, @Caller() call: AdminCall): Promise<ClientSecretAdded> {
    const made = { secretUid: newId(), clientSecret: newClientSecret() };
    await this.desk.ask(addClientSecret, { ...path, ...made, by: call.by }, call);
    return made;
  }

  @Delete(':clientId/secrets/:secretUid')
  @Describes({ summary: 'End the rotation of a secret', answer: RecordedV1, errors: ['record-unknown', 'record-conflict'] })
  removeSecret(@GivenPath() path: Path<'clientId' | 'secretUid'>, @Caller() call: AdminCall): Promise<RecordedV1> {
    return this.desk.ask(removeClientSecret, { ...path, by: call.by }, call);
  }
}

const RESEALED_AT_ONCE = 100;
/** One call stays shorter than any client waits; the answer says what is left. */
const MAX_BATCHES = 20;

/** All secrets of all developers. */
@Controller(`${ADMIN_V1}/client-secrets`)
@UseGuards(AdminGuard)
export class ClientSecretsController {
  constructor(@Inject(AdminDesk) private readonly desk: AdminDesk) {}

  @Post('re-encryption')
  @HttpCode(HttpStatus.OK)
  @Describes({
    summary: 'Encrypt all secrets with the current key',
    detail: 'For the rotation of TILLBRIDGE_SECRETS_KEYS. Up to 2000 secrets in one call; call again until `left` is 0.',
    answer: SecretsResealed,
  })
  async reseal(@Caller() call: AdminCall): Promise<SecretsResealed> {
    let resealed = 0;
    let batches = 0;
    let last: ResealedV1;
    do {
      last = await this.desk.ask(resealClientSecrets, { limit: RESEALED_AT_ONCE, by: call.by }, call);
      resealed += last.resealed;
      batches += 1;
    } while (last.left > 0 && last.resealed > 0 && batches < MAX_BATCHES);
    return { resealed, left: last.left };
  }
}
