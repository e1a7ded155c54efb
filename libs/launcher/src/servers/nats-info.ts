import { connect } from 'node:net';

const INFO_WITHIN_MS = 2_000;
const INFO_LIMIT_BYTES = 64 * 1024;

/** What a nats-server says of itself before anything else on a connection (the INFO line of its client protocol). */
export interface NatsInfo {
  readonly server_id: string;
  readonly server_name: string;
  readonly version: string;
  readonly jetstream?: boolean;
}

/** Reads the INFO line of the server at this address; undefined when nobody there speaks NATS within two seconds. */
export function readNatsInfo(url: string): Promise<NatsInfo | undefined> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) || 4222, timeout: INFO_WITHIN_MS });
    let received = '';
    const finish = (info: NatsInfo | undefined): void => {
      socket.destroy();
      resolve(info);
    };
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      received += text;
      const end = received.indexOf('\r\n');
      if (end >= 0) finish(received.startsWith('INFO ') ? parse(received.slice(5, end)) : undefined);
      else if (received.length > INFO_LIMIT_BYTES) finish(undefined);
    });
    for (const event of ['error', 'timeout', 'close'] as const) socket.once(event, () => finish(undefined));
  });
}

function parse(json: string): NatsInfo | undefined {
  try {
    return JSON.parse(json) as NatsInfo;
  } catch {
    return undefined;
  }
}
