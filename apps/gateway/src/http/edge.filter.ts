import { Catch, HttpException, HttpStatus, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { ErrorName } from '@tillbridge/contracts';
import type { Clock } from '@tillbridge/kernel';
import { clientErrorStatus, ProblemFilter, Unavailable, type Log } from '@tillbridge/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { defectAnswer, errorAnswer, present, unavailableAnswer, type Asked, type DialectAnswer } from './dialect-answer.js';
import { ProblemException } from './problem-answer.js';
import { causeOf, pathOf } from './request-context.js';
import { endpointAt } from './semi-open.paths.js';

const DIALECT_ROOT = '/ovstrade';
const FIRST_SERVER_ERROR = 500;

/** What the framework refuses before a controller is reached. Anything else of that kind is told with the status that it has. */
const errorOfStatus: Readonly<Record<number, ErrorName>> = {
  [HttpStatus.NOT_FOUND]: 'path-unknown',
  [HttpStatus.METHOD_NOT_ALLOWED]: 'method-not-allowed',
  [HttpStatus.PAYLOAD_TOO_LARGE]: 'body-too-large',
  [HttpStatus.UNSUPPORTED_MEDIA_TYPE]: 'media-type-unsupported',
  [HttpStatus.TOO_MANY_REQUESTS]: 'too-many-requests',
};

/** Gives errors the form of the dialect below its root, whose clients read nothing else, and that of the platform everywhere else. */
@Catch()
export class EdgeFilter implements ExceptionFilter {
  private readonly problems: ProblemFilter;

  constructor(
    private readonly log: Log,
    private readonly clock: Clock,
  ) {
    this.problems = new ProblemFilter(log);
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const path = pathOf(request);
    if (path !== DIALECT_ROOT && !path.startsWith(`${DIALECT_ROOT}/`)) {
      if (!(error instanceof ProblemException)) return this.problems.catch(error, host);
      void reply.status(error.problem.status).type('application/problem+json').send(JSON.stringify(error.problem));
      return;
    }
    const body = present(this.answerTo(error, path, request), reply);
    void reply.type('application/json; charset=utf-8').send(JSON.stringify(body));
  }

  private answerTo(error: unknown, path: string, request: FastifyRequest): DialectAnswer {
    const asked = { operation: endpointAt(path)?.operation, now: this.clock.now() };
    const status = error instanceof HttpException ? error.getStatus() : clientErrorStatus(error);
    if (status !== undefined && status < FIRST_SERVER_ERROR) return clientErrorAnswer(status, asked);
    if (error instanceof Unavailable) return unavailableAnswer(error.retryAfterMs, asked);
    const { correlationId } = causeOf(request);
    this.log.error({ err: error, correlationId }, 'a call met a defect');
    return defectAnswer(correlationId, asked);
  }
}

function clientErrorAnswer(status: number, asked: Asked): DialectAnswer {
  const name = errorOfStatus[status];
  if (name === undefined) return { ...errorAnswer('bad-request', undefined, asked), status };
  const answer = errorAnswer(name, undefined, asked);
  return name === 'method-not-allowed' ? { ...answer, headers: { allow: 'POST' } } : answer;
}
