import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  done,
  initiateTransaction,
  refused,
  replayed,
  type Answer,
  type InitiateTransactionV1,
  type TransactionAcceptedV1,
} from '@tillbridge/contracts';
import { Defect, newId, newTransIndexCode, type Clock } from '@tillbridge/kernel';
import { OnRequest, type MessageContext, type Tx } from '@tillbridge/messaging';
import { CLOCK } from '@tillbridge/platform';
import { initiate, type Situation } from '../domain/initiate.js';
import { chooseOriginal } from '../domain/original.js';
import type { Transaction } from '../domain/transaction.js';
import { OriginalStore } from '../store/original-store.js';
import { TransactionStore } from '../store/transaction-store.js';
import { tell } from '../tell.js';

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
    const situation = await this.transactions.situationFor(tx, request);
    const birth = { transactionId: newId(), transIndexCode: newTransIndexCode(now), requestId: head.id, now };
    const first = initiate(request, situation, birth);
    const decision =
      first.kind === 'original-wanted' ? initiate(request, { ...situation, original: await this.originalOf(tx, request) }, birth) : first;
    switch (decision.kind) {
      case 'refuse':
        return { outcome: 'refused', refusal: decision.refusal };
      case 'replay':
        return replayed(answerFor(decision.transaction));
      case 'redelivered':
        return done(answerFor(decision.transaction));
      case 'original-wanted':
        throw new Defect('an original was looked for, and asked for again');
      case 'accept':
        if ((await this.transactions.insert(tx, decision.change.next)) === 'terminal-busy') return refused('terminal-busy');
        tell(tx, decision.change);
        return done(answerFor(decision.change.next));
    }
  }

  private async originalOf(tx: Tx, request: InitiateTransactionV1): Promise<NonNullable<Situation['original']>> {
    const chosen = chooseOriginal(request, await this.originals.candidates(tx, request));
    return chosen.kind === 'none' ? { missing: chosen.detail } : this.originals.lock(tx, chosen.transaction.transactionId);
  }
}

const answerFor = (transaction: Transaction): TransactionAcceptedV1 => ({
  transactionId: transaction.transactionId,
  transIndexCode: transaction.transIndexCode,
  acceptedAt: transaction.acceptedAt.toISOString(),
});
