import type {
  AuditEntryV1,
  ClientSecretRecordV1,
  DeveloperRecordV1,
  LateResultPolicy,
  MerchantRecordV1,
  PairingCodeRecordV1,
  Standing,
  TerminalCredential,
  TerminalPolicy,
  TerminalRecordV1,
  TillRecordV1,
  TokenChannel,
  TokenRecordV1,
} from '@tillbridge/contracts';
import { stateOf } from '../domain/pairing.js';
import type { RecordList } from './record-lists.js';

/** What operators read of each kind of record. No secret, token, key or code is selected, not even hashed. */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ANY = /^/;

type Numbered = { record_no: string };
type OfMerchant = { client_id: string; merchant_id: string };

const ofMerchant = (alias: string, id: string) => ({
  clientId: `${alias}.client_id = $`,
  merchantId: `${alias}.merchant_id = $`,
  id: `${alias}.${id} = $`,
});

/** The instant of a column under the name of a member; none for null. */
const instant = <Name extends string>(name: Name, at: Date | null): { [Key in Name]?: string } =>
  (at === null ? {} : { [name]: at.toISOString() }) as { [Key in Name]?: string };

type DeveloperRow = Numbered & {
  client_id: string;
  version: number;
  name: string;
  standing: Standing;
  unsigned_allowed: boolean;
  registered_at: Date;
  secrets: { secretUid: string; keyId: string; createdAt: string }[];
};

/** `merchantId` finds the developers that serve a merchant of this number. */
export const developerList: RecordList<DeveloperRow, DeveloperRecordV1> = {
  name: 'developers',
  table: 'developers',
  alias: 'd',
  number: 'record_no',
  select: `
    select d.record_no, d.client_id, d.version, d.name, d.standing, d.unsigned_allowed, d.registered_at,
      (select coalesce(jsonb_agg(jsonb_build_object('secretUid', s.secret_uid, 'keyId', s.key_id, 'createdAt', s.created_at)
         order by s.created_at, s.slot), '[]')
       from client_secrets s where s.client_id = d.client_id and s.removed_at is null) as secrets
    from developers d`,
  order: ['client_id'],
  filters: {
    clientId: 'd.client_id = $',
    merchantId: 'exists (select from merchants m where m.client_id = d.client_id and m.merchant_id = $)',
    id: 'd.client_id = $',
  },
  idForm: ANY,
  toItem: (row) => ({
    clientId: row.client_id,
    version: row.version,
    name: row.name,
    standing: row.standing,
    unsignedAllowed: row.unsigned_allowed,
    createdAt: row.registered_at.toISOString(),
    secrets: row.secrets.map((each): ClientSecretRecordV1 => ({ ...each, createdAt: new Date(each.createdAt).toISOString() })),
  }),
};

type MerchantRow = Numbered &
  OfMerchant & {
    version: number;
    name: string;
    currency_code: string;
    standing: Standing;
    terminal_policy: TerminalPolicy;
    late_results: LateResultPolicy;
    deadline_seconds: number;
    registered_at: Date;
  };

export const merchantList: RecordList<MerchantRow, MerchantRecordV1> = {
  name: 'merchants',
  table: 'merchants',
  alias: 'm',
  number: 'record_no',
  select: `
    select m.record_no, m.client_id, m.merchant_id, m.version, m.name, m.currency_code, m.standing, m.terminal_policy, m.late_results,
      m.deadline_seconds, m.registered_at
    from merchants m`,
  order: ['client_id', 'merchant_id'],
  filters: ofMerchant('m', 'merchant_id'),
  idForm: ANY,
  toItem: (row) => ({
    clientId: row.client_id,
    merchantId: row.merchant_id,
    version: row.version,
    name: row.name,
    currencyCode: row.currency_code,
    standing: row.standing,
    terminalPolicy: row.terminal_policy,
    lateResults: row.late_results,
    deadlineSeconds: row.deadline_seconds,
    createdAt: row.registered_at.toISOString(),
  }),
};

type TokenRow = Numbered &
  OfMerchant & {
    token_uid: string;
    version: number;
    channel: TokenChannel;
    issued_at: Date;
    expires_at: Date | null;
    revoked_at: Date | null;
  };

export const tokenList: RecordList<TokenRow, TokenRecordV1> = {
  name: 'tokens',
  table: 'merchant_tokens',
  alias: 't',
  number: 'record_no',
  select: `
    select t.record_no, t.token_uid, t.version, t.client_id, t.merchant_id, t.channel, t.issued_at, t.expires_at, t.revoked_at
    from merchant_tokens t`,
  order: ['record_no'],
  filters: ofMerchant('t', 'token_uid'),
  idForm: UUID,
  toItem: (row) => ({
    tokenUid: row.token_uid,
    version: row.version,
    clientId: row.client_id,
    merchantId: row.merchant_id,
    channel: row.channel,
    createdAt: row.issued_at.toISOString(),
    ...instant('expiresAt', row.expires_at),
    ...instant('revokedAt', row.revoked_at),
  }),
};

type TerminalRow = Numbered &
  OfMerchant & {
    terminal_uid: string;
    version: number;
    terminal_sn: string;
    terminal_id: string;
    standing: Standing;
    credential: TerminalCredential;
    registered_at: Date;
  };

export const terminalList: RecordList<TerminalRow, TerminalRecordV1> = {
  name: 'terminals',
  table: 'terminals',
  alias: 't',
  number: 'record_no',
  select: `
    select t.record_no, t.terminal_uid, t.version, t.client_id, t.merchant_id, t.terminal_sn, t.terminal_id, t.standing, t.registered_at,
      case when t.key_hash is not null then 'key'
        when exists (select from pairing_codes c where c.terminal_uid = t.terminal_uid and c.used_at is null and c.revoked_at is null
          and c.expires_at > now()) then 'pairing-code'
        else 'none' end as credential
    from terminals t`,
  order: ['record_no'],
  filters: ofMerchant('t', 'terminal_uid'),
  idForm: UUID,
  toItem: (row) => ({
    terminalUid: row.terminal_uid,
    version: row.version,
    clientId: row.client_id,
    merchantId: row.merchant_id,
    terminalSn: row.terminal_sn,
    terminalId: row.terminal_id,
    standing: row.standing,
    credential: row.credential,
    createdAt: row.registered_at.toISOString(),
  }),
};

type TillRow = Numbered &
  OfMerchant & {
    till_uid: string;
    version: number;
    pos_id: string;
    standing: Standing;
    terminal_uid: string | null;
    terminal_sn: string | null;
    terminal_id: string | null;
    changed_at: Date;
  };

export const tillList: RecordList<TillRow, TillRecordV1> = {
  name: 'tills',
  table: 'tills',
  alias: 'till',
  number: 'record_no',
  select: `
    select till.record_no, till.till_uid, till.version, till.client_id, till.merchant_id, till.pos_id, till.standing, till.changed_at,
      t.terminal_uid, t.terminal_sn, t.terminal_id
    from tills till left join terminals t on t.terminal_uid = till.terminal_uid`,
  order: ['record_no'],
  filters: ofMerchant('till', 'till_uid'),
  idForm: UUID,
  toItem: ({ terminal_uid: terminalUid, terminal_sn: terminalSn, terminal_id: terminalId, ...row }) => ({
    tillUid: row.till_uid,
    version: row.version,
    clientId: row.client_id,
    merchantId: row.merchant_id,
    posId: row.pos_id,
    standing: row.standing,
    changedAt: row.changed_at.toISOString(),
    ...(terminalUid === null || terminalSn === null || terminalId === null ? {} : { terminalUid, terminalSn, terminalId }),
  }),
};

type CodeRow = Numbered &
  OfMerchant & {
    code_uid: string;
    terminal_uid: string;
    terminal_sn: string;
    created_at: Date;
    expires_at: Date;
    used_at: Date | null;
    revoked_at: Date | null;
    read_at: Date;
  };

export const pairingCodeList: RecordList<CodeRow, PairingCodeRecordV1> = {
  name: 'pairing-codes',
  table: 'pairing_codes',
  alias: 'c',
  number: 'record_no',
  select: `
    select c.record_no, c.code_uid, c.client_id, c.merchant_id, c.terminal_uid, t.terminal_sn, c.created_at, c.expires_at, c.used_at, c.revoked_at,
      now() as read_at
    from pairing_codes c join terminals t on t.terminal_uid = c.terminal_uid`,
  order: ['record_no'],
  filters: ofMerchant('c', 'code_uid'),
  idForm: UUID,
  toItem: (row) => {
    const expiresAt = row.expires_at.toISOString();
    return {
      codeUid: row.code_uid,
      terminalUid: row.terminal_uid,
      clientId: row.client_id,
      merchantId: row.merchant_id,
      terminalSn: row.terminal_sn,
      state: stateOf({ expiresAt, ...instant('usedAt', row.used_at), ...instant('revokedAt', row.revoked_at) }, row.read_at),
      createdAt: row.created_at.toISOString(),
      expiresAt,
    };
  },
};

type AuditRow = Numbered & {
  at: Date;
  by: string;
  action: string;
  kind: string;
  record_id: string;
  client_id: string | null;
  merchant_id: string | null;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  correlation_id: string;
};

export const auditList: RecordList<AuditRow, AuditEntryV1> = {
  name: 'audit',
  table: 'audit_log',
  alias: 'a',
  number: 'audit_id',
  select: `
    select a.audit_id as record_no, a.at, a.by, a.action, a.kind, a.record_id, a.client_id, a.merchant_id, a.before, a.after, a.correlation_id
    from audit_log a`,
  order: ['audit_id'],
  newestFirst: true,
  filters: ofMerchant('a', 'audit_id'),
  idForm: /^[0-9]{1,18}$/,
  toItem: ({ client_id: clientId, merchant_id: merchantId, before, after, ...row }) => ({
    auditId: row.record_no,
    at: row.at.toISOString(),
    by: row.by,
    action: row.action,
    kind: row.kind,
    recordId: row.record_id,
    ...(clientId === null ? {} : { clientId }),
    ...(merchantId === null ? {} : { merchantId }),
    ...(before === null ? {} : { before }),
    ...(after === null ? {} : { after }),
    correlationId: row.correlation_id,
  }),
};
