import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { connectHandlers } from '@tillbridge/messaging';
import { MAX_POLL_BYTES, TERMINAL_POLL_PATH } from '@tillbridge/protocol';

/** A pairing call has a hundred bytes; besides it only polls have a body. */
const MAX_BODY_BYTES = 1_024;

/** What sets this edge apart from other services: besides the bus it talks to terminals, which anybody may claim to be. */
export function prepareEdge(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onRoute', (route) => {
    route.bodyLimit = route.url === TERMINAL_POLL_PATH ? MAX_POLL_BYTES : MAX_BODY_BYTES;
  });
  connectHandlers(app);
}
