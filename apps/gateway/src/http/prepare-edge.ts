import { MethodNotAllowedException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Clock } from '@tillbridge/kernel';
import { CLOCK, defaultHttpLimits, LOG, type Log } from '@tillbridge/platform';
import type { FastifyRequest } from 'fastify';
import { CallRates } from '../rates/call-rates.js';
import { EdgeFilter } from './edge.filter.js';
import { noteUrlLength, refuseOversized } from './edge-limits.js';
import { causeOf, keepContexts, openContext, pathOf } from './request-context.js';
import { securityHeaders } from './security-headers.js';
import { endpointAt } from './semi-open.paths.js';
import { answerUnreadableCalls } from './unreadable-calls.js';

/** Probes come from one address, and a node that is refused its probe ends the service. */
const UNCOUNTED = /^\/health([/?]|$)/;

/**
 * What sets this edge apart from other services. Bodies stay bytes: signatures are over what was sent, and whoever parses JSON before
 * the check has already believed it. Needs `bodyParser: false`.
 */
export function prepareEdge(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  keepContexts(server);
  limitCalls(app);
  answerUnreadableCalls(server.server, app.get<Clock>(CLOCK));
  server.server.prependListener('request', noteUrlLength);
  app.useGlobalFilters(new EdgeFilter(app.get<Log>(LOG), app.get<Clock>(CLOCK)));
}

/** Answers tell of money and show secrets, so nobody keeps them. A page may say otherwise of itself. */
const usualHeaders = { ...securityHeaders, 'cache-control': 'no-store' };

/** Asked before a body is looked at, cheapest first: whoever calls too much, too large or in a wrong way learns that first, whatever else is wrong. */
function limitCalls(app: NestFastifyApplication): void {
  const rates = app.get(CallRates);
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onRequest', async (request, reply) => {
    openContext(request, reply.headers(usualHeaders));
    const waiting = UNCOUNTED.test(request.url) ? undefined : rates.admitAddress(request);
    if (waiting !== undefined) await waiting;
    refuseOversized(request, defaultHttpLimits.headerCount);
    if (isWrongMethod(request)) throw new MethodNotAllowedException();
  });
  server.addHook('onSend', (request, reply, payload, done) => {
    reply.headers(rates.headersOf(causeOf(request)));
    done(null, payload);
  });
}

const isWrongMethod = (request: FastifyRequest): boolean => request.method !== 'POST' && endpointAt(pathOf(request)) !== undefined;
