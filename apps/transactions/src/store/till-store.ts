import { Injectable } from '@nestjs/common';
import type { TillBindingV1 } from '@tillbridge/contracts';
import { statement, type Tx } from '@tillbridge/messaging';

// Facts may come in any order: the higher version wins.
const upsertTill = statement(
  'upsert_till',
  `insert into tills as t (till_uid, version, client_id, merchant_id, pos_id, terminal_uid, terminal_sn)
   values ($1, $2, $3, $4, $5, $6, $7)
   on conflict (till_uid) do update set version = excluded.version, terminal_uid = excluded.terminal_uid, terminal_sn = excluded.terminal_sn
   where t.version < excluded.version`,
);

/** What this service keeps of binding's facts: which terminal a till is bound to. */
@Injectable()
export class TillStore {
  async put(tx: Tx, till: TillBindingV1, bound: boolean): Promise<void> {
    const terminal = bound ? [till.terminalUid, till.terminalSn] : [null, null];
    await tx.query(upsertTill, [till.tillUid, till.version, till.clientId, till.merchantId, till.posId, ...terminal]);
  }
}
