import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { transactionRequested, type TransactionRequestedV1 } from '@tillbridge/contracts';
import type { Clock } from '@tillbridge/kernel';
import { OnFact, type MessageContext } from '@tillbridge/messaging';
import { CLOCK, LOG, type Log } from '@tillbridge/platform';
import { MAX_CHANNEL_MESSAGE_BYTES, toTerminalRequest, type TerminalRequest } from '@tillbridge/protocol';
import { Pokes } from '../channel/pokes.js';
import { CommandStore } from '../store/command-store.js';

/** What a command message is besides its request: seq, number, expiry and member names. */
const ENVELOPE_BYTES = 256;

/** Turns accepted transactions into commands for their terminals. */
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
    const { transactionId, terminalUid, transIndexCode } = fact;
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
      cause: tx.cause,
    });
    if (isNew) tx.afterCommit(() => this.pokes.send(terminalUid, { kind: 'command' }));
  }
}

function toRequest({ transIndexCode, instruction }: TransactionRequestedV1): TerminalRequest {
  const { amount, ...asTheyAre } = instruction;
  return toTerminalRequest({ ...asTheyAre, transIndexCode, amountMinor: amount?.amountMinor, currency: amount?.currency });
}
