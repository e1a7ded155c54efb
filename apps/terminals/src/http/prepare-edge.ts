import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { connectHandlers } from '@tillbridge/messaging';

/** A pairing call has a hundred bytes; nothing else that this service takes has a body. */
const MAX_BODY_BYTES = 1_024;

/** What sets this edge apart from other services: besides the bus it talks to terminals, which anybody may claim to be. */
export function prepareEdge(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onRoute', (route) => {
    route.bodyLimit = MAX_BODY_BYTES;
  });
  connectHandlers(app);
}
