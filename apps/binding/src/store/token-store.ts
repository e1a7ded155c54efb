import { Inject, Injectable } from '@nestjs/common';
import type { IssueMerchantTokenV1, MerchantTokenV1, TokenChannel } from '@tillbridge/contracts';
import { statement, type Tx } from '@tillbridge/messaging';
import { DataSource } from 'typeorm';
import type { TokenOwner } from '../domain/caller.js';
import type { KnownToken } from '../domain/registration.js';
import { ClientSecrets } from './client-secrets.js';

type TokenRow = { token_uid: string; token_hash: string; client_id: string; merchant_id: string; channel: TokenChannel };
type OwnerRow = Omit<TokenRow, 'token_hash'> & { currency_code: string; client_secrets: string[] };

/** The owner of a token, with every secret that is valid now. */
export type TokenOwnerWithSecrets = TokenOwner & { readonly openSecrets: () => string[] };

const selectToken = statement(
  'select_token',
  'select token_uid, token_hash, client_id, merchant_id, channel from merchant_tokens where token_uid = $1 or token_hash = $2 limit 1',
);

const insertToken = statement(
  'insert_token',
  'insert into merchant_tokens (token_uid, version, token_hash, client_id, merchant_id, channel, issued_at) values ($1, $2, $3, $4, $5, $6, $7)',
);

const selectOwner = `
  select t.token_uid, t.client_id, t.merchant_id, t.channel, m.currency_code, d.client_secrets
  from merchant_tokens t
  join merchants m on m.client_id = t.client_id and m.merchant_id = t.merchant_id
  join developers d on d.client_id = t.client_id
  where t.token_hash = $1`;

/** Where the merchants' tokens are kept, as hashes. */
@Injectable()
export class TokenStore {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(ClientSecrets) private readonly secrets: ClientSecrets,
  ) {}

  /** A token with this uid or this hash. */
  async find(tx: Tx, { tokenUid, tokenHash }: IssueMerchantTokenV1): Promise<KnownToken | undefined> {
    const [row] = await tx.query<TokenRow>(selectToken, [tokenUid, tokenHash]);
    if (row === undefined) return undefined;
    return {
      tokenUid: row.token_uid,
      tokenHash: row.token_hash,
      clientId: row.client_id,
      merchantId: row.merchant_id,
      channel: row.channel,
    };
  }

  async insert(tx: Tx, { tokenUid, version, clientId, merchantId, channel }: MerchantTokenV1, tokenHash: string, now: Date): Promise<void> {
    await tx.query(insertToken, [tokenUid, version, tokenHash, clientId, merchantId, channel, now]);
  }

  async ownerOf(tokenHash: string): Promise<TokenOwnerWithSecrets | undefined> {
    const [row]: OwnerRow[] = await this.dataSource.query(selectOwner, [tokenHash]);
    if (row === undefined) return undefined;
    return {
      tokenUid: row.token_uid,
      clientId: row.client_id,
      merchantId: row.merchant_id,
      channel: row.channel,
      unsignedAllowed: true,
      merchantStanding: 'active',
      currencyCode: row.currency_code,
      // Opened only once the caller is known to be who it says it is.
      openSecrets: () => this.secrets.openAll(row.client_secrets),
    };
  }
}
