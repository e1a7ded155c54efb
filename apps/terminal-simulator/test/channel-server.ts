import { assert } from '@tillbridge/kernel';
import { type ChannelMessage, decode, encode, type HelloMessage, type ServerMessage, TERMINAL_CHANNEL_PATH } from '@tillbridge/protocol';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** The server's side of one connection: answers nothing by itself, and keeps what it hears. */
export class Connection {
  readonly heard: ChannelMessage[] = [];
  readonly #socket: WebSocket;
  #wake: () => void = () => undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (received: Buffer) => {
      const decoded = decode(received.toString('utf8'));
      assert(decoded.ok, 'a terminal speaks the channel’s language');
      this.heard.push(decoded.message);
      this.#wake();
    });
  }

  send(message: ServerMessage): void {
    this.#socket.send(encode(message));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  cut(): void {
    this.#socket.terminate();
  }

  close(code: number): void {
    this.#socket.close(code);
  }

  /** The `nth` message of a type (from 1), as soon as it is there. */
  async hear<Type extends ChannelMessage['type']>(type: Type, nth = 1): Promise<Extract<ChannelMessage, { type: Type }>> {
    for (;;) {
      const message = this.all(type)[nth - 1];
      if (message !== undefined) return message;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  all<Type extends ChannelMessage['type']>(type: Type): Extract<ChannelMessage, { type: Type }>[] {
    return this.heard.filter((message): message is Extract<ChannelMessage, { type: Type }> => message.type === type);
  }

  /** Everything the terminal sent before this moment has been heard once it has answered a ping. */
  async roundTrip(): Promise<void> {
    const before = this.all('pong').length;
    this.send({ type: 'ping', t: before });
    await this.hear('pong', before + 1);
  }

  async welcome(storedJournalNo = 0): Promise<HelloMessage> {
    const hello = await this.hear('hello');
    this.send({ type: 'welcome', sessionId: 's', pingIntervalMs: 5000, storedJournalNo });
    await this.roundTrip();
    return hello;
  }
}

export class Server {
  readonly #server: WebSocketServer;
  readonly #waiting: Connection[] = [];

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.#waiting.push(new Connection(socket));
      server.emit('connected');
    });
  }

  static async open(port = 0): Promise<Server> {
    const server = new WebSocketServer({ host: '127.0.0.1', port, path: TERMINAL_CHANNEL_PATH });
    await once(server, 'listening');
    return new Server(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async accept(): Promise<Connection> {
    for (;;) {
      const connection = this.#waiting.shift();
      if (connection !== undefined) return connection;
      await once(this.#server, 'connected');
    }
  }

  async close(): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
