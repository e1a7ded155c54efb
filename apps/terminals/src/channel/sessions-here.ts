import { Injectable } from '@nestjs/common';
import type { Identity, TerminalSession } from './session.js';

type Held = { readonly session: TerminalSession; readonly version: number };

/** The channels that this replica holds, one per terminal. */
@Injectable()
export class SessionsHere {
  private readonly byTerminal = new Map<string, Held>();

  /** Keeps the channel, and gives back the older one that it replaces. A channel that is itself the older one is not kept, but given back. */
  hold(session: TerminalSession, { terminalUid, version }: Identity): TerminalSession | undefined {
    const earlier = this.byTerminal.get(terminalUid);
    if (earlier !== undefined && earlier.version > version) return session;
    this.byTerminal.set(terminalUid, { session, version });
    return earlier?.session;
  }

  /** True when the terminal has no newer channel here. */
  release(session: TerminalSession, terminalUid: string): boolean {
    if (this.byTerminal.get(terminalUid)?.session !== session) return false;
    return this.byTerminal.delete(terminalUid);
  }

  /** The terminal's channel, if it was welcomed and is open. */
  find(terminalUid: string): TerminalSession | undefined {
    const session = this.byTerminal.get(terminalUid)?.session;
    return session?.welcomedAs === undefined ? undefined : session;
  }

  all(): TerminalSession[] {
    return [...this.byTerminal.values()].map(({ session }) => session);
  }
}
