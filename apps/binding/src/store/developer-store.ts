import { Inject, Injectable } from '@nestjs/common';
import type { Standing } from '@tillbridge/contracts';
import { statement, VersionConflict, type Tx } from '@tillbridge/messaging';
import type { Developer, HeldSecret, Slot } from '../domain/developer.js';
import { ClientSecrets } from './client-secrets.js';

type DeveloperRow = { client_id: string; version: number; name: string; standing: Standing; unsigned_allowed: boolean };
type SecretRow = { secret_uid: string; slot: Slot; sealed: string };

const lockDeveloper = statement(
  'lock_developer',
  'select client_id, version, name, standing, unsigned_allowed from developers where client_id = $1 for update',
);

const selectSecrets = statement(
  'select_client_secrets',
  'select secret_uid, slot, sealed from client_secrets where client_id = $1 and removed_at is null order by created_at, slot',
);

const selectSecretName = statement('select_client_secret_name', 'select client_id, removed_at from client_secrets where secret_uid = $1');

const insertDeveloper = statement(
  'insert_developer',
  'insert into developers (client_id, version, name, standing, unsigned_allowed, registered_at) values ($1, $2, $3, $4, $5, $6)',
);

const updateDeveloper = statement(
  'update_developer',
  `update developers set version = $2, name = $3, standing = $4, unsigned_allowed = $5
   where client_id = $1 and version = $2 - 1 returning 1`,
);

const insertSecret = statement(
  'insert_client_secret',
  'insert into client_secrets (secret_uid, client_id, slot, sealed, created_at) values ($1, $2, $3, $4, $5)',
);

const removeSecret = statement(
  'remove_client_secret',
  'update client_secrets set slot = null, sealed = null, removed_at = $2 where secret_uid = $1',
);

const lockOlderSecrets = statement(
  'lock_older_client_secrets',
  `select secret_uid, sealed from client_secrets where key_id <> $1 and removed_at is null
   order by secret_uid limit $2 for update skip locked`,
);

const resealSecrets = statement(
  'reseal_client_secrets',
  `update client_secrets c set sealed = r.sealed from unnest($1::uuid[], $2::text[]) as r (secret_uid, sealed)
   where c.secret_uid = r.secret_uid`,
);

const countOlderSecrets = statement(
  'count_older_client_secrets',
  'select count(*)::int as count from client_secrets where key_id <> $1 and removed_at is null',
);

/** Where developers and their sealed secrets are kept. */
@Injectable()
export class DeveloperStore {
  constructor(@Inject(ClientSecrets) private readonly secrets: ClientSecrets) {}

  /** The developer, locked; `heldAs` names which of its secrets is the given one. */
  async lock(tx: Tx, clientId: string, secret?: string): Promise<{ known: Developer | undefined; heldAs: string | undefined }> {
    const [row] = await tx.query<DeveloperRow>(lockDeveloper, [clientId]);
    if (row === undefined) return { known: undefined, heldAs: undefined };
    // Only now: the lock may have waited for somebody who changed them.
    const secrets = await tx.query<SecretRow>(selectSecrets, [clientId]);
    const held = secret === undefined ? undefined : secrets.find(({ sealed }) => this.secrets.isTheSame(sealed, secret));
    return { known: toDeveloper(row, secrets), heldAs: held?.secret_uid };
  }

  /** Whose secret has this name, or had it before it was removed. */
  async findSecretName(tx: Tx, secretUid: string): Promise<{ clientId: string; isRemoved: boolean } | undefined> {
    const [row] = await tx.query<{ client_id: string; removed_at: Date | null }>(selectSecretName, [secretUid]);
    return row === undefined ? undefined : { clientId: row.client_id, isRemoved: row.removed_at !== null };
  }

  async insert(tx: Tx, { clientId, version, name, standing, unsignedAllowed }: Developer, now: Date): Promise<void> {
    await tx.query(insertDeveloper, [clientId, version, name, standing, unsignedAllowed, now]);
  }

  /** Saves the next version; throws `VersionConflict` when it is not the next one. */
  async update(tx: Tx, { clientId, version, name, standing, unsignedAllowed }: Developer): Promise<void> {
    const updated = await tx.query(updateDeveloper, [clientId, version, name, standing, unsignedAllowed]);
    if (updated.length === 0) throw new VersionConflict('the developer was changed by someone else');
  }

  async insertSecret(tx: Tx, clientId: string, { secretUid, slot }: HeldSecret, plain: string, now: Date): Promise<void> {
    await tx.query(insertSecret, [secretUid, clientId, slot, this.secrets.seal(plain), now]);
  }

  /** The sealed value goes for good; the name stays. */
  async removeSecret(tx: Tx, secretUid: string, now: Date): Promise<void> {
    await tx.query(removeSecret, [secretUid, now]);
  }

  /** Seals up to `limit` secrets of older keys again with the current one. Throws Defect when the key of one is not configured. */
  async reseal(tx: Tx, limit: number): Promise<{ resealed: number; left: number; keyId: string }> {
    const keyId = this.secrets.currentKeyId;
    const older = await tx.query<Pick<SecretRow, 'secret_uid' | 'sealed'>>(lockOlderSecrets, [keyId, limit]);
    const sealed = older.map((each) => this.secrets.reseal(each.sealed));
    if (older.length > 0) await tx.query(resealSecrets, [older.map((each) => each.secret_uid), sealed]);
    const [row] = await tx.query<{ count: number }>(countOlderSecrets, [keyId]);
    return { resealed: older.length, left: row?.count ?? 0, keyId };
  }
}

const toDeveloper = (row: DeveloperRow, secrets: readonly SecretRow[]): Developer => ({
  clientId: row.client_id,
  version: row.version,
  name: row.name,
  standing: row.standing,
  unsignedAllowed: row.unsigned_allowed,
  secrets: secrets.map((each) => ({ secretUid: each.secret_uid, slot: each.slot })),
});
