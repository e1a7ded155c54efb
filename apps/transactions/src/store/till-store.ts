import { Injectable } from '@nestjs/common';
import type { FindOpenTransactionV1, TillBindingV1 } from '@tillbridge/contracts';
import { statement, type Tx } from '@tillbridge/messaging';

// Facts may come in any order: the higher version wins.
const upsertTill = statement(
  'upsert_till',
  `insert into tills as t (till_uid, version, client_id, merchant_id, pos_id, terminal_uid, terminal_sn)
   values ($1, $2, $3, $4, $5, $6, $7)
   on conflict (till_uid) do update set version = excluded.version, terminal_uid = excluded.terminal_uid, terminal_sn = excluded.terminal_sn
   where t.version < excluded.version`,
);

const selectTerminalSn = statement(
  'select_terminal_sn',
  'select terminal_sn from tills where client_id = $1 and merchant_id = $2 and pos_id = $3 and terminal_sn is not null',
);

/** What this service keeps of binding's facts: which terminal a till is bound to. */
@Injectable()
export class TillStore {
  async put(tx: Tx, till: TillBindingV1, bound: boolean): Promise<void> {
    const terminal = bound ? [till.terminalUid, till.terminalSn] : [null, null];
    await tx.query(upsertTill, [till.tillUid, till.version, till.clientId, till.merchantId, till.posId, ...terminal]);
  }

  /** The serial number of the terminal that the till is bound to; undefined when it is bound to none. */
  async terminalSnOf(tx: Tx, { clientId, merchantId, posId }: FindOpenTransactionV1): Promise<string | undefined> {
    const [row] = await tx.query<{ terminal_sn: string }>(selectTerminalSn, [clientId, merchantId, posId]);
    return row?.terminal_sn;
  }
}
