import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  done,
  findCommandHistory,
  findPresence,
  operateTerminal,
  refused,
  type Answer,
  type CommandHistoryV1,
  type FindCommandHistoryV1,
  type FindPresenceV1,
  type OperateTerminalV1,
  type TerminalOperatedV1,
  type TerminalPresenceV1,
} from '@tillbridge/contracts';
import { EventLog, OnQuery } from '@tillbridge/messaging';
import { Unavailable } from '@tillbridge/platform';
import { OPERATION_LIMIT_MS } from '../channel/operations.js';
import { Pokes } from '../channel/pokes.js';
import { ConnectionStore, type ConnectionRecord } from '../store/connection-store.js';

/** A replica that holds a channel answers at once. */
const LIVENESS_LIMIT_MS = 1_000;
const OPERATION_ANSWER_LIMIT_MS = OPERATION_LIMIT_MS + 500;

/** Answers the edges: how a terminal is, what it can be made to do, what became of a command. Any replica asks the one that holds the channel. */
@Controller()
export class QueriesController {
  constructor(
    @Inject(ConnectionStore) private readonly connections: ConnectionStore,
    @Inject(EventLog) private readonly events: EventLog,
    @Inject(Pokes) private readonly pokes: Pokes,
  ) {}

  @OnQuery(findPresence)
  async presence(@Payload() { terminalUid }: FindPresenceV1): Promise<Answer<TerminalPresenceV1>> {
    const record = await this.connections.find(terminalUid);
    if (record === undefined) return done({ online: false });
    const { appVersion } = record;
    if (!record.isConnected) return done({ online: false, since: record.changedAt.toISOString(), appVersion });
    return this.presenceOf(terminalUid, record);
  }

  private async presenceOf(terminalUid: string, { changedAt, appVersion }: ConnectionRecord): Promise<Answer<TerminalPresenceV1>> {
    const liveness = await this.pokes.ask(terminalUid, { kind: 'liveness' }, LIVENESS_LIMIT_MS);
    // The record is of a replica that died: since when exactly nobody knows.
    if (liveness === 'nobody') return done({ online: false, appVersion });
    if (liveness === 'silence' || !('ageMs' in liveness)) throw new Unavailable('the holder of the channel does not answer');
    const { ageMs, rttMs } = liveness;
    return done({
      online: true,
      since: changedAt.toISOString(),
      ageMs: Math.round(ageMs),
      ...(rttMs === undefined ? {} : { rttMs: Math.round(rttMs * 10) / 10 }),
      appVersion,
    });
  }

  /** Not looked up before: whoever holds the channel knows best. */
  @OnQuery(operateTerminal)
  async operate(@Payload() { terminalUid, operation }: OperateTerminalV1): Promise<Answer<TerminalOperatedV1>> {
    const answer = await this.pokes.ask(terminalUid, { kind: 'operate', operation }, OPERATION_ANSWER_LIMIT_MS);
    if (answer === 'nobody') return refused('terminal-offline');
    if (answer === 'silence' || !('done' in answer) || answer.done === null) {
      return refused('terminal-offline', 'the terminal did not answer in time');
    }
    return done({ done: answer.done });
  }

  @OnQuery(findCommandHistory)
  async history(@Payload() { transactionId }: FindCommandHistoryV1): Promise<Answer<CommandHistoryV1>> {
    const { hops } = await this.events.historyOf(transactionId);
    return done({ hops });
  }
}
