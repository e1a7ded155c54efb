import { Inject, Injectable } from '@nestjs/common';
import { errors, type CallerV1 } from '@tillbridge/contracts';
import { networkOfCaller } from '@tillbridge/platform';
import type { FastifyRequest } from 'fastify';
import { ProblemException } from '../http/problem-answer.js';
import { causeOf, type CallContext } from '../http/request-context.js';
import { RateLimiter, type RatePolicy, type Standing } from './rate-limiter.js';

/** Injection token of the limits that the configuration sets. */
export const CALL_RATES = Symbol('call rates');

/** Calls in a second, as they are configured; they are counted over a window, so a short burst may be larger. */
export type ConfiguredRates = { readonly addressPerSecond: number; readonly tokenPerSecond: number };

const WINDOW_S = 10;
const MINUTE_MS = 60_000;

/** Tighter limits of single operations. Nothing legitimate needs more, and each try may be a guess. */
export const tightRates = {
  /** It shows tokens for the asking; a till needs it once a day. By clientId. */
  generateAccessTokenByClient: { name: 'access-token-client', limit: 10, windowMs: MINUTE_MS },
  /** The same by address. */
  generateAccessTokenByAddress: { name: 'access-token-address', limit: 10, windowMs: MINUTE_MS },
  /** Wrong admin tokens, by address. */
  failedAdminLogin: { name: 'admin-login', limit: 20, windowMs: MINUTE_MS },
} as const satisfies Record<string, RatePolicy>;

/** Thrown where a limit is reached; the filter gives it the form of the dialect or of problem details. */
export class TooManyRequests extends ProblemException {
  constructor(readonly standing: Standing) {
    const { text, code, httpStatus } = errors['too-many-requests'];
    super({ title: text, status: httpStatus, code });
  }
}

/** Almost every call is admitted at once, and then there is nothing to wait for: a promise for each would cost more than the counting. */
type Waiting = Promise<void> | undefined;

function settle(standing: Standing, call: CallContext): void {
  call.standing = standing;
  if (!standing.allowed) throw new TooManyRequests(standing);
}

/** Who may call how often. What was counted last for a call stands in the headers of its answer. */
@Injectable()
export class CallRates {
  private readonly byAddress: RatePolicy;
  private readonly byToken: RatePolicy;

  constructor(
    @Inject(RateLimiter) private readonly limiter: RateLimiter,
    @Inject(CALL_RATES) rates: ConfiguredRates,
  ) {
    this.byAddress = perSecond('address', rates.addressPerSecond);
    this.byToken = perSecond('token', rates.tokenPerSecond);
  }

  /** Before anything is looked up. Throws TooManyRequests. */
  admitAddress(request: FastifyRequest): Waiting {
    return this.admitSoon(this.byAddress, networkOfCaller(request), causeOf(request));
  }

  /** Once the token was found to be valid: made-up ones must not fill the store. Throws TooManyRequests. */
  admitToken({ tokenUid }: Pick<CallerV1, 'tokenUid'>, call: CallContext): Waiting {
    return this.admitSoon(this.byToken, tokenUid, call);
  }

  /** One of the tight limits. Throws TooManyRequests. */
  async admit(policy: RatePolicy, key: string, call: CallContext): Promise<void> {
    settle(await this.limiter.take(policy, key), call);
  }

  private admitSoon(policy: RatePolicy, key: string, call: CallContext): Waiting {
    const standing = this.limiter.takeAtOnce(policy, key);
    if (standing === undefined) return this.admit(policy, key, call);
    settle(standing, call);
    return undefined;
  }

  /** Before a login is looked at: after too many failures a right one is refused as well, else guessing would go on. Throws TooManyRequests. */
  refuseGuessing(request: FastifyRequest): void {
    const standing = this.limiter.look(tightRates.failedAdminLogin, networkOfCaller(request));
    if (!standing.allowed) settle(standing, causeOf(request));
  }

  /** Counts a login that failed. Throws TooManyRequests. */
  countFailedLogin(request: FastifyRequest): Promise<void> {
    return this.admit(tightRates.failedAdminLogin, networkOfCaller(request), causeOf(request));
  }

  /** Of the answer to this call: `RateLimit-*`, and `Retry-After` when it was refused. Seconds are rounded up, so that waiting them is enough. */
  headersOf({ standing }: CallContext): Record<string, string> {
    if (standing === undefined) return {};
    const reset = String(Math.max(1, Math.ceil(standing.resetMs / 1_000)));
    const headers = {
      'ratelimit-limit': String(standing.limit),
      'ratelimit-remaining': String(standing.remaining),
      'ratelimit-reset': reset,
    };
    return standing.allowed ? headers : { ...headers, 'retry-after': reset };
  }
}

const perSecond = (name: string, most: number): RatePolicy => ({ name, limit: most * WINDOW_S, windowMs: WINDOW_S * 1_000 });
