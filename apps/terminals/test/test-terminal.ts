import { decode, TERMINAL_CHANNEL_PATH, type HelloMessage, type ServerMessage, type TerminalMessage } from '@tillbridge/protocol';
import { eventually } from '@tillbridge/testkit';
import { WebSocket } from 'ws';
import { ListeningTerminal, WAIT_MS } from './listening-terminal.js';

export type TerminalIdentity = { readonly terminalSn: string; readonly key: string; readonly terminalUid: string };

export type JournalOfHello = Pick<HelloMessage, 'lastJournalNo' | 'journalId'>;

/** A terminal's side of the channel, as dumb as can be: it says what the test says, and remembers what it heard. */
export class TestTerminal extends ListeningTerminal {
  private constructor(
    readonly socket: WebSocket,
    private readonly answersPings: boolean,
  ) {
    super();
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
