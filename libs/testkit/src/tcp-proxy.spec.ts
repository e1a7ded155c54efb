import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { eventually } from './eventually.js';
import { TcpProxy } from './tcp-proxy.js';

let echo: Server;
let proxy: TcpProxy;
let client: Socket;
let heard: string;

beforeEach(async () => {
  echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await TcpProxy.start({ host: '127.0.0.1', port: (echo.address() as { port: number }).port });
  client = open();
});

afterEach(async () => {
  client.destroy();
  await proxy.close();
  echo.close();
});

/** Not `once` of node:events, which takes the reset that comes before the end for a failure. */
const closing = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));

function open(): Socket {
  heard = '';
  const socket = connect(proxy.port, '127.0.0.1').setEncoding('utf8');
  return socket.on('data', (text: string) => (heard += text)).on('error', () => undefined);
}

describe('the TCP proxy', () => {
  test('passes bytes in both directions', async () => {
    client.write('hello');
    await eventually(() => expect(heard).toBe('hello'), 2_000);
  });

  test('holds a connection open in silence, and lets it go on afterwards', async () => {
    client.write('1');
    await eventually(() => expect(heard).toBe('1'), 2_000);
    proxy.setMode('silent');
    client.write('2');
    await sleep(100);
    expect(heard).toBe('1');
    expect(client.destroyed).toBe(false);
    proxy.setMode('forward');
    await eventually(() => expect(heard).toBe('12'), 2_000);
  });

  test('takes new connections in silence without an answer', async () => {
    proxy.setMode('silent');
    const late = open();
    await once(late, 'connect');
    late.write('anyone there?');
    await sleep(100);
    expect(heard).toBe('');
    late.destroy();
  });

  test('resets connections when it cuts, and takes new ones', async () => {
    client.write('1');
    await eventually(() => expect(heard).toBe('1'), 2_000);
    const closed = closing(client);
    proxy.cut();
    await closed;
    client = open();
    client.write('2');
    await eventually(() => expect(heard).toBe('2'), 2_000);
  });

  test('resets new connections when it refuses', async () => {
    proxy.setMode('refuse');
    const refused = open();
    await closing(refused);
    expect(heard).toBe('');
  });
});
