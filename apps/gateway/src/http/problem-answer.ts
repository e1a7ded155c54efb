import { HttpException, HttpStatus } from '@nestjs/common';
import { errors, type ErrorName } from '@tillbridge/contracts';
import { unreachable } from '@tillbridge/kernel';
import type { Outcome } from '@tillbridge/messaging';
import { clientErrorStatus, InvalidInput, Unavailable } from '@tillbridge/platform';
import type { FastifyReply } from 'fastify';

/** RFC 9457, with the catalogue's code. */
export type Problem = { title: string; status: number; code: number; detail?: string; correlationId?: string };

/** Carries a problem to the filter, which alone writes answers to what went wrong. */
export class ProblemException extends HttpException {
  constructor(readonly problem: Problem) {
    super(problem, problem.status);
  }
}

/** What was done; anything else is thrown for the filter to tell: ProblemException or Unavailable. */
export function valueOrProblem<A extends object>(outcome: Outcome<A>): A {
  switch (outcome.outcome) {
    case 'done':
      return outcome.value;
    case 'refused':
      throw problemOf(outcome.refusal.name, outcome.refusal.detail);
    case 'unavailable':
      throw new Unavailable(errors.unavailable.text, outcome.retryAfterMs);
    case 'expired':
    case 'no-answer':
      throw problemOf('no-answer');
    case 'defect':
      throw problemOf('internal-error', undefined, outcome.correlationId);
    default:
      return unreachable(outcome, 'outcome');
  }
}

/** Throw it: the call ends with this error of the catalogue. */
export function problemOf(name: ErrorName, detail?: string, correlationId?: string): ProblemException {
  const { code, text } = errors[name];
  const more = { ...(detail === undefined ? {} : { detail }), ...(correlationId === undefined ? {} : { correlationId }) };
  return new ProblemException({ title: text, status: statusOfError(name), code, ...more });
}

/**
 * The status of a problem. The dialect's codes begin with the HTTP status that they stand for. What the owner finds wrong with the content is 422:
 * the form was right.
 */
export function statusOfError(name: ErrorName): number {
  const status = Math.floor(errors[name].code / 100);
  return status === (HttpStatus.BAD_REQUEST as number) ? HttpStatus.UNPROCESSABLE_ENTITY : status;
}

/** What the framework refuses before a controller is reached, by its status. Anything else of that kind is HTTP that cannot be read. */
export const errorOfStatus: Readonly<Record<number, ErrorName>> = {
  [HttpStatus.UNAUTHORIZED]: 'token-invalid',
  [HttpStatus.NOT_FOUND]: 'path-unknown',
  [HttpStatus.METHOD_NOT_ALLOWED]: 'method-not-allowed',
  [HttpStatus.PAYLOAD_TOO_LARGE]: 'body-too-large',
  [HttpStatus.UNSUPPORTED_MEDIA_TYPE]: 'media-type-unsupported',
  [HttpStatus.TOO_MANY_REQUESTS]: 'too-many-requests',
};

/** The problem that tells what was thrown; undefined for a defect, of which the world learns only an id. */
export function problemFor(error: unknown): Problem | undefined {
  if (error instanceof ProblemException) return error.problem;
  if (error instanceof InvalidInput) {
    return { title: 'invalid input', status: HttpStatus.BAD_REQUEST, code: errors['invalid-field'].code, detail: error.message };
  }
  if (error instanceof Unavailable) {
    return { title: errors.unavailable.text, status: HttpStatus.SERVICE_UNAVAILABLE, code: errors.unavailable.code };
  }
  const status = error instanceof HttpException ? error.getStatus() : clientErrorStatus(error);
  if (status === undefined || status >= (HttpStatus.INTERNAL_SERVER_ERROR as number)) return undefined;
  const name = errorOfStatus[status] ?? 'bad-request';
  // Of a wrong admin token the catalogue's text would say that it is a jwt-token.
  const title = name === 'token-invalid' && error instanceof Error ? error.message : errors[name].text;
  return { title, status, code: errors[name].code };
}

export const defectProblem = (correlationId: string): Problem => problemOf('internal-error', undefined, correlationId).problem;

export function sendProblem(problem: Problem, reply: FastifyReply): void {
  void reply.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}
