import { Controller, HttpCode, HttpStatus, Inject, Post, Req, Res } from '@nestjs/common';
import type { Clock } from '@tillbridge/kernel';
import { CLOCK } from '@tillbridge/platform';
import type { Envelope } from '@tillbridge/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Admission } from '../identity/admission.js';
import type { OperationData } from '../paywizard/operation-report.js';
import { readTerminalOperation } from '../paywizard/terminal-requests.js';
import { TerminalDesk } from '../terminal-desk.js';
import { DialectController } from './dialect-controller.js';
import { operation, SEMI_OPEN_V3 } from './semi-open.paths.js';

/** What only version 3 has (WIRE.md 6.7). */
@Controller(SEMI_OPEN_V3)
export class TerminalOperationsController extends DialectController {
  constructor(
    @Inject(Admission) admission: Admission,
    @Inject(TerminalDesk) private readonly desk: TerminalDesk,
    @Inject(CLOCK) clock: Clock,
  ) {
    super(admission, clock);
  }

  /** Cancels what the till has under way, tells how its terminal is, or prints again; `data` is an object. */
  @Post(operation.terminalOperations)
  @HttpCode(HttpStatus.OK)
  terminalOperations(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Envelope> {
    const asItIs = (data: OperationData): OperationData => data;
    return this.serve(operation.terminalOperations, request, reply, asItIs, async ({ fields, caller }, cause) => {
      const read = readTerminalOperation(fields, caller);
      return read.outcome === 'done' ? this.desk.operate(read.value, cause) : read;
    });
  }
}
