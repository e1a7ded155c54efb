import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Clock } from '@tillbridge/kernel';
import { WriteLane } from '@tillbridge/messaging';
import { CLOCK, LOG, type Log } from '@tillbridge/platform';
import { CHANNEL_CLOSE, MAX_CHANNEL_MESSAGE_BYTES, TERMINAL_CHANNEL_PATH } from '@tillbridge/protocol';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { Intake } from './intake.js';
import { MAX_SOCKETS } from './limits.js';
import { Reception } from './reception.js';
import { TerminalSession, type SessionHost } from './session.js';

const DRAIN_POLL_MS = 20;

/** The door of the terminal channel: turns upgrades of the service's HTTP server into sessions, and closes them all when the replica goes away. */
@Injectable()
export class ChannelServer implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_CHANNEL_MESSAGE_BYTES,
  });
  private readonly sessions = new Set<TerminalSession>();
  private readonly sessionHost: SessionHost;
  private readonly onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => this.upgrade(request, socket, head);
  private isLeaving = false;

  constructor(
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(Reception) reception: Reception,
    @Inject(Intake) intake: Intake,
    @Inject(WriteLane) private readonly lane: WriteLane,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.sessionHost = {
      greet: (session, hello) => reception.greet(session, hello),
      take: (session, identity, message) => intake.take(session, identity, message),
      ended: (session) => {
        this.sessions.delete(session);
        reception.leave(session, this.isLeaving);
      },
    };
  }

  onApplicationBootstrap(): void {
    const server = this.adapterHost.httpAdapter.getHttpServer() as Server;
    // NestJS may call this once for the HTTP side and once for the messaging side of the application.
    server.off('upgrade', this.onUpgrade).on('upgrade', this.onUpgrade);
  }

  /** Ends when all channels are closed and everything that was taken in from them is recorded. */
  async onModuleDestroy(): Promise<void> {
    this.isLeaving = true;
    for (const session of this.sessions) session.close(CHANNEL_CLOSE.serviceRestart);
    // Sessions are cut off when they do not close in time, and statements have a timeout, so this ends.
    while (this.sessions.size > 0 || !this.lane.isIdle) await delay(DRAIN_POLL_MS);
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (URL.parse(request.url ?? '', 'http://terminals')?.pathname !== TERMINAL_CHANNEL_PATH) return refuse(socket, '404 Not Found');
    if (this.isLeaving || this.sessions.size >= MAX_SOCKETS) return refuse(socket, '503 Service Unavailable');
    this.webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const session = new TerminalSession(webSocket, this.sessionHost, { clock: this.clock, log: this.log });
      this.sessions.add(session);
      if (this.isLeaving) session.close(CHANNEL_CLOSE.serviceRestart);
    });
  }
}

function refuse(socket: Duplex, status: string): void {
  // A peer that is gone before it hears the refusal is none of our errors.
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}
