import type { Clock } from '@tillbridge/kernel';
import type { Cause, Outcome } from '@tillbridge/messaging';
import type { Envelope } from '@tillbridge/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AdmittedCall, Admission } from '../identity/admission.js';
import { answerFor, present } from './dialect-answer.js';
import { bytesOf, causeOf, headerOf, pathOf } from './request-context.js';
import { endpointAt, type Operation } from './semi-open.paths.js';

/** The `data` of an answer that has none. */
export const noData = (): undefined => undefined;

/** What the operations of the Paywizard dialect share that are called with a merchant token. */
export abstract class DialectController {
  constructor(
    private readonly admission: Admission,
    private readonly clock: Clock,
  ) {}

  /** Settles who calls, then does the work and gives the outcome its form. */
  protected async serve<A extends object>(
    asked: Operation,
    request: FastifyRequest,
    reply: FastifyReply,
    dataOf: (value: A) => unknown,
    work: (call: AdmittedCall, cause: Cause) => Outcome<A> | Promise<Outcome<A>>,
  ): Promise<Envelope> {
    const cause = causeOf(request);
    const signature = isSigned(request) ? ({ required: true, sign: headerOf(request, 'sign') } as const) : ({ required: false } as const);
    const admitted = await this.admission.admit({ body: bytesOf(request.body), token: headerOf(request, 'jwt-token'), signature, cause });
    const outcome = admitted.outcome === 'done' ? await work(admitted.value, cause) : admitted;
    return present(answerFor(outcome, dataOf, { operation: asked, now: this.clock.now() }), reply);
  }
}

const isSigned = (request: FastifyRequest): boolean => endpointAt(pathOf(request))?.version !== 'v1';
