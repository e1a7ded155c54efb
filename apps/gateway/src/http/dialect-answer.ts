import { errors, type ErrorName, type Refusal } from '@tillbridge/contracts';
import { unreachable } from '@tillbridge/kernel';
import type { Outcome } from '@tillbridge/messaging';
import { envelope, type Envelope } from '@tillbridge/protocol';
import type { FastifyReply } from 'fastify';
import { adviceFor } from './advice.js';
import type { Operation } from './semi-open.paths.js';

/** An answer of the Paywizard dialect, ready to be sent. */
export type DialectAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Envelope;
};

const SUCCESS = 200;
const DEFAULT_RETRY_AFTER_MS = 1_000;

/** What was asked for, and when it is answered. Without an operation (an unknown path) the advice is the catalogue's. */
export type Asked = { readonly operation: Operation | undefined; readonly now: Date };

/**
 * The one place where what happened becomes an answer.
 * @param dataOf the member `data` of a success; undefined leaves it out
 */
export function answerFor<A extends object>(outcome: Outcome<A>, dataOf: (value: A) => unknown, asked: Asked): DialectAnswer {
  switch (outcome.outcome) {
    case 'done':
      return {
        status: SUCCESS,
        headers: outcome.replayed === true ? { 'x-idempotent-replay': 'true' } : {},
        body: envelope(SUCCESS, 'success', dataOf(outcome.value), asked.now),
      };
    case 'refused':
      return refusalAnswer(outcome.refusal, asked);
    case 'unavailable':
      return unavailableAnswer(outcome.retryAfterMs, asked);
    case 'expired':
    case 'no-answer':
      return errorAnswer('no-answer', undefined, asked);
    case 'defect':
      return defectAnswer(outcome.correlationId, asked);
    default:
      return unreachable(outcome, 'outcome');
  }
}

/** An error of the catalogue. `detail` follows its public text. */
export function errorAnswer(name: ErrorName, detail: string | undefined, { operation, now }: Asked): DialectAnswer {
  const { code, httpStatus, text } = errors[name];
  return {
    status: httpStatus,
    headers: {},
    body: envelope(code, detail === undefined ? text : `${text}: ${detail}`, undefined, now, adviceFor(name, operation)),
  };
}

/** What the owner says no with. Its data were given the form of the dialect before they came here. */
function refusalAnswer({ name, detail, data }: Refusal, asked: Asked): DialectAnswer {
  const answer = errorAnswer(name, detail, asked);
  return data === undefined ? answer : { ...answer, body: { ...answer.body, data } };
}

export function unavailableAnswer(retryAfterMs = DEFAULT_RETRY_AFTER_MS, asked: Asked): DialectAnswer {
  return {
    ...errorAnswer('unavailable', undefined, asked),
    headers: { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) },
  };
}

/** A fault of ours: outside there is only the id under which the log has the rest. */
export const defectAnswer = (correlationId: string, asked: Asked): DialectAnswer =>
  errorAnswer('internal-error', `correlation id ${correlationId}`, asked);

/** Sets status and headers; the body is returned for the framework to send. */
export function present(answer: DialectAnswer, reply: FastifyReply): Envelope {
  reply.status(answer.status).headers(answer.headers);
  return answer.body;
}
