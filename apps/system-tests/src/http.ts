/** What came back: the HTTP status, the headers and the body as JSON. */
export type HttpAnswer = { readonly status: number; readonly headers: Headers; readonly body: Record<string, unknown> };

const TIMEOUT_MS = 20_000;

/** Sends JSON (or the given text as it is) and reads JSON. */
export async function send(method: string, url: string, body: unknown, headers: Record<string, string> = {}): Promise<HttpAnswer> {
  const answer = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
}

/** Like `send`, for what must succeed. */
export async function sendOk(
  method: string,
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const answer = await send(method, url, body, headers);
  if (answer.status >= 300) throw new Error(`${method} ${url} was answered ${String(answer.status)}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}
