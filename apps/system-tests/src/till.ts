import { setTimeout as sleep } from 'node:timers/promises';
import { signRequest } from '@tillbridge/protocol';
import { send, type HttpAnswer } from './http.js';

export type Caller = {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly merchantId: string;
  readonly token: string;
  readonly adminHeaders: Record<string, string>;
};

/** What a till knows of a payment in the end: its result, or why it has none. */
export type Paid = {
  readonly tradeNo: string;
  readonly transResult: number;
  readonly transIndexCode: string;
  readonly attempts: number;
};
export type Payment = Paid | { readonly tradeNo: string; readonly failure: string };

const PATIENCE_MS = 100;
const SUCCESS = 200;
/** No answer at all. */
const UNREACHABLE = 0;
const TRY_AGAIN: ReadonlySet<number> = new Set([UNREACHABLE, 40401, 40902, 50001, 50301, 50302, 50401]);
const IN_PROGRESS = 2;

export type Told = Readonly<Record<string, unknown>>;

export const isSuccess = ({ code }: Told): boolean => code === SUCCESS;
/** May the same request be sent again? Then the terminal was busy, nothing was started, nobody knows, or there was no answer. */
export const mayTryAgain = ({ code }: Told): boolean => TRY_AGAIN.has(Number(code));

/** A till as a careful programmer writes it: signs what it sends, repeats under the same trade number, believes only a final result. */
export class Till {
  private calls = 0;

  constructor(
    private readonly caller: Caller,
    private readonly gateways: readonly string[],
    readonly posId: string,
    readonly terminalSn: string,
  ) {}

  get identity(): { clientId: string; merchantId: string } {
    return { clientId: this.caller.clientId, merchantId: this.caller.merchantId };
  }

  /** One signed v3 call; the gateways take turns. `body` may be a text that is sent byte for byte. */
  call(operation: string, body: object | string, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const gateway = this.gateways[this.calls++ % this.gateways.length] ?? '';
    const sign = signRequest(text, this.caller.clientId, this.caller.clientSecret);
    return send('POST', `${gateway}/ovstrade/semiOpen/v3/${operation}`, text, { 'jwt-token': this.caller.token, sign, ...headers });
  }

  /** The body of the answer; where there is none at all it says so with a code of its own, and nothing is thrown. */
  ask(operation: string, request: object): Promise<Told> {
    // Not by class: what fetch throws comes from another realm than a test's own errors.
    return this.call(operation, request).then(
      ({ body }) => body,
      (error: unknown) => ({ code: UNREACHABLE, msg: String(error) }),
    );
  }

  async register(): Promise<void> {
    const answer = await this.call('registerTerminal', {
      ...this.identity,
      posId: this.posId,
      terminalId: '00000000',
      terminalSn: this.terminalSn,
    });
    if (answer.body['code'] !== SUCCESS) throw new Error(`registerTerminal was answered ${JSON.stringify(answer.body)}`);
  }

  purchase(tradeNo: string, transAmount: number): object {
    return { ...this.identity, posId: this.posId, tradeNo, transType: 'Purchase', transAmount, currencyCode: '840' };
  }

  /** Pays and waits for the final result, through every outage, until `giveUpAt`. */
  async pay(tradeNo: string, transAmount: number, giveUpAt: number): Promise<Paid> {
    const attempts = await this.initiate(this.purchase(tradeNo, transAmount), giveUpAt);
    for (;;) {
      const { body } = await this.persist('getCashierAgentResult', { ...this.identity, tradeNo }, giveUpAt);
      const data = body['data'] as { transResult: number; transIndexCode: string };
      if (data.transResult !== IN_PROGRESS) return { tradeNo, ...data, attempts };
      await rest(giveUpAt, `${tradeNo} has no final result`);
    }
  }

  private async initiate(request: object, giveUpAt: number): Promise<number> {
    return (await this.persist('internetTrans', request, giveUpAt)).attempts;
  }

  /** Sends the same request again until it is answered with success. */
  private async persist(operation: string, request: object, giveUpAt: number): Promise<{ body: Told; attempts: number }> {
    for (let attempts = 1; ; attempts += 1) {
      const body = await this.ask(operation, request);
      if (isSuccess(body)) return { body, attempts };
      if (!mayTryAgain(body)) throw new Error(`${operation} was answered ${JSON.stringify(body)}`);
      await rest(giveUpAt, `${operation} finds no success: ${JSON.stringify(body)}`);
    }
  }
}

async function rest(giveUpAt: number, complaint: string): Promise<void> {
  if (performance.now() > giveUpAt) throw new Error(complaint);
  await sleep(PATIENCE_MS);
}
