const TIMEOUT_MS = 20_000;

/** What came of showing a pairing code: the terminal's key, or why there is none. */
export type Paired = { readonly ok: true; readonly key: string } | { readonly ok: false; readonly reason: string };

/** Shows the code at `url` (docs/TERMINAL-CHANNEL.md, "Pairing"). A code works once, so the key has to be kept. */
export async function pair(url: string, code: string, terminalSn: string): Promise<Paired> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code, terminalSn }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer = (await response.json()) as { readonly key?: unknown; readonly title?: unknown };
    if (response.ok && typeof answer.key === 'string') return { ok: true, key: answer.key };
    return { ok: false, reason: `${response.status} ${typeof answer.title === 'string' ? answer.title : ''}`.trim() };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : 'no answer' };
  }
}
