import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { LOG, type Log } from '@tillbridge/platform';
import { MAX_CHANNEL_MESSAGE_BYTES, TERMINAL_CHANNEL_PATH } from '@tillbridge/protocol';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { Channels } from './channels.js';
import { WebSocketPipe } from './pipe.js';

/** The WebSocket door of the terminal channel: turns upgrades of the service's HTTP server into channels. */
@Injectable()
export class ChannelServer implements OnApplicationBootstrap {
  private readonly webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_CHANNEL_MESSAGE_BYTES,
  });
  private readonly onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => this.upgrade(request, socket, head);

  constructor(
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(Channels) private readonly channels: Channels,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    const server = this.adapterHost.httpAdapter.getHttpServer() as Server;
    // NestJS may call this once for the HTTP side and once for the messaging side of the application.
    server.off('upgrade', this.onUpgrade).on('upgrade', this.onUpgrade);
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (URL.parse(request.url ?? '', 'http://terminals')?.pathname !== TERMINAL_CHANNEL_PATH) return refuse(socket, '404 Not Found');
    if (!this.channels.isOpen) return refuse(socket, '503 Service Unavailable');
    this.webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.channels.open(new WebSocketPipe(webSocket, (error) => this.log.debug({ err: error }, 'the socket of a channel failed')));
    });
  }
}

function refuse(socket: Duplex, status: string): void {
  // A peer that is gone before it hears the refusal is none of our errors.
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}
