import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  done,
  findOpenTransaction,
  findTimeline,
  findTimelineById,
  findTransaction,
  refused,
  type Answer,
  type FindOpenTransactionV1,
  type FindTimelineByIdV1,
  type FindTimelineV1,
  type FindTransactionV1,
  type OpenTransactionV1,
  type TimelineV1,
  type TransactionFoundV1,
} from '@tillbridge/contracts';
import { assert } from '@tillbridge/kernel';
import { EventLog, OnQuery } from '@tillbridge/messaging';
import type { Transaction } from '../domain/transaction.js';
import { FindTransactions } from '../find-transactions.js';
import { TransactionStore } from '../store/transaction-store.js';

/** W3C trace context: version, trace, span, flags. */
const TRACE_ID = /^[0-9a-f]{2}-([0-9a-f]{32})-/;

/** Answers what a transaction is and how it came there. */
@Controller()
export class QueriesController {
  constructor(
    @Inject(TransactionStore) private readonly transactions: TransactionStore,
    @Inject(EventLog) private readonly events: EventLog,
    @Inject(FindTransactions) private readonly found: FindTransactions,
  ) {}

  @OnQuery(findTransaction)
  async find(@Payload() query: FindTransactionV1): Promise<Answer<TransactionFoundV1>> {
    const transaction = await this.transactions.find(query.clientId, query.tradeNo);
    // Another merchant's transaction and none at all get the same answer, so that nobody can probe for trade numbers.
    const isTheirs = transaction?.merchantId === query.merchantId;
    const isThatType = query.transType === undefined || query.transType === transaction?.instruction.transType;
    if (transaction === undefined || !isTheirs || !isThatType) return refused('transaction-not-found');
    return done(await this.found.present(transaction));
  }

  @OnQuery(findOpenTransaction)
  async findOpen(@Payload() query: FindOpenTransactionV1): Promise<Answer<OpenTransactionV1>> {
    const tradeNo = await this.transactions.openOf(query);
    return done(tradeNo === undefined ? {} : { tradeNo });
  }

  @OnQuery(findTimeline)
  async timeline(@Payload() { clientId, tradeNo }: FindTimelineV1): Promise<Answer<TimelineV1>> {
    return this.timelineOf(await this.transactions.find(clientId, tradeNo));
  }

  @OnQuery(findTimelineById)
  async timelineById(@Payload() { id }: FindTimelineByIdV1): Promise<Answer<TimelineV1>> {
    return this.timelineOf(await this.transactions.findById(id));
  }

  private async timelineOf(transaction: Transaction | undefined): Promise<Answer<TimelineV1>> {
    if (transaction === undefined) return refused('transaction-not-found');
    const { hops, traceparent } = await this.events.historyOf(transaction.transactionId);
    const traceId = TRACE_ID.exec(traceparent ?? '')?.[1];
    assert(traceId !== undefined, 'the first change of a transaction has a trace');
    return done({
      transactionId: transaction.transactionId,
      traceId,
      tradeNo: transaction.tradeNo,
      transIndexCode: transaction.transIndexCode,
      state: transaction.life.state,
      hops,
    });
  }
}
