import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  addClientSecret,
  changeDeveloper,
  credentialsChanged,
  developerChanged,
  developerRegistered,
  done,
  registerDeveloper,
  removeClientSecret,
  resealClientSecrets,
  type AddClientSecretV1,
  type Answer,
  type ChangeDeveloperV1,
  type DeveloperV1,
  type RecordedV1,
  type RegisterDeveloperV1,
  type RemoveClientSecretV1,
  type ResealClientSecretsV1,
  type ResealedV1,
} from '@tillbridge/contracts';
import { newId, type Clock } from '@tillbridge/kernel';
import { OnRequest, type MessageContext } from '@tillbridge/messaging';
import { CLOCK } from '@tillbridge/platform';
import * as decide from '../domain/developer.js';
import type { Developer } from '../domain/developer.js';
import { AuditLog, OPERATOR } from '../store/audit-log.js';
import { DeveloperStore } from '../store/developer-store.js';
import { carryOut } from './carry-out.js';

/** Admits integrators, suspends them, and lets their secrets rotate. */
@Controller()
export class DevelopersController {
  constructor(
    @Inject(DeveloperStore) private readonly developers: DeveloperStore,
    @Inject(AuditLog) private readonly audit: AuditLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @OnRequest(registerDeveloper)
  async register(@Payload() request: RegisterDeveloperV1, @Ctx() context: MessageContext): Promise<Answer<RecordedV1>> {
    const { clientId, clientSecret, secretUid = newId(), by = OPERATOR } = request;
    const { tx } = context;
    const situation = await this.developers.lock(tx, clientId, clientSecret);
    const uidTaken = (await this.developers.findSecretName(tx, secretUid)) !== undefined;
    return carryOut(decide.registerDeveloper({ ...situation, uidTaken }, request, { secretUid }), async ({ state }) => {
      const now = this.clock.now();
      await this.developers.insert(tx, state, now);
      for (const secret of state.secrets) await this.developers.insertSecret(tx, clientId, secret, clientSecret, now);
      tx.say(developerRegistered, about(state), told(state));
      await this.audit.record(context, { by, ...identified(state), after: state });
    });
  }

  @OnRequest(changeDeveloper)
  async change(@Payload() request: ChangeDeveloperV1, @Ctx() context: MessageContext): Promise<Answer<RecordedV1>> {
    const { clientId, by = OPERATOR } = request;
    const { known } = await this.developers.lock(context.tx, clientId);
    return carryOut(decide.changeDeveloper(known, request), async ({ before, state }) => {
      await this.developers.update(context.tx, state);
      context.tx.say(developerChanged, about(state), told(state));
      if (decide.letsInOtherwise(before, state)) sayCredentialsChanged(context, state);
      await this.audit.record(context, { by, ...identified(state), before, after: state });
    });
  }

  @OnRequest(addClientSecret)
  async addSecret(@Payload() request: AddClientSecretV1, @Ctx() context: MessageContext): Promise<Answer<RecordedV1>> {
    const { clientId, secretUid, clientSecret, by = OPERATOR } = request;
    const situation = await this.developers.lock(context.tx, clientId, clientSecret);
    const uidTaken = (await this.developers.findSecretName(context.tx, secretUid)) !== undefined;
    return carryOut(decide.addClientSecret({ ...situation, uidTaken }, request), async ({ before, state }) => {
      await this.developers.update(context.tx, state);
      const added = state.secrets.filter((secret) => secret.secretUid === secretUid);
      for (const secret of added) await this.developers.insertSecret(context.tx, clientId, secret, clientSecret, this.clock.now());
      sayCredentialsChanged(context, state);
      await this.audit.record(context, { by, ...identified(state), before, after: state });
    });
  }

  @OnRequest(removeClientSecret)
  async removeSecret(@Payload() request: RemoveClientSecretV1, @Ctx() context: MessageContext): Promise<Answer<RecordedV1>> {
    const { clientId, secretUid, by = OPERATOR } = request;
    const { known } = await this.developers.lock(context.tx, clientId);
    const name = await this.developers.findSecretName(context.tx, secretUid);
    const wasRemoved = name?.clientId === clientId && name.isRemoved;
    return carryOut(decide.removeClientSecret({ known, wasRemoved }, request), async ({ before, state }) => {
      await this.developers.update(context.tx, state);
      await this.developers.removeSecret(context.tx, secretUid, this.clock.now());
      sayCredentialsChanged(context, state);
      await this.audit.record(context, { by, ...identified(state), before, after: state });
    });
  }

  /** What the secrets are stays the same, so nobody is told. */
  @OnRequest(resealClientSecrets)
  async reseal(@Payload() { limit, by = OPERATOR }: ResealClientSecretsV1, @Ctx() context: MessageContext): Promise<Answer<ResealedV1>> {
    const { keyId, ...outcome } = await this.developers.reseal(context.tx, limit);
    if (outcome.resealed > 0) await this.audit.record(context, { by, kind: 'client-secrets', recordId: keyId, after: outcome });
    return done(outcome);
  }
}

const about = ({ clientId, version }: Developer): { id: string; version: number } => ({ id: clientId, version });

const told = ({ clientId, version, name, standing, unsignedAllowed }: Developer): DeveloperV1 => ({
  ...{ clientId, version, name },
  ...{ standing, unsignedAllowed },
});

const identified = ({ clientId }: Developer) => ({ kind: 'developer', recordId: clientId, clientId }) as const;

/** All of the developer's: whoever calls for it is checked with its secrets. */
const sayCredentialsChanged = ({ tx }: MessageContext, developer: Developer): void =>
  tx.say(credentialsChanged, about(developer), { clientId: developer.clientId, version: developer.version });
