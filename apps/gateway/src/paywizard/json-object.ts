/** A JSON object as it came: nothing about its members is known. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The object in a body of JSON (UTF-8, with or without a byte order mark); undefined when it is anything else. */
export function parseObject(body: Uint8Array): JsonObject | undefined {
  const parsed = parse(body);
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as JsonObject) : undefined;
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
