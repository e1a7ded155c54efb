import { Controller, HttpCode, HttpStatus, Inject, Post, Req, Res } from '@nestjs/common';
import type { Clock } from '@tillbridge/kernel';
import { CLOCK } from '@tillbridge/platform';
import type { Envelope } from '@tillbridge/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Admission } from '../identity/admission.js';
import { readReport } from '../paywizard/report-request.js';
import { ResultReports } from '../result-reports.js';
import { DialectController, noData } from './dialect-controller.js';
import { operation, SEMI_OPEN_V1 } from './semi-open.paths.js';

/** What terminals call, in version 1 only (WIRE.md 6.8). */
@Controller(SEMI_OPEN_V1)
export class ResultReportsController extends DialectController {
  constructor(
    @Inject(Admission) admission: Admission,
    @Inject(ResultReports) private readonly reports: ResultReports,
    @Inject(CLOCK) clock: Clock,
  ) {
    super(admission, clock);
  }

  /** Publishes a result, in spite of its name; `data` is absent. */
  @Post(operation.subscribeCashierAgentResult)
  @HttpCode(HttpStatus.OK)
  subscribeCashierAgentResult(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Envelope> {
    return this.serve(operation.subscribeCashierAgentResult, request, reply, noData, async ({ fields, caller }, cause) => {
      const read = readReport(fields, caller);
      return read.outcome === 'done' ? this.reports.record(read.value, cause) : read;
    });
  }
}
