import { Injectable } from '@nestjs/common';
import type { MerchantV1 } from '@tillbridge/contracts';
import { statement, type Tx } from '@tillbridge/messaging';

// Facts may come in any order: the higher version wins.
const upsertMerchant = statement(
  'upsert_merchant',
  `insert into merchants as m (client_id, merchant_id, version, late_results, deadline_seconds)
   values ($1, $2, $3, $4, $5)
   on conflict (client_id, merchant_id) do update
     set version = excluded.version, late_results = excluded.late_results, deadline_seconds = excluded.deadline_seconds
   where m.version < excluded.version`,
);

/** What this service keeps of binding's facts about merchants: how long they wait, and what they want of late results. */
@Injectable()
export class MerchantStore {
  async put(tx: Tx, { clientId, merchantId, version, lateResults, deadlineSeconds }: MerchantV1): Promise<void> {
    await tx.query(upsertMerchant, [clientId, merchantId, version, lateResults ?? null, deadlineSeconds ?? null]);
  }
}
