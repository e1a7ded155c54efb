/**
 * The request bodies of `/ovstrade/semiOpen/v3/` as clients send them (wire specification 6 and 15). Amounts are integers of minor units, as a
 * number or as a text of digits; an empty text means "absent"; unknown members occur and are ignored.
 */
type WireAmount = number | string;

/** 6.2: makes the till known and binds it to the terminal. `terminalId` is often the placeholder `00000000`. */
export type RegisterTerminalRequest = {
  clientId: string;
  merchantId: string;
  posId: string;
  terminalId: string;
  terminalSn: string;
};

/** 6.3. The answer's `data` is an array of {@link TerminalBinding}, never null. */
export type QueryTerminalListRequest = { clientId: string; merchantId: string };
export type TerminalBinding = { terminalId: string; terminalSn: string; bindPosId: string };

/** 6.4: `posId` wins over `terminalId`; `terminalSn` may be another one than is bound. */
export type UnbindTerminalRequest = { clientId: string; merchantId: string; posId?: string; terminalId?: string; terminalSn?: string };

/** 5.3: how a follow-up names its original. One suffices, several must agree. */
export type OriginalIdentifiers = {
  oriTransIndexCode?: string | undefined;
  oriTraceNum?: string | undefined;
  oriInvoiceNum?: string | undefined;
  oriTransId?: string | undefined;
  oriRrn?: string | undefined;
};

/** 6.5: asks for a transaction on the terminal that is bound to `posId`. `transAmount` is the total, with tip and other amount in it. */
export type InternetTransRequest = OriginalIdentifiers & {
  clientId: string;
  merchantId: string;
  posId: string;
  terminalId?: string;
  tradeNo: string;
  transType: string;
  transScheme?: string;
  callerName?: string;
  transAmount?: WireAmount;
  otherAmount?: WireAmount;
  tipAmount?: WireAmount;
  currencyCode?: string;
  /** `YYYYMMDD`, by the till's clock; the demo client takes week years and 12 hours, so never order by it. */
  reqTransDate?: string;
  /** `hhmmss` */
  reqTransTime?: string;
  enableReceipt?: boolean;
  appendingReceiptInfo?: string;
  skipConfirmProcedure?: boolean;
  callBackUrl?: string;
};

/** 6.6. `wait` is ours: seconds to wait for a final result. */
export type GetCashierAgentResultRequest = { clientId: string; merchantId: string; tradeNo: string; transType?: string; wait?: number };

/** 6.7: `sn` is the terminal's serial number. 3 cancels the running transaction. */
export type TerminalOperationsRequest = { clientId: string; posId: string; sn: string; operationType: number };
