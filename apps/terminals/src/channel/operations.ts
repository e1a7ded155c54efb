import { Injectable } from '@nestjs/common';
import { newId } from '@tillbridge/kernel';
import type { TerminalOperation } from '@tillbridge/protocol';
import type { TerminalSession } from './session.js';

/** A receipt is printed before the terminal answers. Shorter than the gateway waits for it. */
export const OPERATION_LIMIT_MS = 10_000;

type UnderWay = { readonly session: TerminalSession; readonly settle: (done: boolean | null) => void };

/** The operations that terminals connected here are doing just now. Nothing of them is stored. */
@Injectable()
export class Operations {
  private readonly underWay = new Map<string, UnderWay>();

  /** Has the terminal do it, once. Null when it has not answered in time. */
  ask(session: TerminalSession, operation: TerminalOperation): Promise<boolean | null> {
    const operationId = newId();
    return new Promise((resolve) => {
      const settle = (done: boolean | null): void => {
        clearTimeout(timer);
        this.underWay.delete(operationId);
        resolve(done);
      };
      const timer = setTimeout(() => settle(null), OPERATION_LIMIT_MS);
      this.underWay.set(operationId, { session, settle });
      session.send({ type: 'operation', operationId, operation });
    });
  }

  /** What a terminal answered; too late, or to what another terminal was asked, it is nobody's business. */
  answer(session: TerminalSession, operationId: string, done: boolean): void {
    const found = this.underWay.get(operationId);
    if (found?.session === session) found.settle(done);
  }
}
