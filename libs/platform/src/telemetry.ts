import { randomIdHex } from '@tillbridge/kernel';

/**
 * W3C Trace Context, `traceparent` version 00 (https://www.w3.org/TR/trace-context/): carried through HTTP, requests and facts,
 * so that one payment is one trace.
 */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

const [TRACE_BYTES, SPAN_BYTES] = [16, 8];

/** A new span of the caller's trace, or of a new trace when the caller brought none, or one that is malformed. */
export function continueTrace(traceparent: string | undefined): string {
  const traceId = traceparent === undefined ? undefined : TRACEPARENT.exec(traceparent)?.[1];
  if (traceId !== undefined && !/^0+$/.test(traceId)) return `00-${traceId}-${randomIdHex(SPAN_BYTES)}-01`;
  const ids = randomIdHex(TRACE_BYTES + SPAN_BYTES);
  return `00-${ids.slice(0, 2 * TRACE_BYTES)}-${ids.slice(2 * TRACE_BYTES)}-01`;
}
