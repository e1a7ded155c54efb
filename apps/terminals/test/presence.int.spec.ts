import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decode, TERMINAL_CHANNEL_PATH } from '@tillbridge/protocol';
import { eventually } from '@tillbridge/testkit';
import { WebSocket } from 'ws';
import { TestEdge } from './test-edge.js';
import { helloOf, type TerminalIdentity } from './test-terminal.js';

const SILENT = 1_000;
const ANSWERING = 200;
const CONNECT_AT_ONCE = 100;
/** From a terminal's last word to the record that it is offline. */
const OFFLINE_WITHIN_MS = 15_000;

let edge: TestEdge;
let url: string;
beforeAll(async () => {
  edge = await TestEdge.start();
  url = await edge.addReplica();
}, 30_000);
afterAll(() => edge.stop(), 60_000);

/** A terminal that answers so many pings and then says nothing more. Its socket stays open: nothing tells the server that it is gone. */
class LightTerminal {
  lastWordAtMs = 0;
  isWelcome = false;
  private readonly socket: WebSocket;

  constructor(
    readonly identity: TerminalIdentity,
    private pongsLeft: number,
  ) {
    this.socket = new WebSocket(new URL(TERMINAL_CHANNEL_PATH, url.replace('http', 'ws')), { perMessageDeflate: false });
    this.socket.on('open', () => this.say(helloOf(identity)));
    this.socket.on('message', (received: Buffer) => this.hear(received.toString('utf8')));
    this.socket.on('error', () => undefined);
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  private hear(text: string): void {
    const decoded = decode(text);
    if (!decoded.ok) throw new Error(decoded.reason);
    if (decoded.message.type === 'welcome') this.isWelcome = true;
    if (decoded.message.type !== 'ping' || this.pongsLeft === 0) return;
    this.pongsLeft -= 1;
    this.say({ type: 'pong', t: decoded.message.t });
  }

  private say(message: object): void {
    this.lastWordAtMs = Date.now();
    this.socket.send(JSON.stringify(message));
  }
}

async function connect(count: number, pongsOf: (index: number) => number): Promise<LightTerminal[]> {
  const terminals: LightTerminal[] = [];
  while (terminals.length < count) {
    const group = Array.from({ length: CONNECT_AT_ONCE }, (_, index) => new LightTerminal(edge.enrol(), pongsOf(index)));
    await eventually(() => expect(group.every((each) => each.isWelcome)).toBe(true), 10_000);
    terminals.push(...group);
  }
  return terminals;
}

/** When each terminal was recorded as offline, in milliseconds of this machine's clock. */
async function offlineAt(): Promise<Map<string, number>> {
  const { rows } = await edge.sql.query<{ aggregate_id: string; occurred_at: Date }>(
    `select aggregate_id, occurred_at from events where type = 'pos.terminals.terminal-disconnected.v1'`,
  );
  return new Map(rows.map((row) => [row.aggregate_id, row.occurred_at.getTime()]));
}

describe('a fleet in which many terminals go silent without closing their sockets', () => {
  it(`has all ${SILENT} recorded as offline within 15 s of their last word, and none of the ${ANSWERING} that answer`, async () => {
    const answering = await connect(ANSWERING, () => Number.POSITIVE_INFINITY);
    // Some fall silent at once, some after a ping.
    const silent = await connect(SILENT, (index) => index % 2);
    const found = await eventually(async () => {
      const offline = await offlineAt();
      expect(silent.filter(({ identity }) => !offline.has(identity.terminalUid))).toHaveLength(0);
      return offline;
    }, 2 * OFFLINE_WITHIN_MS);

    const late = silent
      .map(({ identity, lastWordAtMs }) => (found.get(identity.terminalUid) ?? Number.POSITIVE_INFINITY) - lastWordAtMs)
      .filter((ms) => ms > OFFLINE_WITHIN_MS);
    expect(late).toEqual([]);
    expect(answering.filter(({ identity, isOpen }) => found.has(identity.terminalUid) || !isOpen)).toHaveLength(0);
    const { rows } = await edge.sql.query<{ terminal_uid: string }>('select terminal_uid from connections where connected');
    expect(rows.map((row) => row.terminal_uid).sort()).toEqual(answering.map(({ identity }) => identity.terminalUid).sort());
  }, 90_000);
});
