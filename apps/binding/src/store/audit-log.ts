import { Inject, Injectable } from '@nestjs/common';
import { catalogue } from '@tillbridge/contracts';
import { assert, type Clock } from '@tillbridge/kernel';
import { statement, type MessageContext } from '@tillbridge/messaging';
import { CLOCK } from '@tillbridge/platform';

const insertEntry = statement(
  'insert_audit_entry',
  `insert into audit_log (request_id, at, by, action, kind, record_id, client_id, merchant_id, before, after, correlation_id)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10::jsonb, $11)`,
);

const selectRequest = statement('select_audited_request', 'select 1 from audit_log where request_id = $1');

/** One change of a record. `before` and `after` are what may be shown of it: never a secret, token, key or code, not even hashed or sealed. */
export type AuditedChange = {
  /** The operator, or who else asked. */
  readonly by: string;
  readonly kind: 'developer' | 'client-secrets' | 'merchant' | 'merchant-token' | 'terminal' | 'pairing-code' | 'till';
  readonly recordId: string;
  readonly clientId?: string;
  readonly merchantId?: string;
  readonly before?: object | undefined;
  readonly after?: object;
};

/** Who asks when the request names nobody: only operators' tools send such requests. */
export const OPERATOR = 'operator';

/** Who changed what: one entry for every request that changed something, in its transaction. Entries are never changed or deleted. */
@Injectable()
export class AuditLog {
  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  async record({ head, tx }: MessageContext, change: AuditedChange): Promise<void> {
    const { by, kind, recordId, clientId = null, merchantId = null, before, after } = change;
    const action = catalogue.find(head.type)?.name;
    assert(action !== undefined, `no contract is called ${head.type}`);
    const [was, is] = [before, after].map((state) => (state === undefined ? null : JSON.stringify(state)));
    const who = [head.id, this.clock.now(), by, action];
    await tx.query(insertEntry, [...who, kind, recordId, clientId, merchantId, was, is, tx.cause.correlationId]);
  }

  /** Was this very request carried out before? Then it was delivered once more. */
  async has({ head, tx }: MessageContext): Promise<boolean> {
    return (await tx.query(selectRequest, [head.id])).length > 0;
  }
}
