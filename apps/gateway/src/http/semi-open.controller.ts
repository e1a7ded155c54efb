import { Controller, HttpCode, HttpStatus, Inject, Post, Req, Res } from '@nestjs/common';
import { listBindings, unbindTill } from '@tillbridge/contracts';
import type { Clock } from '@tillbridge/kernel';
import { RequestClient } from '@tillbridge/messaging';
import { CLOCK, networkOfCaller } from '@tillbridge/platform';
import type { Envelope, PushEnvironment } from '@tillbridge/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Admission } from '../identity/admission.js';
import { AccessOffice, tokenListOf } from '../access.js';
import { Initiation } from '../initiation.js';
import { readInitiation } from '../paywizard/initiation-request.js';
import { readListRequest, readRegistration, readResultQuery, readUnbinding, terminalListOf } from '../paywizard/plain-requests.js';
import { queryDataOf } from '../paywizard/result-report.js';
import { CallRates, tightRates } from '../rates/call-rates.js';
import { Registration } from '../registration.js';
import { ResultWatch } from '../waiting/result-watch.js';
import { answerFor, present } from './dialect-answer.js';
import { DialectController, noData } from './dialect-controller.js';
import { bytesOf, causeOf } from './request-context.js';
import { operation, SEMI_OPEN_V1, SEMI_OPEN_V3 } from './semi-open.paths.js';

/** Injection token of the environment that the service runs in. */
export const ENVIRONMENT = Symbol('environment');

/** Calls back when the connection of a call is gone, also when that was before. */
const whenLeft =
  ({ raw }: FastifyReply) =>
  (left: () => void): void => {
    if (raw.destroyed) left();
    else raw.once('close', left);
  };

/**
 * The Paywizard cloud API (WIRE.md 6): `POST`, one envelope for every answer. Version 3 is signed. Version 1 is the same without a signature,
 * on the same state.
 */
@Controller([SEMI_OPEN_V3, SEMI_OPEN_V1])
export class SemiOpenController extends DialectController {
  constructor(
    @Inject(Admission) admission: Admission,
    @Inject(Registration) private readonly registration: Registration,
    @Inject(Initiation) private readonly initiation: Initiation,
    @Inject(ResultWatch) private readonly watch: ResultWatch,
    @Inject(RequestClient) private readonly client: RequestClient,
    @Inject(CLOCK) clock: Clock,
    @Inject(ENVIRONMENT) private readonly environment: PushEnvironment,
  ) {
    super(admission, clock);
  }

  /** Binds a till to a terminal; `data` is absent. */
  @Post(operation.registerTerminal)
  @HttpCode(HttpStatus.OK)
  registerTerminal(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Envelope> {
    return this.serve(operation.registerTerminal, request, reply, noData, ({ fields, caller }, cause) => {
      const read = readRegistration(fields, caller);
      return read.outcome === 'done' ? this.registration.register(read.value, cause) : read;
    });
  }

  /** The bound tills of the merchant; `data` is an array. */
  @Post(operation.queryTerminalList)
  @HttpCode(HttpStatus.OK)
  queryTerminalList(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Envelope> {
    return this.serve(operation.queryTerminalList, request, reply, terminalListOf, ({ fields, caller }, cause) => {
      const read = readListRequest(fields, caller);
      return read.outcome === 'done' ? this.client.query(listBindings, read.value, cause) : read;
    });
  }

  /** Takes a till off its terminal; `data` is absent. */
  @Post(operation.unbindTerminal)
  @HttpCode(HttpStatus.OK)
  unbindTerminal(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Envelope> {
    return this.serve(operation.unbindTerminal, request, reply, noData, ({ fields, caller }, cause) => {
      const read = readUnbinding(fields, caller);
      return read.outcome === 'done' ? this.client.request(unbindTill, read.value, cause) : read;
    });
  }

  /** Starts a transaction: success means accepted, not paid; `data` is absent. */
  @Post(operation.internetTrans)
  @HttpCode(HttpStatus.OK)
  internetTrans(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Envelope> {
    return this.serve(operation.internetTrans, request, reply, noData, ({ fields, caller }, cause) => {
      const read = readInitiation(fields, caller, this.environment);
      return read.outcome === 'done' ? this.initiation.initiate(read.value, cause) : read;
    });
  }

  /** How a transaction stands; `data` is an object. */
  @Post(operation.getCashierAgentResult)
  @HttpCode(HttpStatus.OK)
  getCashierAgentResult(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Envelope> {
    return this.serve(operation.getCashierAgentResult, request, reply, queryDataOf, ({ fields, caller }, cause) => {
      const read = readResultQuery(fields, caller);
      if (read.outcome !== 'done') return read;
      const { query, waitMs } = read.value;
      return this.watch.find(query, { waitMs, onLeave: whenLeft(reply) }, cause);
    });
  }
}

/** What only version 1 has, deprecated by the vendor (WIRE.md 6.1): neither token nor signature, for it is where tokens come from. */
@Controller(SEMI_OPEN_V1)
export class AccessTokenController {
  constructor(
    @Inject(AccessOffice) private readonly office: AccessOffice,
    @Inject(CallRates) private readonly rates: CallRates,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The tokens of a merchant for a developer that shows its secret; `data` is an array. */
  @Post(operation.generateAccessToken)
  @HttpCode(HttpStatus.OK)
  async generateAccessToken(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Envelope> {
    await this.rates.admit(tightRates.generateAccessTokenByAddress, networkOfCaller(request), causeOf(request));
    const outcome = await this.office.open(bytesOf(request.body), causeOf(request));
    return present(answerFor(outcome, tokenListOf, { operation: operation.generateAccessToken, now: this.clock.now() }), reply);
  }
}
