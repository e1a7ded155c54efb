import { setTimeout as sleep } from 'node:timers/promises';
import type { Access } from './access.js';
import { Failure } from './failure.js';

export type Json = Readonly<Record<string, unknown>>;
export type Call = { readonly method: string; readonly path: string; readonly query?: Json | undefined; readonly body?: Json | undefined };

/** What the gateway said. Of an error, `text` is a sentence for people. */
export type Told =
  | { readonly ok: true; readonly body: Json }
  | { readonly ok: false; readonly status: number; readonly text: string; readonly retryAfterMs: number | undefined };

/** Longer than the gateway waits for an owner. */
const ANSWER_WITHIN_MS = 65_000;
const DEFAULT_RETRY_AFTER_MS = 1_000;
const LONGEST_RETRY_AFTER_MS = 30_000;
const MAX_ATTEMPTS = 8;
const JITTER_MS = 250;
/** No answer at all. */
export const UNREACHED = 0;

export class AdminClient {
  constructor(private readonly access: Access) {}

  /** Throws Failure with what the gateway said, when it says no. */
  async do(call: Call): Promise<Json> {
    const told = await this.ask(call);
    if (told.ok) return told.body;
    throw new Failure(told.text);
  }

  /** Asks again as long as the gateway says that nothing was started. */
  async askPatiently(call: Call, signal: AbortSignal): Promise<Told> {
    let told = await this.ask(call);
    for (let attempt = 1; attempt < MAX_ATTEMPTS && !told.ok && told.retryAfterMs !== undefined && !signal.aborted; attempt += 1) {
      await sleep(Math.min(told.retryAfterMs, LONGEST_RETRY_AFTER_MS) + Math.random() * JITTER_MS);
      told = await this.ask(call);
    }
    return told;
  }

  async ask({ method, path, query = {}, body }: Call): Promise<Told> {
    const parameters = new URLSearchParams(
      Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
    ).toString();
    const url = `${this.access.url}${path}${parameters === '' ? '' : `?${parameters}`}`;
    const headers = {
      authorization: `Bearer ${this.access.token.reveal()}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    // A redirect would take the token to somewhere else.
    const sent = { method, headers, body: body === undefined ? null : JSON.stringify(body), signal, redirect: 'error' } as const;
    try {
      return await read(await fetch(url, sent));
    } catch (error) {
      return unreached(`${method} ${url}`, error);
    }
  }
}

async function read(answer: Response): Promise<Told> {
  const text = await answer.text();
  const body = parsed(text);
  if (answer.ok && body !== undefined) return { ok: true, body };
  const mayRetry = answer.status === 503 || answer.status === 429;
  const told = body === undefined ? `HTTP ${String(answer.status)}` : sentenceOf(body, answer);
  return { ok: false, status: answer.status, text: told, retryAfterMs: mayRetry ? retryAfterOf(answer) : undefined };
}

function sentenceOf({ title, detail, code }: Json, answer: Response): string {
  const what = [title, detail].filter((part) => typeof part === 'string').join(': ');
  const requestId = answer.headers.get('x-request-id');
  const where = [
    `HTTP ${String(answer.status)}`,
    ...(typeof code === 'number' ? [`code ${String(code)}`] : []),
    ...(requestId === null ? [] : [`request ${requestId}`]),
  ];
  return `${what} (${where.join(', ')})`;
}

function retryAfterOf(answer: Response): number {
  const seconds = answer.headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : DEFAULT_RETRY_AFTER_MS;
}

function parsed(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

/** A refused connection has started nothing; of any other break nobody knows. */
function unreached(what: string, error: unknown): Told {
  const code = memberIn(memberIn(error, 'cause'), 'code') ?? memberIn(error, 'code');
  const reason = memberIn(memberIn(error, 'cause'), 'message') ?? memberIn(error, 'message');
  const text = `${what} got no answer: ${[code, reason].find((each) => typeof each === 'string') ?? 'unknown reason'}`;
  return { ok: false, status: UNREACHED, text, retryAfterMs: code === 'ECONNREFUSED' ? DEFAULT_RETRY_AFTER_MS : undefined };
}

const memberIn = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
