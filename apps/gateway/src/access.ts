import { Inject, Injectable } from '@nestjs/common';
import {
  done,
  findMerchantAccess,
  issueMerchantToken,
  refused,
  tokenChannels,
  type MerchantAccessV1,
  type TokenChannel,
} from '@tillbridge/contracts';
import { equalInConstantTime, sha256Hex } from '@tillbridge/kernel';
import { RequestClient, type Cause, type Outcome } from '@tillbridge/messaging';
import type { CallContext } from './http/request-context.js';
import { deriveAccessToken, uidOfDerived } from './identity/access-tokens.js';
import { claimedId, claimedText } from './paywizard/claims.js';
import { readObject } from './paywizard/json-object.js';
import { readAccess } from './paywizard/plain-requests.js';
import { CallRates, tightRates } from './rates/call-rates.js';

export type IssuedToken = { readonly channel: TokenChannel; readonly token: string };
export type Access = {
  readonly merchantId: string;
  readonly merchantName: string;
  readonly channelName: string;
  readonly tokens: readonly IssuedToken[];
};

/** Stands for an answer about a developer that nobody has heard of: it costs the same to refuse. */
const NOBODY: MerchantAccessV1 = { clientSecrets: [''.padEnd(32, '0')], unsignedAllowed: false, revocations: 0 };

/** Gives a developer that shows its secret the tokens of one of its merchants (`generateAccessToken`, version 1, deprecated). */
@Injectable()
export class AccessOffice {
  constructor(
    @Inject(RequestClient) private readonly client: RequestClient,
    @Inject(CallRates) private readonly rates: CallRates,
  ) {}

  /** Throws TooManyRequests. The refusals come in the documented order (docs/DECISIONS.md 1.3); the secret stands in for token and signature. */
  async open(body: Uint8Array, cause: CallContext): Promise<Outcome<Access>> {
    const object = readObject(body);
    if (object.outcome !== 'done') return object;
    const fields = object.value;
    const claimed = { clientId: claimedId(fields, 'clientId'), merchantId: claimedId(fields, 'merchantId') };
    const found = await this.client.query(findMerchantAccess, claimed, cause);
    if (found.outcome !== 'done' && found.outcome !== 'refused') return found;
    const access = found.outcome === 'done' ? found.value : NOBODY;
    const secret = secretShown(access, claimedText(fields, 'clientSecret'));
    if (found.outcome === 'refused' || secret === undefined) return refused('client-mismatch', 'unknown clientId, or wrong clientSecret');
    // Counted once the secret was right: nobody shall use up a developer's calls without it.
    await this.rates.admit(tightRates.generateAccessTokenByClient, claimed.clientId, cause);
    if (!access.unsignedAllowed) return refused('unsigned-refused');
    const read = readAccess(fields);
    if (read.outcome !== 'done') return read;
    if (access.merchantName === undefined) return refused('not-yours');
    return this.issue({ ...read.value, clientSecret: secret }, { ...access, merchantName: access.merchantName }, cause);
  }

  private async issue(
    request: { clientId: string; clientSecret: string; merchantId: string; channelName: string },
    { revocations, merchantName }: { revocations: number; merchantName: string },
    cause: Cause,
  ): Promise<Outcome<Access>> {
    const { clientId, clientSecret, merchantId, channelName } = request;
    const tokens: IssuedToken[] = [];
    for (const channel of tokenChannels) {
      const token = deriveAccessToken({ clientId, clientSecret, merchantId, channel, revocations });
      const asked = { tokenUid: uidOfDerived(token), clientId, merchantId, channel, tokenHash: sha256Hex(token) };
      const issued = await this.client.request(issueMerchantToken, asked, cause);
      if (issued.outcome !== 'done') return issued;
      tokens.push({ channel, token });
    }
    return done({ merchantId, merchantName, channelName, tokens });
  }
}

/** The one of the secrets that was shown. All are compared, so that the time tells nothing. */
const secretShown = ({ clientSecrets }: MerchantAccessV1, shown: string): string | undefined =>
  clientSecrets.map((secret) => (equalInConstantTime(secret, shown) ? secret : undefined)).find((secret) => secret !== undefined);

/** The `data` of `generateAccessToken` (WIRE.md 6.1). */
export const tokenListOf = ({ merchantId, merchantName, channelName, tokens }: Access): object[] =>
  tokens.map(({ channel, token }) => ({ token, merchantId, merchantName, type: channel, channelName, expiryTime: NEVER }));

/** The vendor declares a text and shows a number; clients are written after what is shown. */
const NEVER = -1;
