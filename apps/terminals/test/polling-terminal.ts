import { TERMINAL_POLL_PATH, type ServerMessage, type TerminalMessage } from '@tillbridge/protocol';
import { ListeningTerminal } from './listening-terminal.js';
import { helloOf, type TerminalIdentity } from './test-terminal.js';

export type Answered = { readonly status: number; readonly body: { messages?: ServerMessage[]; close?: { code: number; reason: string } } };

/** One poll, as it stands in a program: a request and its answer. */
export async function pollOnce(baseUrl: string, key: string | undefined, body: unknown, signal?: AbortSignal): Promise<Answered> {
  const response = await fetch(new URL(TERMINAL_POLL_PATH, baseUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
  return { status: response.status, body: (await response.json()) as Answered['body'] };
}

/** A terminal that polls all the time, and says what it has to say with the next poll, without waiting for the one under way. */
export class PollingTerminal extends ListeningTerminal {
  sessionId: string | undefined;
  /** The status of an answer that was none of the channel's. */
  failedWith: number | undefined;
  private isOn = true;

  constructor(
    private readonly url: string,
    private readonly identity: TerminalIdentity,
  ) {
    super();
  }

  static async connect(url: string, identity: TerminalIdentity): Promise<PollingTerminal> {
    const terminal = new PollingTerminal(url, identity);
    terminal.say(helloOf(identity));
    await terminal.hears('welcome');
    return terminal;
  }

  /** A poll with these messages; the one that waits ends by that, and only the last one goes on polling. */
  say(...messages: readonly TerminalMessage[]): void {
    void this.poll(messages);
  }

  /** Says nothing more; a poll that waits goes on waiting. */
  switchOff(): void {
    this.isOn = false;
  }

  private polls = 0;

  private async poll(messages: readonly TerminalMessage[]): Promise<void> {
    const own = (this.polls += 1);
    const { sessionId } = this;
    const { status, body } = await pollOnce(this.url, this.identity.key, { ...(sessionId === undefined ? {} : { sessionId }), messages });
    if (status !== 200) return void (this.failedWith = status);
    this.heard.push(...(body.messages ?? []));
    this.sessionId ??= this.of('welcome')[0]?.sessionId;
    this.closedWith ??= body.close?.code;
    const pongs = (body.messages ?? []).flatMap((message) => (message.type === 'ping' ? [{ type: 'pong' as const, t: message.t }] : []));
    if (this.isOn && this.closedWith === undefined && own === this.polls) await this.poll(pongs);
  }
}
