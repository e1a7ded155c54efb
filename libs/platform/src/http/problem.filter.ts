import { Catch, HttpException, HttpStatus, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { newId } from '@tillbridge/kernel';
import type { FastifyReply } from 'fastify';
import { InvalidInput, Unavailable } from '../errors.js';
import { LOG, type Log } from '../log.js';

/** RFC 9457 problem details. `detail` is safe to show; of a defect the world learns only an id that is in our log. */
type Problem = { title: string; status: number; detail?: string; correlationId?: string };

/** The one place where thrown errors become HTTP answers (outside the dialects that have their own form of errors). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = this.problemFor(error);
    if (error instanceof Unavailable) reply.header('retry-after', String(Math.ceil(error.retryAfterMs / 1000)));
    void reply.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  }

  private problemFor(error: unknown): Problem {
    if (error instanceof InvalidInput) return { title: 'invalid input', status: HttpStatus.BAD_REQUEST, detail: error.message };
    if (error instanceof Unavailable) {
      this.log.warn({ err: error }, 'unavailable');
      return { title: 'unavailable', status: HttpStatus.SERVICE_UNAVAILABLE, detail: error.message };
    }
    if (error instanceof HttpException) return { title: titleOf(error), status: error.getStatus() };
    const status = clientErrorStatus(error);
    if (status !== undefined) return { title: error instanceof Error ? error.message : 'bad request', status };
    const correlationId = newId();
    this.log.error({ err: error, correlationId }, 'a request met a defect');
    return { title: 'internal error', status: HttpStatus.INTERNAL_SERVER_ERROR, correlationId };
  }
}

/** The framework repeats the path that it does not know, and people put anything into paths. */
const UNKNOWN_PATH = /^Cannot [A-Z]+ \//;
const titleOf = (error: HttpException): string => (UNKNOWN_PATH.test(error.message) ? 'no such path' : error.message);

/** Fastify's own refusals (body too large, broken JSON) are errors with a 4xx `statusCode`. */
export function clientErrorStatus(error: unknown): number | undefined {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
