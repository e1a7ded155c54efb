import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

import { AlreadyInUse, ServerUnavailable } from './failures.js';

/**
 * Ports are picked below the range from which systems take the local ports of outgoing connections (32768 and up on Linux, 49152 and up on
 * macOS and Windows). A port from `listen(0)` lies inside that range: while its server is down for a restart, any outgoing connection may
 * be given it, and the server could not come back on its own port.
 */
const FIRST_PORT = 20_000;
const PAST_LAST_PORT = 32_000;
const ATTEMPTS = 200;

const handedOut = new Set<number>();

/** Whether a listener on 127.0.0.1 could take this port now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** A port on 127.0.0.1 that nobody listens on, and that this process has not handed out before. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(FIRST_PORT, PAST_LAST_PORT);
    if (handedOut.has(port) || !(await isPortFree(port))) continue;
    handedOut.add(port);
    return port;
  }
  throw new ServerUnavailable(`No free port was found on 127.0.0.1 between ${FIRST_PORT} and ${PAST_LAST_PORT}.`);
}

/** The port asked for when it is free, else another free one. */
export async function preferPort(wanted: number | undefined): Promise<number> {
  if (wanted === undefined || handedOut.has(wanted) || !(await isPortFree(wanted))) return freePort();
  handedOut.add(wanted);
  return wanted;
}

/** Refuses with one sentence when the port is taken. `wayOut` ends that sentence. */
export async function demandPort(port: number, wayOut: string): Promise<void> {
  if (!(await isPortFree(port))) throw new AlreadyInUse(`Port ${port} on 127.0.0.1 is taken by another program: ${wayOut}.`);
}
