import { Injectable } from '@nestjs/common';
import type { TokenChannel } from '@tillbridge/contracts';
import { statement, VersionConflict, type Tx } from '@tillbridge/messaging';
import type { Token } from '../domain/token.js';

type TokenRow = {
  token_uid: string;
  version: number;
  token_hash: string;
  client_id: string;
  merchant_id: string;
  channel: TokenChannel;
  expires_at: Date | null;
  revoked_at: Date | null;
};

const COLUMNS = 'token_uid, version, token_hash, client_id, merchant_id, channel, expires_at, revoked_at';

const selectToken = statement('select_token', `select ${COLUMNS} from merchant_tokens where token_uid = $1 or token_hash = $2 limit 1`);

const lockToken = statement('lock_token', `select ${COLUMNS} from merchant_tokens where token_uid = $1 for update`);

const insertToken = statement(
  'insert_token',
  `insert into merchant_tokens (${COLUMNS}, issued_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
);

const revokeToken = statement(
  'revoke_token',
  'update merchant_tokens set version = $2, revoked_at = $3 where token_uid = $1 and version = $2 - 1 returning 1',
);

/** Where the merchants' tokens are kept, as hashes. */
@Injectable()
export class TokenStore {
  /** A token with this uid or this hash. */
  async find(tx: Tx, { tokenUid, tokenHash }: Pick<Token, 'tokenUid' | 'tokenHash'>): Promise<Token | undefined> {
    const [row] = await tx.query<TokenRow>(selectToken, [tokenUid, tokenHash]);
    return row === undefined ? undefined : toToken(row);
  }

  async lock(tx: Tx, tokenUid: string): Promise<Token | undefined> {
    const [row] = await tx.query<TokenRow>(lockToken, [tokenUid]);
    return row === undefined ? undefined : toToken(row);
  }

  async insert(tx: Tx, token: Token, now: Date): Promise<void> {
    const { tokenUid, version, tokenHash, clientId, merchantId, channel, expiresAt = null, revokedAt = null } = token;
    await tx.query(insertToken, [tokenUid, version, tokenHash, clientId, merchantId, channel, expiresAt, revokedAt, now]);
  }

  /** Saves the next version of a token that was revoked; throws `VersionConflict` when it is not the next one. */
  async revoke(tx: Tx, { tokenUid, version, revokedAt }: Token): Promise<void> {
    const updated = await tx.query(revokeToken, [tokenUid, version, revokedAt]);
    if (updated.length === 0) throw new VersionConflict('the token was changed by someone else');
  }
}

const toToken = (row: TokenRow): Token => ({
  tokenUid: row.token_uid,
  version: row.version,
  tokenHash: row.token_hash,
  clientId: row.client_id,
  merchantId: row.merchant_id,
  channel: row.channel,
  ...(row.expires_at === null ? {} : { expiresAt: row.expires_at.toISOString() }),
  ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at.toISOString() }),
});
