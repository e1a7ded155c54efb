import { Inject, Injectable } from '@nestjs/common';
import { findTransaction, recordReport, type RecordedV1 } from '@tillbridge/contracts';
import { RequestClient, type Cause, type Outcome } from '@tillbridge/messaging';
import type { TerminalReport } from './paywizard/report-request.js';

/** Takes the results that terminals report over HTTP to the owner of their journals. */
@Injectable()
export class ResultReports {
  constructor(@Inject(RequestClient) private readonly client: RequestClient) {}

  /** A report that comes again is done again, and changes nothing. */
  async record(report: TerminalReport, cause: Cause): Promise<Outcome<RecordedV1>> {
    const { clientId, merchantId, result } = report;
    if ('transIndexCode' in report) return this.client.request(recordReport, report, cause);
    const found = await this.client.query(findTransaction, { clientId, merchantId, tradeNo: report.tradeNo }, cause);
    if (found.outcome !== 'done') return found;
    const { transIndexCode } = found.value.transaction;
    return this.client.request(recordReport, { clientId, merchantId, transIndexCode, result }, cause);
  }
}
