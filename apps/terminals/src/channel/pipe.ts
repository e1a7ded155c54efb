import { type RawData, WebSocket } from 'ws';
import { CLOSE_LIMIT_MS } from './limits.js';

export type PipeEvents = {
  /** One message of the terminal; the empty text for what is none. */
  readonly received: (text: string) => void;
  /** Nothing comes or goes any more. Called once, and never while another method is on its way. */
  readonly ended: () => void;
};

/** What carries the messages of one session: a WebSocket, or a series of polls. */
export type Pipe = {
  /** Called once, before anything can come. */
  attach(events: PipeEvents): void;
  readonly isOpen: boolean;
  /** What the terminal has not taken yet. */
  readonly unsentBytes: number;
  send(text: string): void;
  /** Reads no further until {@link resume}. What was read before still comes. */
  pause(): void;
  resume(): void;
  readonly isPaused: boolean;
  /** In good order; a terminal that does not answer in time is cut off. */
  close(code: number, reason: string): void;
  cut(): void;
};

export class WebSocketPipe implements Pipe {
  constructor(
    private readonly socket: WebSocket,
    private readonly onError: (error: Error) => void,
  ) {}

  attach({ received, ended }: PipeEvents): void {
    this.socket.on('message', (data: RawData, isBinary: boolean) =>
      received(isBinary || !Buffer.isBuffer(data) ? '' : data.toString('utf8')),
    );
    this.socket.on('close', ended);
    // The close that follows does the work.
    this.socket.on('error', this.onError);
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  get unsentBytes(): number {
    return this.socket.bufferedAmount;
  }

  get isPaused(): boolean {
    return this.socket.isPaused;
  }

  send(text: string): void {
    this.socket.send(text);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  close(code: number, reason: string): void {
    // The terminal's answer to the close must be read.
    this.socket.resume();
    this.socket.close(code, reason);
    setTimeout(() => this.socket.terminate(), CLOSE_LIMIT_MS).unref();
  }

  cut(): void {
    this.socket.terminate();
  }
}
