import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { terminalConnected, terminalDisconnected, type TerminalConnectionV1 } from '@tillbridge/contracts';
import { OnFact, type MessageContext } from '@tillbridge/messaging';
import { TerminalStore } from '../store/terminal-store.js';

/** Keeps which terminals are connected, so that a till is told at once when its terminal is not. */
@Controller()
export class ConnectionFactsController {
  constructor(@Inject(TerminalStore) private readonly terminals: TerminalStore) {}

  @OnFact(terminalConnected)
  connected(@Payload() connection: TerminalConnectionV1, @Ctx() { tx }: MessageContext): Promise<void> {
    return this.terminals.put(tx, connection, true);
  }

  @OnFact(terminalDisconnected)
  disconnected(@Payload() connection: TerminalConnectionV1, @Ctx() { tx }: MessageContext): Promise<void> {
    return this.terminals.put(tx, connection, false);
  }
}
