import { Inject, Injectable } from '@nestjs/common';
import { authenticateTerminal } from '@tillbridge/contracts';
import { sha256Hex } from '@tillbridge/kernel';
import { newCause, RequestClient } from '@tillbridge/messaging';
import { LOG, type Log } from '@tillbridge/platform';
import { CHANNEL_CLOSE, type HelloMessage, type TerminalOperation } from '@tillbridge/protocol';
import type { Connected } from '../store/connection-store.js';
import { Dispatcher } from '../workers/dispatcher.js';
import { Presence } from '../workers/presence.js';
import { CredentialWatch } from './credential-watch.js';
import { CLOSE_TRY_AGAIN_LATER } from './limits.js';
import { Operations } from './operations.js';
import { Pokes, type HolderAnswer, type Listener, type Poke, type Question } from './pokes.js';
import { storable } from './report.js';
import { SessionsHere } from './sessions-here.js';
import type { TerminalSession } from './session.js';

type Guest = {
  readonly terminalUid: string;
  readonly stopListening: () => void;
  /** The number of its connection, once that is recorded. */
  version?: number;
  /** The highest number of another connection of the same terminal that was heard of. */
  rival: number;
};

/** Lets terminals in and out: who is it, is it the newest channel of its terminal, what has it to be told. */
@Injectable()
export class Reception {
  private readonly guests = new Map<TerminalSession, Guest>();

  constructor(
    @Inject(RequestClient) private readonly client: RequestClient,
    @Inject(Presence) private readonly presence: Presence,
    @Inject(Dispatcher) private readonly dispatcher: Dispatcher,
    @Inject(SessionsHere) private readonly sessions: SessionsHere,
    @Inject(Pokes) private readonly pokes: Pokes,
    @Inject(Operations) private readonly operations: Operations,
    @Inject(CredentialWatch) private readonly credentials: CredentialWatch,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Ends with a welcomed or a closed session. Throws when the connection could not be recorded. */
  async greet(session: TerminalSession, hello: HelloMessage): Promise<void> {
    const cause = newCause();
    const shown = { terminalSn: hello.terminalSn, keyHash: sha256Hex(hello.key) };
    const heardBefore = this.credentials.heard;
    const reply = await this.client.query(authenticateTerminal, shown, cause);
    if (reply.outcome === 'refused') {
      this.log.warn({ terminalSn: hello.terminalSn, refusal: reply.refusal.name }, 'a terminal was not let in');
      return session.close(CHANNEL_CLOSE.notAuthorised);
    }
    if (reply.outcome !== 'done') return session.close(CLOSE_TRY_AGAIN_LATER, 'terminals cannot be checked just now');
    if (session.isClosed()) return;
    const { terminalUid } = reply.value;
    // Listening comes first: what is poked from now on is heard, and what was committed before is found by the first dispatch.
    const listener: Listener = { hear: (poke) => this.hear(session, poke), answer: (question) => this.answer(session, question) };
    const guest: Guest = { terminalUid, rival: 0, stopListening: this.pokes.listen(terminalUid, listener) };
    this.guests.set(session, guest);
    this.credentials.watch(session, { ...shown, ...reply.value }, heardBefore);
    const { appVersion, lastJournalNo, journalId = null } = hello;
    const connection = { terminalUid, sessionId: session.id, appVersion: storable(appVersion), journalId, lastJournalNo };
    const connected = await this.presence.connect(connection, cause);
    if (session.isClosed()) return this.presence.end(terminalUid, session.id);
    guest.version = connected.version;
    if (connected.hasLostJournal) this.warnOfLostJournal(terminalUid, hello, connected);
    this.admit(session, guest, connected);
  }

  /** The socket is gone. A replica that goes away tells nothing about its terminals: they are elsewhere in a second, see {@link Presence}. */
  leave(session: TerminalSession, isReplicaLeaving: boolean): void {
    const guest = this.guests.get(session);
    if (guest === undefined) return;
    this.guests.delete(session);
    this.credentials.forget(session);
    guest.stopListening();
    const wasNewest = this.sessions.release(session, guest.terminalUid);
    // Without a number its connection may have been recorded all the same: a commit whose outcome we never heard.
    const mayBeRecorded = wasNewest || guest.version === undefined;
    if (mayBeRecorded && !isReplicaLeaving) this.presence.end(guest.terminalUid, session.id);
  }

  private admit(session: TerminalSession, guest: Guest, connected: Connected): void {
    const { terminalUid, rival } = guest;
    const identity = { terminalUid, version: connected.version, journalGeneration: connected.journalGeneration };
    this.pokes.send(terminalUid, { kind: 'replaced', sessionId: session.id, version: connected.version });
    if (rival > connected.version) return session.close(CHANNEL_CLOSE.replaced);
    this.sessions.hold(session, identity)?.close(CHANNEL_CLOSE.replaced);
    session.welcome(identity, connected.storedJournalNo);
    this.dispatcher.dispatch(terminalUid, { hasJustConnected: true });
  }

  private warnOfLostJournal(terminalUid: string, { lastJournalNo, journalId }: HelloMessage, connected: Connected): void {
    const { storedJournalNo, journalGeneration } = connected;
    this.log.warn(
      { terminalUid, lastJournalNo, storedJournalNo, journalId, journalGeneration },
      'a terminal has lost its journal: what it had been sent is not sent again, and its word that it never saw it proves nothing',
    );
  }

  private hear(session: TerminalSession, poke: Poke): void {
    const guest = this.guests.get(session);
    if (guest === undefined) return;
    if (poke.kind === 'command') return this.dispatcher.dispatch(guest.terminalUid);
    if (poke.kind === 'outcome') return this.dispatcher.dispatch(guest.terminalUid, { outcomesWanted: true });
    if (poke.sessionId === session.id) return;
    guest.rival = Math.max(guest.rival, poke.version);
    if (guest.version !== undefined && guest.rival > guest.version) session.close(CHANNEL_CLOSE.replaced);
  }

  private answer(session: TerminalSession, question: Question): Promise<HolderAnswer> | undefined {
    const guest = this.guests.get(session);
    if (guest === undefined || this.sessions.find(guest.terminalUid) !== session) return undefined;
    return question.kind === 'liveness' ? Promise.resolve(session.liveness) : this.operate(session, question.operation);
  }

  private async operate(session: TerminalSession, operation: TerminalOperation): Promise<HolderAnswer> {
    return { done: await this.operations.ask(session, operation) };
  }
}
