import { Inject, Injectable } from '@nestjs/common';
import type { MerchantAccessV1, Standing, TokenChannel } from '@tillbridge/contracts';
import { DataSource } from 'typeorm';
import type { TokenOwner } from '../domain/caller.js';
import { ClientSecrets } from './client-secrets.js';
import type { MerchantKey } from './merchant-store.js';

type OwnerRow = {
  token_uid: string;
  client_id: string;
  merchant_id: string;
  channel: TokenChannel;
  expires_at: Date | null;
  is_revoked: boolean;
  currency_code: string;
  merchant_standing: Standing;
  developer_standing: Standing;
  unsigned_allowed: boolean;
  secrets: string[];
};

type AccessRow = { unsigned_allowed: boolean; merchant_name: string | null; revocations: number; secrets: string[] };

/** The owner of a token, with every secret that is valid now. */
export type TokenOwnerWithSecrets = TokenOwner & { readonly openSecrets: () => string[] };

const SECRETS = `array(select s.sealed from client_secrets s where s.client_id = d.client_id and s.removed_at is null order by s.created_at, s.slot)`;

const selectOwner = `
  select t.token_uid, t.client_id, t.merchant_id, t.channel, t.expires_at, t.revoked_at is not null as is_revoked, m.currency_code,
    m.standing as merchant_standing, d.standing as developer_standing, d.unsigned_allowed, ${SECRETS} as secrets
  from merchant_tokens t
  join merchants m on m.client_id = t.client_id and m.merchant_id = t.merchant_id
  join developers d on d.client_id = t.client_id
  where t.token_hash = $1`;

const selectAccess = `
  select d.unsigned_allowed, m.name as merchant_name, ${SECRETS} as secrets,
    (select count(*)::int from merchant_tokens t
     where t.client_id = d.client_id and t.merchant_id = $2 and t.revoked_at is not null) as revocations
  from developers d left join merchants m on m.client_id = d.client_id and m.merchant_id = $2 and m.standing = 'active'
  where d.client_id = $1 and d.standing = 'active'`;

/** What the edges must know to check a call. */
@Injectable()
export class CallerStore {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(ClientSecrets) private readonly secrets: ClientSecrets,
  ) {}

  async ownerOf(tokenHash: string): Promise<TokenOwnerWithSecrets | undefined> {
    const [row]: OwnerRow[] = await this.dataSource.query(selectOwner, [tokenHash]);
    if (row === undefined) return undefined;
    // Opened only once the caller is known to be who it says it is.
    return { ...toOwner(row), openSecrets: () => this.secrets.openAll(row.secrets) };
  }

  /** Undefined for a developer that is unknown or suspended. */
  async accessTo({ clientId, merchantId }: MerchantKey): Promise<MerchantAccessV1 | undefined> {
    const [row]: AccessRow[] = await this.dataSource.query(selectAccess, [clientId, merchantId]);
    if (row === undefined) return undefined;
    return {
      clientSecrets: this.secrets.openAll(row.secrets),
      unsignedAllowed: row.unsigned_allowed,
      ...(row.merchant_name === null ? {} : { merchantName: row.merchant_name }),
      revocations: row.revocations,
    };
  }
}

const toOwner = (row: OwnerRow): TokenOwner => ({
  caller: {
    tokenUid: row.token_uid,
    clientId: row.client_id,
    merchantId: row.merchant_id,
    channel: row.channel,
    currencyCode: row.currency_code,
    unsignedAllowed: row.unsigned_allowed,
    merchantStanding: row.merchant_standing,
    ...(row.expires_at === null ? {} : { tokenExpiresAt: row.expires_at.toISOString() }),
  },
  isRevoked: row.is_revoked,
  developerStanding: row.developer_standing,
});
