import { Inject, Injectable } from '@nestjs/common';
import type { BindingV1, Standing } from '@tillbridge/contracts';
import { statement, VersionConflict, type Tx } from '@tillbridge/messaging';
import { DataSource } from 'typeorm';
import type { BoundTerminal, Till } from '../domain/till-binding.js';
import type { MerchantKey } from './merchant-store.js';

type TillRow = {
  till_uid: string;
  version: number;
  client_id: string;
  merchant_id: string;
  pos_id: string;
  standing: Standing;
  terminal_uid: string | null;
};
type TerminalOfTillRow = { terminal_uid: string; terminal_sn: string; terminal_id: string };

const COLUMNS = 'till_uid, version, client_id, merchant_id, pos_id, standing, terminal_uid';

// Never joined with its terminal: after a wait for the lock PostgreSQL looks at the newest till, but at the terminal that the till had before.
const lockTill = statement(
  'lock_till',
  `select ${COLUMNS} from tills where client_id = $1 and merchant_id = $2 and pos_id = $3 for update`,
);

const lockTillByUid = statement('lock_till_by_uid', `select ${COLUMNS} from tills where till_uid = $1 for update`);

const selectTerminalOfTill = statement(
  'select_terminal_of_till',
  'select terminal_uid, terminal_sn, terminal_id from terminals where terminal_uid = $1',
);

const countTillsOfTid = statement(
  'count_tills_of_tid',
  `select count(*)::int as count from terminals t join tills till on till.terminal_uid = t.terminal_uid
   where t.client_id = $1 and t.merchant_id = $2 and t.terminal_id = $3 and till.standing = 'active'`,
);

const lockTillsOfTid = statement(
  'lock_tills_of_tid',
  `select ${COLUMNS} from tills where standing = 'active'
   and terminal_uid in (select terminal_uid from terminals where client_id = $1 and merchant_id = $2 and terminal_id = $3)
   limit 2 for update`,
);

const insertTill = statement(
  'insert_till',
  `insert into tills (till_uid, version, client_id, merchant_id, pos_id, standing, terminal_uid, changed_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8)`,
);

const updateTill = statement(
  'update_till',
  `update tills set version = $2, standing = $3, terminal_uid = $4, changed_at = $5
   where till_uid = $1 and version = $2 - 1 returning 1`,
);

/** No further than the limit, so that it costs the same for a merchant of any size. */
const countTills = statement(
  'count_tills',
  'select count(*)::int as count from (select 1 from tills where client_id = $1 and merchant_id = $2 limit $3) as counted',
);

const selectBinding = `
  select till.pos_id, t.terminal_uid, t.terminal_sn, t.terminal_id
  from tills till join terminals t on t.terminal_uid = till.terminal_uid
  where till.client_id = $1 and till.merchant_id = $2 and till.pos_id = $3 and till.standing = 'active'`;

const selectBindings = `
  select m.merchant_id, till.pos_id, t.terminal_sn, t.terminal_id
  from merchants m
  left join (tills till join terminals t on t.terminal_uid = till.terminal_uid)
    on till.client_id = m.client_id and till.merchant_id = m.merchant_id and till.standing = 'active'
  where m.client_id = $1 and m.merchant_id = $2
  order by till.pos_id`;

type BindingRow = { pos_id: string | null; terminal_uid?: string; terminal_sn: string | null; terminal_id: string | null };

/** Where tills and their bindings are kept. */
@Injectable()
export class TillStore {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  async lock(tx: Tx, { clientId, merchantId }: MerchantKey, posId: string): Promise<Till | undefined> {
    const [row] = await tx.query<TillRow>(lockTill, [clientId, merchantId, posId]);
    return row === undefined ? undefined : this.withTerminal(tx, row);
  }

  async lockByUid(tx: Tx, tillUid: string): Promise<Till | undefined> {
    const [row] = await tx.query<TillRow>(lockTillByUid, [tillUid]);
    return row === undefined ? undefined : this.withTerminal(tx, row);
  }

  /** How many bound tills have a terminal of this TID; if it is one, it comes along, locked. A placeholder may match thousands: those are only counted. */
  async lockByTid(tx: Tx, { clientId, merchantId }: MerchantKey, tid: string): Promise<{ till: Till | undefined; matches: number }> {
    const [row] = await tx.query<{ count: number }>(countTillsOfTid, [clientId, merchantId, tid]);
    const count = row?.count ?? 0;
    if (count !== 1) return { till: undefined, matches: count };
    // Between the two looks somebody may have bound another one, or unbound this one.
    const rows = await tx.query<TillRow>(lockTillsOfTid, [clientId, merchantId, tid]);
    const [only, ...more] = rows;
    const isOne = only !== undefined && more.length === 0;
    return { till: isOne ? await this.withTerminal(tx, only) : undefined, matches: rows.length };
  }

  /** Saves the next version of a till, the first one included; throws `VersionConflict` when it is not the next one. */
  async save(tx: Tx, { tillUid, version, clientId, merchantId, posId, standing, terminal }: Till, now: Date): Promise<void> {
    const terminalUid = terminal?.terminalUid ?? null;
    if (version === 1) {
      await tx.query(insertTill, [tillUid, version, clientId, merchantId, posId, standing, terminalUid, now]);
      return;
    }
    const updated = await tx.query(updateTill, [tillUid, version, standing, terminalUid, now]);
    if (updated.length === 0) throw new VersionConflict('the till was changed by someone else');
  }

  /** How many tills the merchant has, bound or not; of more than `atMost` it says `atMost`. */
  async count(tx: Tx, { clientId, merchantId }: MerchantKey, atMost: number): Promise<number> {
    const [row] = await tx.query<{ count: number }>(countTills, [clientId, merchantId, atMost]);
    return row?.count ?? 0;
  }

  /** What the till is bound to; undefined when it is suspended or not bound, or when there is no such till or merchant. */
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

  private async withTerminal(tx: Tx, row: TillRow): Promise<Till> {
    if (row.terminal_uid === null) return toTill(row, undefined);
    const [terminal] = await tx.query<TerminalOfTillRow>(selectTerminalOfTill, [row.terminal_uid]);
    return toTill(row, terminal);
  }
}

/** The binding in a row; none in that of a merchant without tills. */
function bindingIn({
  pos_id: posId,
  terminal_uid: terminalUid,
  terminal_sn: terminalSn,
  terminal_id: terminalId,
}: BindingRow): BindingV1[] {
  if (posId === null || terminalSn === null || terminalId === null) return [];
  return [{ posId, ...(terminalUid === undefined ? {} : { terminalUid }), terminalSn, terminalId }];
}

const toTill = (row: TillRow, terminal: TerminalOfTillRow | undefined): Till => ({
  tillUid: row.till_uid,
  version: row.version,
  clientId: row.client_id,
  merchantId: row.merchant_id,
  posId: row.pos_id,
  standing: row.standing,
  ...(terminal === undefined ? {} : { terminal: toBoundTerminal(terminal) }),
});

const toBoundTerminal = (row: TerminalOfTillRow): BoundTerminal => ({
  terminalUid: row.terminal_uid,
  terminalSn: row.terminal_sn,
  terminalId: row.terminal_id,
});
