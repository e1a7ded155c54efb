import { Inject, Injectable } from '@nestjs/common';
import type { BindingV1, TillBindingV1 } from '@tillbridge/contracts';
import { statement, VersionConflict, type Tx } from '@tillbridge/messaging';
import { DataSource } from 'typeorm';
import type { KnownTill } from '../domain/till-binding.js';
import type { MerchantKey } from './merchant-store.js';

const lockTill = statement(
  'lock_till',
  'select till_uid, version, terminal_uid from tills where client_id = $1 and merchant_id = $2 and pos_id = $3 for update',
);

const insertTill = statement(
  'insert_till',
  'insert into tills (till_uid, version, client_id, merchant_id, pos_id, terminal_uid, changed_at) values ($1, $2, $3, $4, $5, $6, $7)',
);

const updateTill = statement(
  'update_till',
  'update tills set version = $2, terminal_uid = $3, changed_at = $4 where till_uid = $1 and version = $2 - 1 returning 1',
);

/** No further than the limit, so that it costs the same for a merchant of any size. */
const countTills = statement(
  'count_tills',
  'select count(*)::int as count from (select 1 from tills where client_id = $1 and merchant_id = $2 limit $3) as counted',
);

const selectBinding = `
  select till.pos_id, t.terminal_sn, t.terminal_id
  from tills till join terminals t on t.terminal_uid = till.terminal_uid
  where till.client_id = $1 and till.merchant_id = $2 and till.pos_id = $3`;

const selectBindings = `
  select m.merchant_id, till.pos_id, t.terminal_sn, t.terminal_id
  from merchants m
  left join (tills till join terminals t on t.terminal_uid = till.terminal_uid)
    on till.client_id = m.client_id and till.merchant_id = m.merchant_id
  where m.client_id = $1 and m.merchant_id = $2
  order by till.pos_id`;

type BindingRow = { pos_id: string | null; terminal_sn: string | null; terminal_id: string | null };

/** Where tills and their bindings are kept. */
@Injectable()
export class TillStore {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  async lock(tx: Tx, { clientId, merchantId }: MerchantKey, posId: string): Promise<KnownTill | undefined> {
    const rows = await tx.query<{ till_uid: string; version: number; terminal_uid: string | null }>(lockTill, [
      clientId,
      merchantId,
      posId,
    ]);
    const [row] = rows;
    if (row === undefined) return undefined;
    return { tillUid: row.till_uid, version: row.version, ...(row.terminal_uid === null ? {} : { terminalUid: row.terminal_uid }) };
  }

  /** Saves the next version of a binding, the first one included; throws `VersionConflict` when it is not the next one. */
  async save(tx: Tx, { tillUid, version, clientId, merchantId, posId, terminalUid, at }: TillBindingV1): Promise<void> {
    if (version === 1) {
      await tx.query(insertTill, [tillUid, version, clientId, merchantId, posId, terminalUid, at]);
      return;
    }
    const updated = await tx.query(updateTill, [tillUid, version, terminalUid, at]);
    if (updated.length === 0) throw new VersionConflict('the till was changed by someone else');
  }

  /** How many tills the merchant has, bound or not; of more than `atMost` it says `atMost`. */
  async count(tx: Tx, { clientId, merchantId }: MerchantKey, atMost: number): Promise<number> {
    const [row] = await tx.query<{ count: number }>(countTills, [clientId, merchantId, atMost]);
    return row?.count ?? 0;
  }

  /** What the till is bound to; undefined when it is not bound, or when there is no such till or merchant. */
  async bindingOf({ clientId, merchantId }: MerchantKey, posId: string): Promise<BindingV1 | undefined> {
    const rows: BindingRow[] = await this.dataSource.query(selectBinding, [clientId, merchantId, posId]);
    return rows.flatMap(bindingIn)[0];
  }

  /** The bound tills of a merchant in the order of their posIds; undefined when there is no such merchant. */
  async bindingsOf({ clientId, merchantId }: MerchantKey): Promise<BindingV1[] | undefined> {
    const rows: BindingRow[] = await this.dataSource.query(selectBindings, [clientId, merchantId]);
    if (rows.length === 0) return undefined;
    return rows.flatMap(bindingIn);
  }
}

/** The binding in a row; none in that of a merchant without tills. */
function bindingIn({ pos_id: posId, terminal_sn: terminalSn, terminal_id: terminalId }: BindingRow): BindingV1[] {
  return posId === null || terminalSn === null || terminalId === null ? [] : [{ posId, terminalSn, terminalId }];
}
