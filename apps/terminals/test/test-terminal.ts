import { decode, TERMINAL_CHANNEL_PATH, type HelloMessage, type ServerMessage, type TerminalMessage } from '@tillbridge/protocol';
import { eventually } from '@tillbridge/testkit';
import { WebSocket } from 'ws';

const WAIT_MS = 5_000;

export type TerminalIdentity = { readonly terminalSn: string; readonly key: string; readonly terminalUid: string };

export type JournalOfHello = Pick<HelloMessage, 'lastJournalNo' | 'journalId'>;

/** A terminal's side of the channel, as dumb as can be: it says what the test says, and remembers what it heard. */
export class TestTerminal {
  readonly heard: ServerMessage[] = [];
  closedWith: number | undefined;

  private constructor(
    readonly socket: WebSocket,
    private readonly answersPings: boolean,
  ) {
    socket.on('message', (received: Buffer) => this.hear(received.toString('utf8')));
    socket.on('close', (code) => (this.closedWith = code));
    socket.on('error', () => undefined);
  }

  /** Opens a channel and says nothing. */
  static async open(baseUrl: string, answersPings = true): Promise<TestTerminal> {
    const terminal = new TestTerminal(new WebSocket(new URL(TERMINAL_CHANNEL_PATH, baseUrl.replace('http', 'ws'))), answersPings);
    await eventually(() => {
      if (terminal.socket.readyState !== WebSocket.OPEN) throw new Error('the channel did not open');
    }, WAIT_MS);
    return terminal;
  }

  /** Opens a channel and is welcomed. */
  static async connect(baseUrl: string, identity: TerminalIdentity, journal: Partial<JournalOfHello> = {}): Promise<TestTerminal> {
    const terminal = await TestTerminal.open(baseUrl);
    terminal.say({ ...helloOf(identity), ...journal });
    await terminal.hears('welcome');
    return terminal;
  }

  say(message: TerminalMessage): void {
    this.socket.send(JSON.stringify(message));
  }

  of<Type extends ServerMessage['type']>(type: Type): Extract<ServerMessage, { type: Type }>[] {
    return this.heard.filter((message): message is Extract<ServerMessage, { type: Type }> => message.type === type);
  }

  /** The `place`-th message of a type, once it has come. */
  hears<Type extends ServerMessage['type']>(type: Type, place = 1, withinMs = WAIT_MS): Promise<Extract<ServerMessage, { type: Type }>> {
    return eventually(() => {
      const message = this.of(type)[place - 1];
      if (message === undefined) throw new Error(`${type} no. ${place} has not come; closed: ${this.closedWith ?? 'no'}`);
      return message;
    }, withinMs);
  }

  closes(withinMs = WAIT_MS): Promise<number> {
    return eventually(() => {
      if (this.closedWith === undefined) throw new Error('the channel is open');
      return this.closedWith;
    }, withinMs);
  }

  /** Loses its connection without a word. */
  drop(): void {
    this.socket.terminate();
  }

  private hear(text: string): void {
    const decoded = decode(text);
    if (!decoded.ok) throw new Error(decoded.reason);
    const message = decoded.message as ServerMessage;
    this.heard.push(message);
    if (message.type === 'ping' && this.answersPings) this.say({ type: 'pong', t: message.t });
  }
}

export const helloOf = ({ terminalSn, key }: TerminalIdentity): HelloMessage => ({
  type: 'hello',
  protocol: 1,
  terminalSn,
  key,
  appVersion: 'test 1.0',
  lastJournalNo: 0,
  openTransIndexCode: null,
});
