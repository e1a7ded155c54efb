import { Injectable } from '@nestjs/common';
import type { PairTerminalV1 } from '@tillbridge/contracts';
import { statement, VersionConflict, type Tx } from '@tillbridge/messaging';
import type { PairingCode, Shown } from '../domain/pairing.js';
import { toTerminal, type TerminalRow } from './terminal-store.js';

type CodeRow = {
  code_uid: string;
  client_id: string;
  merchant_id: string;
  terminal_uid: string;
  code_hash: string;
  created_at: Date;
  expires_at: Date;
  used_at: Date | null;
  revoked_at: Date | null;
};
type ShownRow = CodeRow & TerminalRow & { is_open: boolean };

const COLUMNS = 'code_uid, client_id, merchant_id, terminal_uid, code_hash, created_at, expires_at, used_at, revoked_at';

const lockCode = statement('lock_pairing_code', `select ${COLUMNS} from pairing_codes where code_uid = $1 for update`);

const lockUnusedCode = statement(
  'lock_unused_pairing_code',
  `select ${COLUMNS} from pairing_codes where terminal_uid = $1 and used_at is null and revoked_at is null for update`,
);

const selectNamesake = statement(
  'select_pairing_code_namesake',
  `select ${COLUMNS} from pairing_codes where code_uid = $1 or code_hash = $2 limit 1`,
);

// Both rows are locked, so that of many who show one code at the same moment each sees what the one before has made of it.
const lockShownCode = statement(
  'lock_shown_pairing_code',
  `select c.*, t.version, t.terminal_sn, t.terminal_id, t.standing, t.key_hash, m.standing = 'active' and d.standing = 'active' as is_open
   from pairing_codes c
   join terminals t on t.terminal_uid = c.terminal_uid
   join merchants m on m.client_id = c.client_id and m.merchant_id = c.merchant_id
   join developers d on d.client_id = c.client_id
   where c.code_hash = $1 for update of t, c`,
);

const insertCode = statement('insert_pairing_code', `insert into pairing_codes (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`);

const endCode = statement(
  'end_pairing_code',
  `update pairing_codes set used_at = $2, revoked_at = $3
   where code_uid = $1 and used_at is null and revoked_at is null returning 1`,
);

/** Where pairing codes are kept, as hashes. */
@Injectable()
export class PairingStore {
  async lock(tx: Tx, codeUid: string): Promise<PairingCode | undefined> {
    const [row] = await tx.query<CodeRow>(lockCode, [codeUid]);
    return row === undefined ? undefined : toCode(row);
  }

  /** The code of a terminal that is neither used nor revoked, locked. */
  async lockUnused(tx: Tx, terminalUid: string): Promise<PairingCode | undefined> {
    const [row] = await tx.query<CodeRow>(lockUnusedCode, [terminalUid]);
    return row === undefined ? undefined : toCode(row);
  }

  /** A code with this uid or this hash. */
  async findNamesake(tx: Tx, { codeUid, codeHash }: Pick<PairingCode, 'codeUid' | 'codeHash'>): Promise<PairingCode | undefined> {
    const [row] = await tx.query<CodeRow>(selectNamesake, [codeUid, codeHash]);
    return row === undefined ? undefined : toCode(row);
  }

  /** The code that somebody shows and its terminal, both locked. */
  async lockShown(tx: Tx, { codeHash }: Pick<PairTerminalV1, 'codeHash'>): Promise<Shown | undefined> {
    const [row] = await tx.query<ShownRow>(lockShownCode, [codeHash]);
    return row === undefined ? undefined : { code: toCode(row), terminal: toTerminal(row), merchantIsOpen: row.is_open };
  }

  async insert(tx: Tx, code: PairingCode): Promise<void> {
    const { codeUid, clientId, merchantId, terminalUid, codeHash, createdAt, expiresAt } = code;
    await tx.query(insertCode, [codeUid, clientId, merchantId, terminalUid, codeHash, createdAt, expiresAt, null, null]);
  }

  /** Saves that a code was used or revoked; throws `VersionConflict` when it had ended before. */
  async end(tx: Tx, { codeUid, usedAt, revokedAt }: Pick<PairingCode, 'codeUid' | 'usedAt' | 'revokedAt'>): Promise<void> {
    const ended = await tx.query(endCode, [codeUid, usedAt ?? null, revokedAt ?? null]);
    if (ended.length === 0) throw new VersionConflict('the pairing code was ended by someone else');
  }
}

const toCode = (row: CodeRow): PairingCode => ({
  codeUid: row.code_uid,
  clientId: row.client_id,
  merchantId: row.merchant_id,
  terminalUid: row.terminal_uid,
  codeHash: row.code_hash,
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
  ...(row.used_at === null ? {} : { usedAt: row.used_at.toISOString() }),
  ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at.toISOString() }),
});
