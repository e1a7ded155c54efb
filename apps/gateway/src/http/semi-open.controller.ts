import { Controller, HttpCode, HttpStatus, Inject, Post, Req, Res } from '@nestjs/common';
import { bindTill, findTransaction, listBindings } from '@tillbridge/contracts';
import type { Clock } from '@tillbridge/kernel';
import { RequestClient, type Cause, type Outcome } from '@tillbridge/messaging';
import { CLOCK } from '@tillbridge/platform';
import type { Envelope, PushEnvironment } from '@tillbridge/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Admission, type AdmittedCall } from '../identity/admission.js';
import { Initiation } from '../initiation.js';
import { readInitiation } from '../paywizard/initiation-request.js';
import { readListRequest, readRegistration, readResultQuery, terminalListOf } from '../paywizard/plain-requests.js';
import { queryDataOf } from '../paywizard/result-report.js';
import { answerFor, present } from './dialect-answer.js';
import { bytesOf, causeOf, headerOf } from './request-context.js';
import { operation, SEMI_OPEN_V3, type Operation } from './semi-open.paths.js';

/** Injection token of the environment that the service runs in. */
export const ENVIRONMENT = Symbol('environment');

const noData = (): undefined => undefined;

/** The Paywizard cloud API, version 3 (WIRE.md 6): `POST`, signed, one envelope for every answer. */
@Controller(SEMI_OPEN_V3)
export class SemiOpenController {
  constructor(
    @Inject(Admission) private readonly admission: Admission,
    @Inject(Initiation) private readonly initiation: Initiation,
    @Inject(RequestClient) private readonly client: RequestClient,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(ENVIRONMENT) private readonly environment: PushEnvironment,
  ) {}

  /** Binds a till to a terminal; `data` is absent. */
  @Post(operation.registerTerminal)
  @HttpCode(HttpStatus.OK)
  registerTerminal(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Envelope> {
    return this.serve(operation.registerTerminal, request, reply, noData, async ({ fields, caller }, cause) => {
      const read = readRegistration(fields, caller);
      return read.outcome === 'done' ? this.client.request(bindTill, read.value, cause) : read;
    });
  }

  /** The bound tills of the merchant; `data` is an array. */
  @Post(operation.queryTerminalList)
  @HttpCode(HttpStatus.OK)
  queryTerminalList(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Envelope> {
    return this.serve(operation.queryTerminalList, request, reply, terminalListOf, async ({ fields, caller }, cause) => {
      const read = readListRequest(fields, caller);
      return read.outcome === 'done' ? this.client.query(listBindings, read.value, cause) : read;
    });
  }

  /** Starts a transaction: success means accepted, not paid; `data` is absent. */
  @Post(operation.internetTrans)
  @HttpCode(HttpStatus.OK)
  internetTrans(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Envelope> {
    return this.serve(operation.internetTrans, request, reply, noData, async ({ fields, caller }, cause) => {
      const read = readInitiation(fields, caller, this.environment);
      return read.outcome === 'done' ? this.initiation.initiate(read.value, cause) : read;
    });
  }

  /** How a transaction stands; `data` is an object. */
  @Post(operation.getCashierAgentResult)
  @HttpCode(HttpStatus.OK)
  getCashierAgentResult(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Envelope> {
    const dataOf = (found: { transaction: Parameters<typeof queryDataOf>[0] }): unknown => queryDataOf(found.transaction);
    return this.serve(operation.getCashierAgentResult, request, reply, dataOf, async ({ fields, caller }, cause) => {
      const read = readResultQuery(fields, caller);
      return read.outcome === 'done' ? this.client.query(findTransaction, read.value, cause) : read;
    });
  }

  private async serve<A extends object>(
    asked: Operation,
    request: FastifyRequest,
    reply: FastifyReply,
    dataOf: (value: A) => unknown,
    work: (call: AdmittedCall, cause: Cause) => Promise<Outcome<A>>,
  ): Promise<Envelope> {
    const cause = causeOf(request);
    const credentials = { token: headerOf(request, 'jwt-token'), sign: headerOf(request, 'sign') };
    const admitted = await this.admission.admit({ body: bytesOf(request.body), ...credentials, cause });
    const outcome = admitted.outcome === 'done' ? await work(admitted.value, cause) : admitted;
    return present(answerFor(outcome, dataOf, { operation: asked, now: this.clock.now() }), reply);
  }
}
