import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export const TOKEN = 'token-of-alice-0123456789';

type Heard = { readonly method: string; readonly url: string; readonly body: Record<string, unknown> | undefined };
type Answer = { readonly status: number; readonly body: object; readonly headers?: Record<string, string> };

/** The operators' API as the command line sees it: it remembers which terminals were invited, and answers otherwise as it is told. */
export class FakeGateway {
  readonly heard: Heard[] = [];
  private readonly invited = new Set<string>();
  private answer: (heard: Heard) => Answer | undefined = () => undefined;
  /** How many invitations are under way, and how many were at most. */
  private underWay = 0;
  most = 0;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<FakeGateway> {
    const server = createServer();
    const fake = new FakeGateway(server);
    server.on('request', (request, response) => void fake.serve(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  /** Answers so from now on; undefined leaves it to the memory. */
  says(answer: (heard: Heard) => Answer | undefined): void {
    this.answer = answer;
  }

  forget(): void {
    this.heard.length = 0;
    this.invited.clear();
    this.answer = () => undefined;
    this.most = 0;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.underWay += 1;
    this.most = Math.max(this.most, this.underWay);
    const body = await text(request);
    const heard = {
      method: request.method ?? '',
      url: request.url ?? '',
      body: body === '' ? undefined : (JSON.parse(body) as Heard['body']),
    };
    this.heard.push(heard);
    const isKnown = request.headers.authorization === `Bearer ${TOKEN}`;
    await new Promise((resolve) => setTimeout(resolve, 1));
    const answer = isKnown ? (this.answer(heard) ?? this.remembered(heard)) : problem(401, 40101, 'the admin token is missing or wrong');
    this.underWay -= 1;
    response.writeHead(answer.status, { 'content-type': 'application/json', 'x-request-id': 'request-1', ...answer.headers });
    response.end(JSON.stringify(answer.body));
  }

  private remembered({ method, url, body }: Heard): Answer {
    if (method === 'POST' && url === '/admin/v1/pairing-codes') return { status: 200, body: this.invite(body ?? {}) };
    return { status: 200, body: method === 'GET' ? { items: [] } : { changed: true } };
  }

  private invite(body: Record<string, unknown>): object {
    const key = JSON.stringify([body['clientId'], body['merchantId'], body['terminalSn']]);
    if (this.invited.has(key) && body['renew'] !== true) return { terminalUid: 'u', invited: false };
    this.invited.add(key);
    return {
      terminalUid: 'u',
      invited: true,
      codeUid: 'c',
      code: `CODE${String(body['terminalSn'])}`,
      expiresAt: '2026-11-01T09:15:00.000Z',
    };
  }
}

export const problem = (status: number, code: number, title: string, headers: Record<string, string> = {}): Answer => ({
  status,
  body: { title, status, code },
  headers,
});
