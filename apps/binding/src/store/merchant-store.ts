import { Injectable } from '@nestjs/common';
import type { LateResultPolicy, MerchantV1, Standing, TerminalPolicy } from '@tillbridge/contracts';
import { statement, VersionConflict, type Tx } from '@tillbridge/messaging';
import type { Merchant, ServedMerchant } from '../domain/merchant.js';

/** How a merchant is named: its number is known within its developer only. */
export type MerchantKey = Pick<MerchantV1, 'clientId' | 'merchantId'>;

type MerchantRow = {
  client_id: string;
  merchant_id: string;
  version: number;
  name: string;
  currency_code: string;
  standing: Standing;
  terminal_policy: TerminalPolicy;
  late_results: LateResultPolicy;
  deadline_seconds: number;
};

const COLUMNS = 'client_id, merchant_id, version, name, currency_code, standing, terminal_policy, late_results, deadline_seconds';

const selectDeveloperKnown = statement('select_developer_known', 'select 1 from developers where client_id = $1');

const lockMerchant = statement('lock_merchant', `select ${COLUMNS} from merchants where client_id = $1 and merchant_id = $2 for update`);

const selectServed = statement(
  'select_served_merchant',
  `select m.terminal_policy, m.standing = 'active' and d.standing = 'active' as is_open
   from merchants m join developers d on d.client_id = m.client_id
   where m.client_id = $1 and m.merchant_id = $2`,
);

const insertMerchant = statement(
  'insert_merchant',
  `insert into merchants (${COLUMNS}, registered_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
);

const updateMerchant = statement(
  'update_merchant',
  `update merchants
   set version = $3, name = $4, currency_code = $5, standing = $6, terminal_policy = $7, late_results = $8, deadline_seconds = $9
   where client_id = $1 and merchant_id = $2 and version = $3 - 1 returning 1`,
);

/** Where merchants are kept. */
@Injectable()
export class MerchantStore {
  async situationFor(tx: Tx, key: MerchantKey): Promise<{ developerKnown: boolean; known: Merchant | undefined }> {
    const developers = await tx.query(selectDeveloperKnown, [key.clientId]);
    return { developerKnown: developers.length > 0, known: await this.lock(tx, key) };
  }

  async lock(tx: Tx, { clientId, merchantId }: MerchantKey): Promise<Merchant | undefined> {
    const [row] = await tx.query<MerchantRow>(lockMerchant, [clientId, merchantId]);
    return row === undefined ? undefined : toMerchant(row);
  }

  /** The merchant as those see it who are served for it. */
  async findServed(tx: Tx, { clientId, merchantId }: MerchantKey): Promise<ServedMerchant | undefined> {
    const [row] = await tx.query<{ terminal_policy: TerminalPolicy; is_open: boolean }>(selectServed, [clientId, merchantId]);
    return row === undefined ? undefined : { isOpen: row.is_open, terminalPolicy: row.terminal_policy };
  }

  async insert(tx: Tx, merchant: Merchant, now: Date): Promise<void> {
    await tx.query(insertMerchant, [...valuesOf(merchant), now]);
  }

  /** Saves the next version; throws `VersionConflict` when it is not the next one. */
  async update(tx: Tx, merchant: Merchant): Promise<void> {
    const updated = await tx.query(updateMerchant, valuesOf(merchant));
    if (updated.length === 0) throw new VersionConflict('the merchant was changed by someone else');
  }
}

const toMerchant = (row: MerchantRow): Merchant => ({
  clientId: row.client_id,
  merchantId: row.merchant_id,
  version: row.version,
  name: row.name,
  currencyCode: row.currency_code,
  standing: row.standing,
  terminalPolicy: row.terminal_policy,
  lateResults: row.late_results,
  deadlineSeconds: row.deadline_seconds,
});

/** In the order of the columns. */
const valuesOf = (merchant: Merchant): unknown[] => [
  ...[merchant.clientId, merchant.merchantId, merchant.version],
  ...[merchant.name, merchant.currencyCode, merchant.standing],
  ...[merchant.terminalPolicy, merchant.lateResults, merchant.deadlineSeconds],
];
