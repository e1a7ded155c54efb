import { SandboxFailure } from './failure.js';

const ANSWER_WITHIN_MS = 65_000;

/** A JSON request of the sandbox to its own services. */
export interface JsonRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The exact text of the body. */
  readonly body?: string;
}

/** Sends a request and returns the JSON of its answer. Throws SandboxFailure for any status that is not 2xx. */
export async function requestJson({ method, url, headers = {}, body }: JsonRequest): Promise<unknown> {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const contentType = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(url, { method, headers: { ...contentType, ...headers }, body: body ?? null, signal }).catch(
    (error: unknown) => {
      throw new SandboxFailure(`${method} ${url} got no answer: ${error instanceof Error ? error.message : String(error)}`);
    },
  );
  const text = await answer.text();
  if (!answer.ok) throw new SandboxFailure(`${method} ${url} was answered with ${answer.status}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
