import { Inject, Injectable } from '@nestjs/common';
import type { AuthenticatedTerminalV1, AuthenticateTerminalV1, EnrolTerminalV1, Standing } from '@tillbridge/contracts';
import { statement, VersionConflict, type Tx } from '@tillbridge/messaging';
import { DataSource } from 'typeorm';
import type { Terminal } from '../domain/terminal.js';
import type { MerchantKey } from './merchant-store.js';

export type TerminalRow = {
  terminal_uid: string;
  version: number;
  client_id: string;
  merchant_id: string;
  terminal_sn: string;
  terminal_id: string;
  standing: Standing;
  key_hash: string | null;
};

const COLUMNS = 'terminal_uid, version, client_id, merchant_id, terminal_sn, terminal_id, standing, key_hash';
const OF_MERCHANT = 'client_id = $1 and merchant_id = $2 and terminal_sn = $3';

const selectTerminal = statement('select_terminal', `select ${COLUMNS} from terminals where ${OF_MERCHANT}`);

const lockTerminal = statement('lock_terminal', `select ${COLUMNS} from terminals where ${OF_MERCHANT} for update`);

const lockTerminalByUid = statement('lock_terminal_by_uid', `select ${COLUMNS} from terminals where terminal_uid = $1 for update`);

const lockNamesakes = statement(
  'lock_terminal_namesakes',
  `select ${COLUMNS} from terminals
   where terminal_sn = $3 and ((client_id = $1 and merchant_id = $2) or key_hash = $4)
   order by terminal_uid for update`,
);

const insertTerminal = statement(
  'insert_terminal',
  `insert into terminals (${COLUMNS}, registered_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
);

const updateTerminal = statement(
  'update_terminal',
  `update terminals set version = $2, terminal_id = $3, standing = $4, key_hash = $5
   where terminal_uid = $1 and version = $2 - 1 returning 1`,
);

const selectByKey = `
  select t.terminal_uid, t.client_id, t.merchant_id
  from terminals t
  join merchants m on m.client_id = t.client_id and m.merchant_id = t.merchant_id
  join developers d on d.client_id = t.client_id
  where t.terminal_sn = $1 and t.key_hash = $2 and t.standing = 'active' and m.standing = 'active' and d.standing = 'active'`;

export const toTerminal = (row: TerminalRow): Terminal => ({
  terminalUid: row.terminal_uid,
  version: row.version,
  clientId: row.client_id,
  merchantId: row.merchant_id,
  terminalSn: row.terminal_sn,
  terminalId: row.terminal_id,
  standing: row.standing,
  keyHash: row.key_hash,
});

/** Where terminals are kept, with the hashes of their keys. */
@Injectable()
export class TerminalStore {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /** The merchant's terminal of this serial number. */
  async find(tx: Tx, { clientId, merchantId }: MerchantKey, terminalSn: string): Promise<Terminal | undefined> {
    const [row] = await tx.query<TerminalRow>(selectTerminal, [clientId, merchantId, terminalSn]);
    return row === undefined ? undefined : toTerminal(row);
  }

  async lock(tx: Tx, { clientId, merchantId }: MerchantKey, terminalSn: string): Promise<Terminal | undefined> {
    const [row] = await tx.query<TerminalRow>(lockTerminal, [clientId, merchantId, terminalSn]);
    return row === undefined ? undefined : toTerminal(row);
  }

  async lockByUid(tx: Tx, terminalUid: string): Promise<Terminal | undefined> {
    const [row] = await tx.query<TerminalRow>(lockTerminalByUid, [terminalUid]);
    return row === undefined ? undefined : toTerminal(row);
  }

  /** The terminal for an enrolment, locked; `keyTaken`: another merchant's terminal of this serial number has the key that is to be given. */
  async lockFor(tx: Tx, request: EnrolTerminalV1): Promise<{ known: Terminal | undefined; keyTaken: boolean }> {
    const { clientId, merchantId, terminalSn, keyHash } = request;
    const terminals = (await tx.query<TerminalRow>(lockNamesakes, [clientId, merchantId, terminalSn, keyHash])).map(toTerminal);
    const known = terminals.find((each) => each.clientId === clientId && each.merchantId === merchantId);
    return { known, keyTaken: terminals.some((each) => each !== known) };
  }

  async insert(tx: Tx, terminal: Terminal, now: Date): Promise<void> {
    const { terminalUid, version, clientId, merchantId, terminalSn, terminalId, standing, keyHash } = terminal;
    await tx.query(insertTerminal, [terminalUid, version, clientId, merchantId, terminalSn, terminalId, standing, keyHash, now]);
  }

  /** Saves the next version; throws `VersionConflict` when it is not the next one. */
  async update(tx: Tx, { terminalUid, version, terminalId, standing, keyHash }: Terminal): Promise<void> {
    const updated = await tx.query(updateTerminal, [terminalUid, version, terminalId, standing, keyHash]);
    if (updated.length === 0) throw new VersionConflict('the terminal was changed by someone else');
  }

  /** The one terminal with this serial number and key; none when it, its merchant or its developer is suspended. */
  async authenticate({ terminalSn, keyHash }: AuthenticateTerminalV1): Promise<AuthenticatedTerminalV1 | undefined> {
    const [row]: TerminalRow[] = await this.dataSource.query(selectByKey, [terminalSn, keyHash]);
    return row === undefined ? undefined : { terminalUid: row.terminal_uid, clientId: row.client_id, merchantId: row.merchant_id };
  }
}
