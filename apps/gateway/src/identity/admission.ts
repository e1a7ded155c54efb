import { Inject, Injectable } from '@nestjs/common';
import { done, refused, type CallerV1, type Reply } from '@tillbridge/contracts';
import type { Cause } from '@tillbridge/messaging';
import { verifyRequest } from '@tillbridge/protocol';
import { readObject, type JsonObject } from '../paywizard/json-object.js';
import { CallRates } from '../rates/call-rates.js';
import { CallerDirectory } from './caller-directory.js';

/** A call as it came over the wire. */
export type Call = {
  /** The exact bytes of the body. */
  readonly body: Uint8Array;
  /** The header `jwt-token`. */
  readonly token: string | undefined;
  /** The header `sign`. */
  readonly sign: string | undefined;
  readonly cause: Cause;
};

/** A call whose caller is known and whose body is really his. */
export type AdmittedCall = { readonly caller: CallerV1; readonly fields: JsonObject };

const MAX_TOKEN_LENGTH = 256;
const MAX_CLIENT_ID_LENGTH = 64;
/** Nobody has this clientId, so a valid token does not belong with it. It lets a body without clientId keep the order: token first. */
const NO_CLIENT_ID = '-';

/** Settles who calls before anything is said about what is asked, in the documented order (docs/DECISIONS.md 1.3). */
@Injectable()
export class Admission {
  constructor(
    @Inject(CallerDirectory) private readonly callers: CallerDirectory,
    @Inject(CallRates) private readonly rates: Pick<CallRates, 'admitToken'>,
  ) {}

  async admit(call: Call): Promise<Reply<AdmittedCall>> {
    const read = readObject(call.body);
    if (read.outcome !== 'done') return read;
    const fields = read.value;
    if (call.token === undefined || call.token === '' || call.token.length > MAX_TOKEN_LENGTH) return refused('token-invalid');
    const clientId = clientIdIn(fields);
    const found = await this.callers.find(clientId, call.token, call.cause);
    if (found.outcome !== 'done') return found;
    const caller = found.value;
    if (caller.channel !== 'Terminal') return refused('token-invalid', `this is a token of the channel ${caller.channel}`);
    await this.rates.admitToken(caller, call.cause);
    return isSigned(call, caller) ? done({ caller, fields }) : refused('signature-invalid');
  }
}

function clientIdIn(fields: JsonObject): string {
  const given = fields['clientId'];
  const clientId = Number.isSafeInteger(given) ? String(given) : given;
  return typeof clientId === 'string' && clientId !== '' && clientId.length <= MAX_CLIENT_ID_LENGTH ? clientId : NO_CLIENT_ID;
}

/** Every secret is tried, also after a match, so that the time tells nothing about which one it was. */
function isSigned({ body, sign }: Call, caller: CallerV1): boolean {
  if (sign === undefined) return false;
  const matches = caller.clientSecrets.map((secret) => verifyRequest(body, caller.clientId, secret, sign));
  return matches.includes(true);
}
