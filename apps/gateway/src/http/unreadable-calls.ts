import { HttpStatus } from '@nestjs/common';
import type { Clock } from '@tillbridge/kernel';
import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorAnswer } from './dialect-answer.js';

/** What a call can be that never becomes a request, by Node's code; anything else is HTTP that cannot be parsed. */
const statusByCode: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: HttpStatus.REQUEST_TIMEOUT,
  HPE_HEADER_OVERFLOW: 431,
};

/**
 * The framework has answers of its own for what it cannot read, and tills that look for `msg` fail on them. So what is no HTTP is answered
 * with the envelope, whatever path was meant (nobody can tell), and a path that cannot be decoded is routed as the unknown path it is.
 */
export function answerUnreadableCalls(server: Server, clock: Pick<Clock, 'now'>): void {
  server.removeAllListeners('clientError');
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    refuse(error, socket, clock.now());
  });
  server.prependListener('request', (request: IncomingMessage) => {
    if (request.url !== undefined) request.url = decodable(request.url);
  });
}

function refuse(error: NodeJS.ErrnoException, socket: Duplex, now: Date): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) socket.write(httpMessage(statusByCode[error.code ?? ''] ?? HttpStatus.BAD_REQUEST, now));
  socket.destroy(error);
}

/** An answer as bytes: there is no request, so there is nothing that could write it. */
function httpMessage(status: number, now: Date): string {
  const body = JSON.stringify(errorAnswer('bad-request', undefined, { operation: undefined, now }).body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Bad Request'}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** The URL, with its percent signs as plain characters when its path is no escaped UTF-8. */
function decodable(url: string): string {
  if (!url.includes('%')) return url;
  const [path = ''] = url.split('?', 1);
  try {
    decodeURIComponent(path);
    return url;
  } catch {
    return path.replaceAll('%', '%25') + url.slice(path.length);
  }
}
