import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  done,
  initiateTransaction,
  replayed,
  transactionRequested,
  type Answer,
  type InitiateTransactionV1,
  type TransactionAcceptedV1,
} from '@tillbridge/contracts';
import { newId, newTransIndexCode, type Clock } from '@tillbridge/kernel';
import { OnRequest, type MessageContext, type Tx } from '@tillbridge/messaging';
import { CLOCK } from '@tillbridge/platform';
import { initiate, type Situation } from '../domain/initiate.js';
import { requestedOf, type Transaction } from '../domain/transaction.js';
import { ruleOf } from '../domain/trans-types.js';
import { OriginalStore } from '../store/original-store.js';
import { TransactionStore } from '../store/transaction-store.js';

/** Takes the tills' requests. */
@Controller()
export class InitiationController {
  constructor(
    @Inject(TransactionStore) private readonly transactions: TransactionStore,
    @Inject(OriginalStore) private readonly originals: OriginalStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @OnRequest(initiateTransaction)
  async initiate(@Payload() request: InitiateTransactionV1, @Ctx() { head, tx }: MessageContext): Promise<Answer<TransactionAcceptedV1>> {
    const now = this.clock.now();
    const situation = await this.situationFor(tx, request);
    const birth = { transactionId: newId(), transIndexCode: newTransIndexCode(now), requestId: head.id, now };
    const decision = initiate(request, situation, birth);
    switch (decision.kind) {
      case 'refuse':
        return { outcome: 'refused', refusal: decision.refusal };
      case 'replay':
        return replayed(answerFor(decision.transaction));
      case 'redelivered':
        return done(answerFor(decision.transaction));
      case 'accept':
        await this.transactions.insert(tx, decision.transaction);
        tx.say(transactionRequested, about(decision.transaction), requestedOf(decision.transaction));
        return done(answerFor(decision.transaction));
    }
  }

  /** Only follow-ups pay for the look at their originals, and only those that are not answered already. */
  private async situationFor(tx: Tx, request: InitiateTransactionV1): Promise<Situation> {
    const { instruction } = request;
    const situation = await this.transactions.situationFor(tx, request);
    if (situation.existing !== undefined || ruleOf(instruction.transType)?.original !== 'needed') return situation;
    return { ...situation, original: await this.originals.lockNamed(tx, request, instruction.original ?? {}) };
  }
}

const about = (transaction: Transaction): { id: string; version: number } => ({
  id: transaction.transactionId,
  version: transaction.version,
});

const answerFor = (transaction: Transaction): TransactionAcceptedV1 => ({
  transactionId: transaction.transactionId,
  transIndexCode: transaction.transIndexCode,
  acceptedAt: transaction.acceptedAt.toISOString(),
});
