import {
  type Envelope,
  type GetCashierAgentResultRequest,
  type InternetTransRequest,
  type QueryData,
  signRequest,
} from '@tillbridge/protocol';
import { randomToken } from '@tillbridge/kernel';

import type { Credentials } from './data-dir.js';
import { SandboxFailure } from './failure.js';
import { requestJson } from './http.js';

const SUCCESS = 200;
const DIGITS = '0123456789';

/** A request of a till, ready to be sent: the exact body, and the headers that belong to it. */
export interface SignedRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A trade number that no purchase has had: the time, for people, and random digits. */
export function newTradeNo(now: Date): string {
  return now.toISOString().slice(0, 19).replace(/\D/g, '') + randomToken(6, DIGITS);
}

/** A till that speaks version 3 of the Paywizard dialect, as any till in the field would. */
export class Till {
  readonly #gateway: string;
  readonly #credentials: Credentials;

  constructor(gateway: string, credentials: Credentials) {
    this.#gateway = gateway;
    this.#credentials = credentials;
  }

  /** Binds the till to its terminal; safe to repeat. */
  async bind(): Promise<void> {
    const { terminalId, terminalSn } = this.#credentials.terminal;
    await this.#send(this.request('registerTerminal', { posId: this.#credentials.till.posId, terminalId, terminalSn }));
  }

  /** Asks for a purchase. Returns when it is accepted, long before the card is read. */
  async purchase(tradeNo: string, amountMinor: number): Promise<void> {
    await this.#send(this.request('internetTrans', this.purchaseFields(tradeNo, amountMinor)));
  }

  /** Asks how a purchase ended; `transResult` 2 means that it has not ended. */
  async result(tradeNo: string): Promise<QueryData> {
    const fields: Partial<GetCashierAgentResultRequest> = { tradeNo };
    const { data } = await this.#send(this.request('getCashierAgentResult', fields));
    if (typeof data !== 'object' || data === null) throw new SandboxFailure('The result query was answered without data.');
    return data as QueryData;
  }

  purchaseFields(tradeNo: string, amountMinor: number): Partial<InternetTransRequest> {
    const { posId } = this.#credentials.till;
    const { currencyCode } = this.#credentials.merchant;
    return { posId, tradeNo, transType: 'Purchase', transAmount: amountMinor, currencyCode };
  }

  /** A signed request, not yet sent. */
  request(operation: string, fields: object): SignedRequest {
    const { clientId, clientSecret } = this.#credentials.developer;
    const { merchantId, token } = this.#credentials.merchant;
    const body = JSON.stringify({ clientId, merchantId, ...fields });
    const headers = { 'content-type': 'application/json', 'jwt-token': token, sign: signRequest(body, clientId, clientSecret) };
    return { url: `${this.#gateway}/ovstrade/semiOpen/v3/${operation}`, headers, body };
  }

  async #send(request: SignedRequest): Promise<Envelope> {
    const answer = (await requestJson({ method: 'POST', ...request })) as Envelope;
    if (answer.code === SUCCESS) return answer;
    const operation = request.url.slice(request.url.lastIndexOf('/') + 1);
    throw new SandboxFailure(`${operation} was refused with code ${answer.code}: ${answer.msg}`);
  }
}
