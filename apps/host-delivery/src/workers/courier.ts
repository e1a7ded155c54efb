import { Inject, Injectable } from '@nestjs/common';
import { looksLikeFullPan, type Clock, type Secret } from '@tillbridge/kernel';
import { CLOCK, LOG, type Log } from '@tillbridge/platform';
import { checkPushUrl, type PushEnvironment } from '@tillbridge/protocol';
import type { Failure } from '../domain/outcome.js';
import { ENVIRONMENT, PATIENCE, type Patience } from '../options.js';
import type { ClaimedDelivery } from '../store/delivery-row.js';
import { SigningSecrets } from '../store/signing-secrets.js';
import { HttpPoster, type Posted } from './http-poster.js';
import { signedMessage, type PushMessage } from './push-message.js';

/** Makes one attempt: everything between the claimed row and the answer of the host. */
@Injectable()
export class Courier {
  constructor(
    @Inject(HttpPoster) private readonly poster: HttpPoster,
    @Inject(SigningSecrets) private readonly secrets: SigningSecrets,
    @Inject(ENVIRONMENT) private readonly environment: PushEnvironment,
    @Inject(PATIENCE) private readonly patience: Patience,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Never throws: a delivery that cannot be made is its own failed attempt and stops no other. */
  async attempt(delivery: ClaimedDelivery): Promise<Posted> {
    if (!delivery.isEndpointEnabled) return failed('endpoint-disabled');
    const checked = checkPushUrl(delivery.url, this.environment);
    if (!checked.ok) return failed('url-refused');
    if (delivery.sealedSecret === undefined) return failed('no-signing-secret');
    const secret = this.secrets.open(delivery.sealedSecret);
    if (secret === undefined) return failed('secret-unreadable');
    const message = this.sign(delivery, secret);
    if (message === undefined) return failed('defect');
    const posted = await this.poster.post(checked.url, message, this.patience.postTimeoutMs);
    return posted.excerpt === undefined ? posted : { ...posted, excerpt: storable(posted.excerpt, secret) };
  }

  private sign(delivery: ClaimedDelivery, secret: Secret): PushMessage | undefined {
    try {
      return signedMessage(delivery, secret.reveal(), this.clock.now());
    } catch (error) {
      this.log.error({ err: error, deliveryId: delivery.deliveryId }, 'a push could not be signed');
      return undefined;
    }
  }
}

const failed = (failure: Failure): Posted => ({ kind: 'failed', failure });

/** What of an answer may be kept. A chatty host may echo the secret or send card data, and PostgreSQL takes no NUL in a text. */
function storable(excerpt: string, secret: Secret): string {
  if (looksLikeFullPan(excerpt)) return '(withheld: it looks like card data)';
  return excerpt.replaceAll(secret.reveal(), '***').replaceAll('\u0000', '\uFFFD');
}
