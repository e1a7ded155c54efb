import { Inject, Injectable } from '@nestjs/common';
import { done, refused, type Answer, type CallerV1, type Reply } from '@tillbridge/contracts';
import type { Clock } from '@tillbridge/kernel';
import { CLOCK } from '@tillbridge/platform';
import { verifyRequest } from '@tillbridge/protocol';
import type { CallContext } from '../http/request-context.js';
import { claimedId } from '../paywizard/claims.js';
import { readObject, type JsonObject } from '../paywizard/json-object.js';
import { CallRates } from '../rates/call-rates.js';
import { CallerDirectory } from './caller-directory.js';

/** A call as it came over the wire. */
export type Call = {
  /** The exact bytes of the body. */
  readonly body: Uint8Array;
  /** The header `jwt-token`. */
  readonly token: string | undefined;
  /** How the body is signed: the header `sign`, or not at all, as in version 1. */
  readonly signature: { readonly required: true; readonly sign: string | undefined } | { readonly required: false };
  readonly cause: CallContext;
};

/** A call whose caller is known and whose body is really his. */
export type AdmittedCall = { readonly caller: CallerV1; readonly fields: JsonObject };

const MAX_TOKEN_LENGTH = 256;

/** Settles who calls before anything is said about what is asked, in the documented order (docs/DECISIONS.md 1.3). */
@Injectable()
export class Admission {
  constructor(
    @Inject(CallerDirectory) private readonly callers: CallerDirectory,
    @Inject(CallRates) private readonly rates: Pick<CallRates, 'admitToken'>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async admit(call: Call): Promise<Reply<AdmittedCall>> {
    const read = readObject(call.body);
    if (read.outcome !== 'done') return read;
    const fields = read.value;
    if (call.token === undefined || call.token === '' || call.token.length > MAX_TOKEN_LENGTH) return refused('token-invalid');
    const clientId = claimedId(fields, 'clientId');
    const looked = this.callers.find(clientId, call.token, call.cause);
    const found = looked instanceof Promise ? await looked : looked;
    if (found.outcome !== 'done') return found;
    const caller = found.value;
    if (this.hasExpired(caller)) return refused('token-invalid');
    if (caller.channel !== 'Terminal') return refused('token-invalid', `this is a token of the channel ${caller.channel}`);
    const waiting = this.rates.admitToken(caller, call.cause);
    if (waiting !== undefined) await waiting;
    const proven = checkSignature(call, caller);
    return proven.outcome === 'done' ? done({ caller, fields }) : proven;
  }

  /** The owner says so too, but what it said is remembered for a while. */
  private hasExpired({ tokenExpiresAt }: CallerV1): boolean {
    return tokenExpiresAt !== undefined && tokenExpiresAt <= this.clock.now().toISOString();
  }
}

function checkSignature({ body, signature }: Call, caller: CallerV1): Answer<object> {
  if (!signature.required) return caller.unsignedAllowed ? done({}) : refused('unsigned-refused');
  return isSigned(body, signature.sign, caller) ? done({}) : refused('signature-invalid');
}

/** Every secret is tried, also after a match, so that the time tells nothing about which one it was. */
function isSigned(body: Uint8Array, sign: string | undefined, caller: CallerV1): boolean {
  if (sign === undefined) return false;
  const matches = caller.clientSecrets.map((secret) => verifyRequest(body, caller.clientId, secret, sign));
  return matches.includes(true);
}
