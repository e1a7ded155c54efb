import { MethodNotAllowedException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Clock } from '@tillbridge/kernel';
import { CLOCK, LOG, type Log } from '@tillbridge/platform';
import type { FastifyRequest } from 'fastify';
import { EdgeFilter } from './edge.filter.js';
import { openContext, pathOf } from './request-context.js';
import { endpointAt } from './semi-open.paths.js';
import { answerUnreadableCalls } from './unreadable-calls.js';

/**
 * What sets this edge apart from other services. Bodies stay bytes: signatures are over what was sent, and whoever parses JSON before
 * the check has already believed it. Needs `bodyParser: false`.
 */
export function prepareEdge(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  server.addHook('onRequest', (request, reply, next) => {
    openContext(request, reply);
    next(isWrongMethod(request) ? new MethodNotAllowedException() : undefined);
  });
  answerUnreadableCalls(server.server, app.get<Clock>(CLOCK));
  app.useGlobalFilters(new EdgeFilter(app.get<Log>(LOG), app.get<Clock>(CLOCK)));
}

/** Asked before a body is looked at: whoever calls an operation in a wrong way learns that first, whatever else is wrong. */
const isWrongMethod = (request: FastifyRequest): boolean => request.method !== 'POST' && endpointAt(pathOf(request)) !== undefined;
