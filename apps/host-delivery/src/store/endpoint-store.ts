import { Inject, Injectable } from '@nestjs/common';
import type { RegisterEndpointV1 } from '@tillbridge/contracts';
import { defineBatch, statement, VersionConflict, type Tx } from '@tillbridge/messaging';
import type { Endpoint } from '../domain/delivery.js';
import type { Registered } from '../domain/registration.js';
import { SigningSecrets } from './signing-secrets.js';

type EndpointRow = {
  endpoint_id: string;
  client_id: string;
  merchant_id: string;
  url: string;
  signing_secret: string;
  enabled: boolean;
  version: number;
};

/** An endpoint that is locked for a registration, with the version that the change goes on from. */
export type LockedEndpoint = Registered & { readonly version: number };

type Owner = { readonly clientId: string; readonly merchantId: string };

const lockEndpoint = statement('lock_endpoint', 'select * from endpoints where endpoint_id = $1 for update');

const insertEndpoint = statement(
  'insert_endpoint',
  `insert into endpoints (endpoint_id, client_id, merchant_id, url, signing_secret, enabled, version, created_at)
   values ($1, $2, $3, $4, $5, true, 1, $6)`,
);

const updateEndpoint = statement(
  'update_endpoint',
  `update endpoints set url = $3, signing_secret = $4, enabled = true, version = version + 1
   where endpoint_id = $1 and version = $2 returning 1`,
);

const disableEndpoint = statement(
  'disable_endpoint',
  'update endpoints set enabled = false, version = version + 1 where endpoint_id = $1 and enabled',
);

const selectOwned = statement(
  'select_owned_endpoints',
  `select endpoint_id, client_id, merchant_id, url, enabled from endpoints
   where (client_id, merchant_id) in (select * from unnest($1::text[], $2::text[]))
   order by created_at, endpoint_id`,
);

const ownedBy = defineBatch<Owner, Endpoint[]>(async (db, owners) => {
  const rows = await db.query<EndpointRow>(selectOwned, [owners.map((owner) => owner.clientId), owners.map((owner) => owner.merchantId)]);
  const byOwner = Map.groupBy(rows, (row) => ownerKey({ clientId: row.client_id, merchantId: row.merchant_id }));
  return owners.map((owner) =>
    (byOwner.get(ownerKey(owner)) ?? []).map((row) => ({ endpointId: row.endpoint_id, url: row.url, isEnabled: row.enabled })),
  );
});

const ownerKey = ({ clientId, merchantId }: Owner): string => JSON.stringify([clientId, merchantId]);

/** Where the merchants' results are pushed to; the only place that knows the SQL of endpoints. */
@Injectable()
export class EndpointStore {
  constructor(@Inject(SigningSecrets) private readonly secrets: SigningSecrets) {}

  async lock(tx: Tx, request: RegisterEndpointV1): Promise<LockedEndpoint | undefined> {
    const [row] = await tx.query<EndpointRow>(lockEndpoint, [request.endpointId]);
    return row === undefined
      ? undefined
      : {
          clientId: row.client_id,
          merchantId: row.merchant_id,
          url: row.url,
          enabled: row.enabled,
          version: row.version,
          hasSameSecret: this.secrets.matches(row.signing_secret, request.signingSecret),
        };
  }

  async insert(tx: Tx, request: RegisterEndpointV1, now: Date): Promise<void> {
    const { endpointId, clientId, merchantId, url, signingSecret } = request;
    await tx.query(insertEndpoint, [endpointId, clientId, merchantId, url, this.secrets.seal(signingSecret), now]);
  }

  /** Replaces URL and secret and enables the endpoint. Throws `VersionConflict` when it is not at `version` any more. */
  async update(tx: Tx, version: number, { endpointId, url, signingSecret }: RegisterEndpointV1): Promise<void> {
    const updated = await tx.query(updateEndpoint, [endpointId, version, url, this.secrets.seal(signingSecret)]);
    if (updated.length === 0) throw new VersionConflict('the endpoint was changed by someone else');
  }

  async disable(tx: Tx, endpointId: string): Promise<void> {
    await tx.query(disableEndpoint, [endpointId]);
  }

  /** Where results of this merchant go for this developer, the oldest endpoint first, disabled ones among them. */
  allFor(tx: Tx, owner: Owner): Promise<Endpoint[]> {
    return tx.batch(ownedBy, owner);
  }
}
