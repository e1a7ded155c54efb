import { Inject, Injectable } from '@nestjs/common';
import type { DeveloperV1, RegisterDeveloperV1 } from '@tillbridge/contracts';
import { statement, type Tx } from '@tillbridge/messaging';
import type { KnownDeveloper } from '../domain/registration.js';
import { ClientSecrets } from './client-secrets.js';

const lockDeveloper = statement('lock_developer', 'select name, client_secrets from developers where client_id = $1 for update');

const insertDeveloper = statement(
  'insert_developer',
  'insert into developers (client_id, version, name, client_secrets, registered_at) values ($1, $2, $3, $4, $5)',
);

/** Where developers and their sealed secrets are kept. */
@Injectable()
export class DeveloperStore {
  constructor(@Inject(ClientSecrets) private readonly secrets: ClientSecrets) {}

  /** The developer under the clientId of a registration, locked. */
  async lock(tx: Tx, { clientId, clientSecret }: RegisterDeveloperV1): Promise<KnownDeveloper | undefined> {
    const [row] = await tx.query<{ name: string; client_secrets: string[] }>(lockDeveloper, [clientId]);
    return row === undefined ? undefined : { name: row.name, hasSecret: this.secrets.includes(row.client_secrets, clientSecret) };
  }

  async insert(tx: Tx, { clientId, version, name }: DeveloperV1, clientSecret: string, now: Date): Promise<void> {
    await tx.query(insertDeveloper, [clientId, version, name, [this.secrets.seal(clientSecret)], now]);
  }
}
