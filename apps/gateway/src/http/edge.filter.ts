import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Clock } from '@tillbridge/kernel';
import { clientErrorStatus, Unavailable, type Log } from '@tillbridge/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { defectAnswer, errorAnswer, present, unavailableAnswer, type Asked, type DialectAnswer } from './dialect-answer.js';
import { defectProblem, errorOfStatus, problemFor, sendProblem } from './problem-answer.js';
import { causeOf, pathOf } from './request-context.js';
import { endpointAt } from './semi-open.paths.js';

const DIALECT_ROOT = '/ovstrade';
const FIRST_SERVER_ERROR = 500;

/** Gives errors the form of the dialect below its root, whose clients read nothing else, and that of problem details everywhere else. */
@Catch()
export class EdgeFilter implements ExceptionFilter {
  constructor(
    private readonly log: Log,
    private readonly clock: Clock,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const path = pathOf(request);
    if (path !== DIALECT_ROOT && !path.startsWith(`${DIALECT_ROOT}/`)) {
      if (error instanceof Unavailable) reply.header('retry-after', String(Math.max(1, Math.ceil(error.retryAfterMs / 1_000))));
      sendProblem(problemFor(error) ?? defectProblem(this.record(error, request)), reply);
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
    return defectAnswer(this.record(error, request), asked);
  }

  /** Writes down a defect; returns the id under which it is found. */
  private record(error: unknown, request: FastifyRequest): string {
    const { correlationId } = causeOf(request);
    this.log.error({ err: error, correlationId }, 'a call met a defect');
    return correlationId;
  }
}

function clientErrorAnswer(status: number, asked: Asked): DialectAnswer {
  const name = errorOfStatus[status];
  if (name === undefined) return { ...errorAnswer('bad-request', undefined, asked), status };
  const answer = errorAnswer(name, undefined, asked);
  return name === 'method-not-allowed' ? { ...answer, headers: { allow: 'POST' } } : answer;
}
