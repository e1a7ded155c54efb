import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  transactionApproved,
  transactionCancelled,
  transactionCorrected,
  transactionDeclined,
  transactionFailed,
  type TransactionCorrectedV1,
  type TransactionV1,
} from '@tillbridge/contracts';
import { newId, type Clock } from '@tillbridge/kernel';
import { OnFact, type MessageContext } from '@tillbridge/messaging';
import { CLOCK } from '@tillbridge/platform';
import { targetsOf } from '../domain/delivery.js';
import { DeliveryStore } from '../store/delivery-store.js';
import { EndpointStore } from '../store/endpoint-store.js';
import { Pusher } from '../workers/pusher.js';
import { callbackFieldsOf } from './callback-fields.js';

/** Hears the final results and their corrections, and plans one delivery for each receiver. */
@Controller()
export class TransactionFactsController {
  constructor(
    @Inject(EndpointStore) private readonly endpoints: EndpointStore,
    @Inject(DeliveryStore) private readonly deliveries: DeliveryStore,
    @Inject(Pusher) private readonly pusher: Pusher,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @OnFact(transactionApproved)
  approved(@Payload() transaction: TransactionV1, @Ctx() context: MessageContext): Promise<void> {
    return this.plan(transaction, context);
  }

  @OnFact(transactionDeclined)
  declined(@Payload() transaction: TransactionV1, @Ctx() context: MessageContext): Promise<void> {
    return this.plan(transaction, context);
  }

  @OnFact(transactionCancelled)
  cancelled(@Payload() transaction: TransactionV1, @Ctx() context: MessageContext): Promise<void> {
    return this.plan(transaction, context);
  }

  @OnFact(transactionFailed)
  failed(@Payload() transaction: TransactionV1, @Ctx() context: MessageContext): Promise<void> {
    return this.plan(transaction, context);
  }

  /** A receiver that was told another outcome before is told this one: a delivery of its own, for the newer version. */
  @OnFact(transactionCorrected)
  corrected(@Payload() transaction: TransactionCorrectedV1, @Ctx() context: MessageContext): Promise<void> {
    return this.plan(transaction, context);
  }

  private async plan(transaction: TransactionV1, { tx, head }: MessageContext): Promise<void> {
    const targets = targetsOf(await this.endpoints.allFor(tx, transaction), transaction.callBackUrl);
    const { transactionId, clientId, merchantId, version } = transaction;
    const common = {
      ...{ transactionId, clientId, merchantId, transactionVersion: version, factId: head.id },
      fields: callbackFieldsOf(transaction),
      cause: tx.cause,
      createdAt: this.clock.now(),
    };
    await this.deliveries.insert(
      tx,
      targets.map((target) => ({ ...common, ...target, deliveryId: newId() })),
    );
    tx.afterCommit(() => this.pusher.wake());
  }
}
