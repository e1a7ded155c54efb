import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  cancelRequested,
  outcomeWanted,
  transactionRequested,
  type TransactionNoticeV1,
  type TransactionRequestedV1,
} from '@tillbridge/contracts';
import { assert, type Clock } from '@tillbridge/kernel';
import { OnFact, type MessageContext } from '@tillbridge/messaging';
import { CLOCK, LOG, type Log } from '@tillbridge/platform';
import { MAX_CHANNEL_MESSAGE_BYTES, toTerminalRequest, type TerminalRequest } from '@tillbridge/protocol';
import { Pokes } from '../channel/pokes.js';
import { decide, withdrawUnheard } from '../domain/command.js';
import { CommandStore } from '../store/command-store.js';

/** What a command message is besides its request: seq, number, expiry and member names. */
const ENVELOPE_BYTES = 256;

/** Turns what transactions need of their terminals into commands, and into wishes about commands. */
@Controller()
export class TransactionFactsController {
  constructor(
    @Inject(CommandStore) private readonly commands: CommandStore,
    @Inject(Pokes) private readonly pokes: Pokes,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @OnFact(transactionRequested)
  async requested(@Payload() fact: TransactionRequestedV1, @Ctx() { tx }: MessageContext): Promise<void> {
    const { transactionId, terminalUid, transIndexCode, clientId, merchantId } = fact;
    const request = toRequest(fact);
    const fits = Buffer.byteLength(JSON.stringify(request)) <= MAX_CHANNEL_MESSAGE_BYTES - ENVELOPE_BYTES;
    if (!fits) this.log.error({ transactionId }, 'a command is too long for the channel and is given up');
    // One that can never be sent counts as expired from the start, so that it is proven at once that the terminal did not start it.
    const expiresAt = new Date(fits ? fact.deadlineAt : fact.acceptedAt);
    const createdAt = this.clock.now();
    const isNew = await this.commands.insert(tx, {
      transactionId,
      terminalUid,
      transIndexCode,
      request,
      expiresAt,
      createdAt,
      clientId,
      merchantId,
      cause: tx.cause,
    });
    if (isNew) tx.afterCommit(() => this.pokes.send(terminalUid, { kind: 'command' }));
  }

  /**
   * A command that was never sent is withdrawn. One that is not there yet, because this fact has overtaken the one that brings it, is kept as
   * withdrawn: when the other fact comes it finds it and sends nothing.
   */
  @OnFact(cancelRequested)
  async cancelled(@Payload() notice: TransactionNoticeV1, @Ctx() { tx }: MessageContext): Promise<void> {
    const { transactionId, terminalUid, transIndexCode } = notice;
    const at = this.clock.now();
    const command = await this.commands.lockById(tx, transactionId);
    const unheard = { change: withdrawUnheard({ transactionId, terminalUid }, at), transIndexCode, at, cause: tx.cause };
    if (command === undefined && (await this.commands.insertUnheard(tx, unheard))) return;
    // It may have come in this very moment; the insert has waited for it.
    const present = command ?? (await this.commands.lockById(tx, transactionId));
    assert(present !== undefined, 'a command that is in the way is there');
    const isNew = await this.commands.record(tx, decide(present, { kind: 'cancel', at }), at);
    if (isNew) tx.afterCommit(() => this.pokes.send(terminalUid, { kind: 'command' }));
  }

  /** Only hurries: what may be asked about stands with the commands, and is asked at each hello anyhow. */
  @OnFact(outcomeWanted)
  wanted(@Payload() { terminalUid }: TransactionNoticeV1, @Ctx() { tx }: MessageContext): Promise<void> {
    tx.afterCommit(() => this.pokes.send(terminalUid, { kind: 'outcome' }));
    return Promise.resolve();
  }
}

function toRequest({ transIndexCode, instruction }: TransactionRequestedV1): TerminalRequest {
  const { amount, original, ...asTheyAre } = instruction;
  return toTerminalRequest({
    ...asTheyAre,
    transIndexCode,
    amountMinor: amount?.amountMinor,
    currency: amount?.currency,
    ...{ oriTransIndexCode: original?.transIndexCode, oriTransId: original?.transId, oriRrn: original?.rrn },
    ...{ oriInvoiceNum: original?.invoiceNum, oriTraceNum: original?.traceNum },
  });
}
