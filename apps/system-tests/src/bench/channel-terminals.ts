import { decode, encode, TERMINAL_CHANNEL_PATH, type HelloMessage } from '@tillbridge/protocol';
import { newId } from '@tillbridge/kernel';
import { WebSocket } from 'ws';

/**
 * Idle terminals: they say hello, answer pings, and nothing else. A process of its own, so that its memory and its open files do not count as the server's.
 * Tells its parent how many are welcome, and how many channels have ended.
 *   node channel-terminals.js <url of the replica> <how many> <source address>
 */
const [url = '', count = '0', localAddress = '127.0.0.1'] = process.argv.slice(2);
const CONNECTING_AT_ONCE = 50;
const RETRY_MS = 500;

const channel = new URL(TERMINAL_CHANNEL_PATH, url.replace('http', 'ws'));
let begun = 0;
let welcome = 0;
let ended = 0;

function connectNext(): void {
  if (begun === Number(count)) return;
  begun += 1;
  let isWelcome = false;
  const socket = new WebSocket(channel, { localAddress, perMessageDeflate: false });
  const hello: HelloMessage = {
    ...{ type: 'hello', protocol: 1, terminalSn: newId(), key: 'a key', appVersion: 'bench', lastJournalNo: 0 },
    ...{ openTransIndexCode: null, journalId: newId() },
  };
  socket.on('open', () => socket.send(encode(hello)));
  socket.on('error', () => undefined);
  socket.on('close', () => {
    if (isWelcome) return void (ended += 1);
    // Not let in yet, for example because the replica had no time: tried again, as a terminal does.
    begun -= 1;
    setTimeout(connectNext, RETRY_MS);
  });
  socket.on('message', (received: Buffer) => {
    const decoded = decode(received.toString('utf8'));
    if (!decoded.ok) return;
    if (decoded.message.type === 'ping') socket.send(encode({ type: 'pong', t: decoded.message.t }));
    if (decoded.message.type !== 'welcome') return;
    isWelcome = true;
    welcome += 1;
    connectNext();
  });
}

for (let started = 0; started < CONNECTING_AT_ONCE; started += 1) connectNext();
const telling = setInterval(() => process.connected && process.send?.({ welcome, ended }), 500);
process.on('disconnect', () => {
  clearInterval(telling);
  process.exit(0);
});
