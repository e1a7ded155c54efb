import { Injectable } from '@nestjs/common';
import type { MerchantV1 } from '@tillbridge/contracts';
import { statement, VersionConflict, type Tx } from '@tillbridge/messaging';

/** How a merchant is named: its number is known within its developer only. */
export type MerchantKey = Pick<MerchantV1, 'clientId' | 'merchantId'>;

type SituationRow = { developer_known: boolean; version: number | null; name: string | null; currency_code: string | null };

const selectMerchantSituation = statement(
  'select_merchant_situation',
  `select true as developer_known, m.version, m.name, m.currency_code
   from developers d left join merchants m on m.client_id = d.client_id and m.merchant_id = $2
   where d.client_id = $1`,
);

const selectMerchantKnown = statement('select_merchant_known', 'select 1 from merchants where client_id = $1 and merchant_id = $2');

const insertMerchant = statement(
  'insert_merchant',
  'insert into merchants (client_id, merchant_id, version, name, currency_code, registered_at) values ($1, $2, $3, $4, $5, $6)',
);

const updateMerchant = statement(
  'update_merchant',
  `update merchants set version = $3, name = $4, currency_code = $5
   where client_id = $1 and merchant_id = $2 and version = $3 - 1 returning 1`,
);

/** Where merchants are kept. */
@Injectable()
export class MerchantStore {
  async situationFor(tx: Tx, key: MerchantKey): Promise<{ developerKnown: boolean; known: MerchantV1 | undefined }> {
    const { clientId, merchantId } = key;
    const [row] = await tx.query<SituationRow>(selectMerchantSituation, [clientId, merchantId]);
    if (row === undefined) return { developerKnown: false, known: undefined };
    const { version, name, currency_code: currencyCode } = row;
    const isKnown = version !== null && name !== null && currencyCode !== null;
    return { developerKnown: true, known: isKnown ? { clientId, merchantId, version, name, currencyCode } : undefined };
  }

  async isKnown(tx: Tx, { clientId, merchantId }: MerchantKey): Promise<boolean> {
    return (await tx.query(selectMerchantKnown, [clientId, merchantId])).length > 0;
  }

  async insert(tx: Tx, { clientId, merchantId, version, name, currencyCode }: MerchantV1, now: Date): Promise<void> {
    await tx.query(insertMerchant, [clientId, merchantId, version, name, currencyCode, now]);
  }

  /** Saves the next version; throws `VersionConflict` when it is not the next one. */
  async update(tx: Tx, { clientId, merchantId, version, name, currencyCode }: MerchantV1): Promise<void> {
    const updated = await tx.query(updateMerchant, [clientId, merchantId, version, name, currencyCode]);
    if (updated.length === 0) throw new VersionConflict('the merchant was changed by someone else');
  }
}
