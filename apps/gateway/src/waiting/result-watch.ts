import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import {
  done,
  findTransaction,
  isFinal,
  transactionApproved,
  transactionCancelled,
  transactionCorrected,
  transactionDeclined,
  transactionFailed,
  type FindTransactionV1,
  type Reply,
  type TransactionFoundV1,
} from '@tillbridge/contracts';
import { FactListener, RequestClient, type Cause } from '@tillbridge/messaging';
import { setTimeout as sleep } from 'node:timers/promises';
import { Waits, type Ending, type Wait } from './waits.js';

/** How many calls of one replica may wait at the same time; each holds a connection and some hundred bytes. More are answered as they are. */
export const MAX_WAITING = 10_000;
/** How many of those who may have missed something ask at the same time. */
const ASK_AT_ONCE = 50;
/** After an owner that gave no answer, before it is asked again. */
const ASK_AGAIN_MS = 1_000;

/** What only the facts of final states say. */
const finalFacts = [transactionApproved, transactionDeclined, transactionCancelled, transactionFailed, transactionCorrected];

/** How long a call may be held, and who calls back when nobody waits for its answer any more. */
export type Patience = { readonly waitMs: number; readonly onLeave: (left: () => void) => void };

type Found = Reply<TransactionFoundV1>;

/**
 * Answers how a transaction stands; on request only once that is final. Those who wait ask twice at most: they are woken by the facts that this
 * replica hears, and cost nothing meanwhile.
 */
@Injectable()
export class ResultWatch implements OnModuleInit, OnModuleDestroy {
  private readonly waits = new Waits(MAX_WAITING);
  private asking: Promise<void> | undefined;

  constructor(
    @Inject(RequestClient) private readonly client: Pick<RequestClient, 'query'>,
    @Inject(FactListener) private readonly facts: Pick<FactListener, 'listen'>,
  ) {}

  onModuleInit(): void {
    for (const fact of finalFacts) {
      this.facts.listen(
        fact,
        (transaction) => this.waits.wake(transaction),
        () => this.onGap(),
      );
    }
  }

  /** Whoever waits is answered as it is, before the HTTP server waits for its calls to end. */
  onModuleDestroy(): void {
    this.waits.close();
  }

  /** How many calls wait. */
  get waiting(): number {
    return this.waits.size;
  }

  async find(query: FindTransactionV1, { waitMs, onLeave }: Patience, cause: Cause): Promise<Found> {
    if (waitMs === 0) return this.ask(query, cause);
    // In this order: a fact that comes while the owner is being asked, and that its answer does not know of yet, finds somebody who waits.
    const wait = this.waits.open(query, cause);
    const timer = setTimeout(() => wait?.end({ why: 'time' }), waitMs);
    onLeave(() => wait?.end({ why: 'left' }));
    return this.findFinal(query, wait, cause).finally(() => {
      clearTimeout(timer);
      if (wait !== undefined) this.waits.drop(wait);
    });
  }

  private async findFinal(query: FindTransactionV1, wait: Wait | undefined, cause: Cause): Promise<Found> {
    const found = await this.ask(query, cause);
    if (wait === undefined || found.outcome !== 'done' || isFinal(found.value.transaction.state)) return found;
    return this.answerTo(await wait.ended, wait, found);
  }

  private async answerTo(ending: Ending, { query, cause }: Wait, found: Found): Promise<Found> {
    if (ending.why === 'final') return done(ending.found);
    if (ending.why !== 'time') return found;
    // Facts may be missed. Asked once more, nobody is told that a payment is under way which has been over for long.
    const last = await this.ask(query, cause);
    return last.outcome === 'done' ? last : found;
  }

  private ask(query: FindTransactionV1, cause: Cause): Promise<Found> {
    return this.client.query(findTransaction, query, cause);
  }

  private onGap(): void {
    this.waits.doubtAll();
    this.asking ??= this.askForDoubtful().finally(() => (this.asking = undefined));
  }

  /** A few at a time: after a gap everybody is in doubt at once, and so are the other replicas. */
  private async askForDoubtful(): Promise<void> {
    for (let some = this.waits.doubtful(ASK_AT_ONCE); some.length > 0; some = this.waits.doubtful(ASK_AT_ONCE)) {
      const answered = await Promise.all(some.map((wait) => this.reassure(wait)));
      if (answered.includes(false)) await sleep(ASK_AGAIN_MS);
    }
  }

  /** False when the owner gave no answer: the doubt stays. */
  private async reassure(wait: Wait): Promise<boolean> {
    // Before the question: a gap that comes while it is under way casts doubt on its answer too.
    wait.isDoubtful = false;
    const found = await this.ask(wait.query, wait.cause);
    if (found.outcome === 'unavailable') wait.isDoubtful = true;
    if (found.outcome === 'done' && isFinal(found.value.transaction.state)) wait.end({ why: 'final', found: found.value });
    return found.outcome !== 'unavailable';
  }
}
