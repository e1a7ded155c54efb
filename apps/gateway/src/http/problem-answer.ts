import { HttpException, HttpStatus } from '@nestjs/common';
import { errors, type ErrorName } from '@tillbridge/contracts';
import { unreachable } from '@tillbridge/kernel';
import type { Outcome } from '@tillbridge/messaging';
import { Unavailable } from '@tillbridge/platform';

/** RFC 9457, with the catalogue's code. */
type Problem = { title: string; status: number; code: number; detail?: string; correlationId?: string };

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

function problemOf(name: ErrorName, detail?: string, correlationId?: string): ProblemException {
  const { code, text } = errors[name];
  const more = { ...(detail === undefined ? {} : { detail }), ...(correlationId === undefined ? {} : { correlationId }) };
  return new ProblemException({ title: text, status: statusOf(code), code, ...more });
}

/** The dialect's codes begin with the HTTP status that they stand for. What the owner finds wrong with the content is 422: the form was right. */
function statusOf(code: number): number {
  const status = Math.floor(code / 100);
  return status === (HttpStatus.BAD_REQUEST as number) ? HttpStatus.UNPROCESSABLE_ENTITY : status;
}
