import { Injectable } from '@nestjs/common';
import { deadlineSeconds, type LateResultPolicy, type MerchantV1 } from '@tillbridge/contracts';
import { statement, type Tx } from '@tillbridge/messaging';

// Facts may come in any order: the higher version wins.
const upsertMerchant = statement(
  'upsert_merchant',
  `insert into merchants as m (client_id, merchant_id, version, late_results, deadline_seconds) values ($1, $2, $3, $4, $5)
   on conflict (client_id, merchant_id) do update set
     version = excluded.version, late_results = excluded.late_results, deadline_seconds = excluded.deadline_seconds
   where m.version < excluded.version`,
);

const selectLateResults = statement('select_late_results', 'select late_results from merchants where client_id = $1 and merchant_id = $2');

const USUAL_LATE_RESULTS: LateResultPolicy = 'attach';

/** What this service keeps of binding's facts: what merchants have decided about their transactions. */
@Injectable()
export class MerchantStore {
  async put(tx: Tx, merchant: MerchantV1): Promise<void> {
    const { clientId, merchantId, version, lateResults = USUAL_LATE_RESULTS, deadlineSeconds: seconds = deadlineSeconds.usual } = merchant;
    await tx.query(upsertMerchant, [clientId, merchantId, version, lateResults, seconds]);
  }

  async lateResultsOf(tx: Tx, { clientId, merchantId }: Pick<MerchantV1, 'clientId' | 'merchantId'>): Promise<LateResultPolicy> {
    const [row] = await tx.query<{ late_results: LateResultPolicy }>(selectLateResults, [clientId, merchantId]);
    return row?.late_results ?? USUAL_LATE_RESULTS;
  }
}
