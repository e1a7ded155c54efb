import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  listAuditEntries,
  listDevelopers,
  listMerchants,
  listMerchantTokens,
  listPairingCodes,
  listTerminals,
  listTills,
  type Answer,
  type AuditEntryV1,
  type DeveloperRecordV1,
  type MerchantRecordV1,
  type Page,
  type PageRequestV1,
  type PairingCodeRecordV1,
  type TerminalRecordV1,
  type TillRecordV1,
  type TokenRecordV1,
} from '@tillbridge/contracts';
import { OnQuery } from '@tillbridge/messaging';
import * as lists from '../store/lists.js';
import { RecordLists } from '../store/record-lists.js';

/** Answers operators: pages of all that is kept here. */
@Controller()
export class ListsController {
  constructor(@Inject(RecordLists) private readonly records: RecordLists) {}

  @OnQuery(listDevelopers)
  developers(@Payload() page: PageRequestV1): Promise<Answer<Page<DeveloperRecordV1>>> {
    return this.records.page(lists.developerList, page);
  }

  @OnQuery(listMerchants)
  merchants(@Payload() page: PageRequestV1): Promise<Answer<Page<MerchantRecordV1>>> {
    return this.records.page(lists.merchantList, page);
  }

  @OnQuery(listMerchantTokens)
  tokens(@Payload() page: PageRequestV1): Promise<Answer<Page<TokenRecordV1>>> {
    return this.records.page(lists.tokenList, page);
  }

  @OnQuery(listTerminals)
  terminals(@Payload() page: PageRequestV1): Promise<Answer<Page<TerminalRecordV1>>> {
    return this.records.page(lists.terminalList, page);
  }

  @OnQuery(listTills)
  tills(@Payload() page: PageRequestV1): Promise<Answer<Page<TillRecordV1>>> {
    return this.records.page(lists.tillList, page);
  }

  @OnQuery(listPairingCodes)
  pairingCodes(@Payload() page: PageRequestV1): Promise<Answer<Page<PairingCodeRecordV1>>> {
    return this.records.page(lists.pairingCodeList, page);
  }

  @OnQuery(listAuditEntries)
  auditEntries(@Payload() page: PageRequestV1): Promise<Answer<Page<AuditEntryV1>>> {
    return this.records.page(lists.auditList, page);
  }
}
